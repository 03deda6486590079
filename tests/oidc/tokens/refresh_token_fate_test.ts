import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import {
  readRefreshAnswer,
  type RefreshAnswer,
  refreshTokenFate,
} from "../../../src/oidc/tokens/refresh_token_fate.ts";

function fate(
  answer: RefreshAnswer | undefined,
  error: { reason?: string; transient?: boolean; httpStatus?: number } = {},
) {
  const { reason = "invalid_response", ...more } = error;
  return refreshTokenFate(
    new ProxyError({ category: "Network error", what: "x", fix: "y", reason, ...more }),
    answer,
  );
}

Deno.test("an answer is read as far as it can be, and its body is left for others", async () => {
  const response = Response.json({ error: "invalid_grant" }, { status: 400 });
  assert.deepEqual(await readRefreshAnswer(response), {
    status: 400,
    members: { error: "invalid_grant" },
  });
  assert.deepEqual(await response.json(), { error: "invalid_grant" });
  for (const body of ["[1]", "null", "7", '"a"', "<html>", ""]) {
    assert.deepEqual(await readRefreshAnswer(new Response(body)), { status: 200 }, body);
  }
});

Deno.test("behind a success the refresh token was used, and the answer says what is good now", () => {
  for (const status of [200, 299]) {
    const after = (members?: Record<string, unknown>) =>
      fate({ status, members }, { transient: true });
    assert.equal(after(), "unreadable");
    assert.equal(after({}), "unreadable");
    assert.equal(after({ access_token: 7, refresh_token: "r2" }), "replaced");
    assert.equal(after({ access_token: "", refresh_token: 7 }), "unreadable");
    for (const none of [undefined, null, ""]) {
      assert.equal(after({ access_token: "a", refresh_token: none }), "unused");
    }
    assert.equal(after({ access_token: "a", refresh_token: "r2" }), "replaced");
    assert.equal(after({ access_token: "a", refresh_token: 7 }), "unreadable");
  }
  assert.notEqual(fate({ status: 199 }), "unreadable");
  assert.notEqual(fate({ status: 300 }), "unreadable");
});

Deno.test("without an answer it depends on whether the request may have come through", () => {
  assert.equal(fate(undefined), "unused");
  assert.equal(fate(undefined, { transient: true }), "uncertain");
  assert.equal(fate(undefined, { httpStatus: 429, transient: true }), "unused");
  assert.equal(fate(undefined, { httpStatus: 200 }), "unreadable");
  assert.equal(fate({ status: 429 }, { transient: true }), "unused");
  assert.equal(fate({ status: 503 }, { transient: true }), "uncertain");
  assert.equal(fate({ status: 302 }, { reason: "provider_redirect" }), "uncertain");
});

Deno.test("a refusal is about the refresh token unless it is about the client", () => {
  const refusal = (reason: string, status = 400, error_description?: unknown) =>
    fate({ status, members: { error: reason, error_description } }, { reason });
  assert.equal(refusal("invalid_grant"), "refused");
  assert.equal(refusal("of_its_own", 418), "refused");
  for (const reason of ["invalid_client", "use_dpop_nonce", "invalid_dpop_proof"]) {
    assert.equal(refusal(reason), "unused", reason);
  }
  assert.equal(refusal("unauthorized_client", 401), "unused");
  assert.equal(refusal("unauthorized_client", 400), "refused");
  assert.equal(refusal("unauthorized_client", 400, "wrong client secret"), "unused");
  assert.equal(refusal("invalid_grant", 400, "wrong client secret"), "refused");
  assert.equal(refusal("unauthorized_client", 401, 7), "unused");
  for (const status of [400, 401, 403]) assert.equal(fate({ status }), "unclear");
  for (const status of [402, 404, 405, 500]) assert.equal(fate({ status }), "unused");
});
