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

/** What `fetch` throws, in the words of Deno 2. */
const thrown = (text: string, cause?: string) =>
  new TypeError(
    `error sending request for url (https://backend.test/mcp): ${text}`,
    cause === undefined ? undefined : { cause: new Error(cause) },
  );

Deno.test("what became of a request is told by how it failed", () => {
  const url = new URL("https://backend.test:8443/mcp");
  const rows: [error: unknown, reason: string, message: string][] = [
    [
      thrown("client error (Connect): tcp connect error: Connection refused (os error 111)"),
      "backend_unreachable",
      "Network error: no connection to https://backend.test:8443 (tcp connect error: Connection " +
      "refused (os error 111)). Fix: check MCP_BACKEND_URL, the network and that the backend is " +
      "running.",
    ],
    [
      thrown("client error (SendRequest)", "connection closed before message completed"),
      "connection_lost",
      "Network error: the connection to https://backend.test:8443 was lost (connection closed " +
      "before message completed); the request may have been carried out. Fix: look at the " +
      "backend's log before you try again.",
    ],
    [
      "the body broke off",
      "connection_lost",
      "Network error: the connection to https://backend.test:8443 was lost (the body broke off); " +
      "the request may have been carried out. Fix: look at the backend's log before you try again.",
    ],
    [
      thrown(
        "client error (SendRequest): http2 error: stream error received: refused stream before processing any application logic",
      ),
      "not_taken",
      "Network error: https://backend.test:8443 did not take a request (http2 error: stream error " +
      "received: refused stream before processing any application logic). Fix: try again.",
    ],
    [
      thrown("client error (SendRequest)", "connection error received: not a result of an error"),
      "not_taken",
      "Network error: https://backend.test:8443 did not take a request (connection error received: " +
      "not a result of an error). Fix: try again.",
    ],
    [
      thrown("client error (Connect): error received: refused stream before"),
      "backend_unreachable",
      "Network error: no connection to https://backend.test:8443 (error received: refused stream " +
      "before). Fix: check MCP_BACKEND_URL, the network and that the backend is running.",
    ],
  ];
  for (const [error, reason, message] of rows) {
    const failure = fetchFailure(error, url);
    assert.equal(failure.message, message);
    assert.deepEqual([failure.reason, failure.transient], [reason, true]);
  }
});

Deno.test("a certificate that is not trusted is told as such, however far the connection was", () => {
  const why = "invalid peer certificate: UnknownIssuer";
  const url = new URL("https://backend.test/mcp");
  for (
    const error of [
      thrown(`client error (Connect): ${why}`),
      thrown("client error (SendRequest)", why),
    ]
  ) {
    const failure = fetchFailure(error, url);
    assert.deepEqual(
      [failure.reason, failure.category, failure.transient],
      ["tls_failed", "Network error", false],
    );
    assert.match(failure.what, /^the certificate of https:\/\/backend\.test is not trusted/);
  }
  const shown = { subject: "CN=backend", issuer: "CN=mine" };
  const failure = fetchFailure(thrown(why), url, shown as Parameters<typeof fetchFailure>[2]);
  assert.match(failure.what, /it is for CN=backend, issued by CN=mine/);
  const named = fetchFailure(thrown("invalid peer certificate: NotValidForName"), url);
  assert.match(named.fix, /MCP_BACKEND_URL/);
});
