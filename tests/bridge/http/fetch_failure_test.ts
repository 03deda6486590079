import assert from "node:assert/strict";
import { fetchFailure } from "../../../src/bridge/http/fetch_failure.ts";
import { SingleUseBody } from "../../../src/bridge/http/single_use_body.ts";
import { createRetryPolicy } from "../../../src/bridge/retry_policy.ts";
import { certificateFile } from "../../support/https_server.ts";
import {
  type Http2Refusal,
  startRefusingHttp2Server,
} from "../../support/refusing_http2_server.ts";

/** The failure of one POST to a server that lets it go. */
async function failureOf(refusals: readonly Http2Refusal[]) {
  await using server = startRefusingHttp2Server(refusals);
  using client = Deno.createHttpClient({
    caCerts: [Deno.readTextFileSync(certificateFile("authority.pem"))],
  });
  const body = new SingleUseBody(new TextEncoder().encode("{}"));
  try {
    await fetch(server.url, { method: "POST", body, client });
  } catch (error) {
    return { failure: fetchFailure(error, server.url), requests: server.requests };
  }
  throw new Error("the request did not fail");
}

const retries = () =>
  createRetryPolicy({
    method: "tools/call",
    window: 5_000,
    signal: AbortSignal.timeout(5_000),
  });

for (const refusal of ["GOAWAY", "REFUSED_STREAM"] as const) {
  Deno.test(`a request that HTTP/2 lets go with ${refusal} is sent again, be it a call`, async () => {
    const { failure, requests } = await failureOf([refusal]);
    assert.equal(requests, 1);
    assert.equal(failure.reason, "not_taken");
    assert.match(
      failure.message,
      /^Network error: https:\/\/localhost:\d+ did not take a request /,
    );
    await retries().afterFailure(failure);
  });
}

for (const end of ["none", "NO_ERROR"] as const) {
  Deno.test(`a request that HTTP/2 ends with ${end} may have been carried out`, async () => {
    const { failure } = await failureOf([end]);
    assert.equal(failure.reason, "connection_lost", failure.message);
    await assert.rejects(retries().afterFailure(failure));
  });
}
