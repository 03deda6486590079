import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { inBackendWords } from "../../../src/oidc/exchange/in_backend_words.ts";

const server = { issuer: "https://backend-auth.test" };
const client = { client_id: "at-backend" };

Deno.test("what is no error of ours stays as it is", () => {
  for (const error of [new TypeError("fetch failed"), "text", undefined]) {
    assert.equal(inBackendWords(error, { server, client }), error);
  }
});

Deno.test("errors of the backend's own provider name its settings and its administrator", () => {
  const ask = "ask the administrator of https://backend-auth.test to";
  const fixes: Record<string, string> = {
    invalid_grant: `${ask} trust the ID-JAGs of your provider, and your account in them`,
    access_denied: `${ask} trust the ID-JAGs of your provider, and your account in them`,
    unauthorized_client: `${ask} allow the client at-backend the grant jwt-bearer for ID-JAGs`,
    unsupported_grant_type: `${ask} allow the client at-backend the grant jwt-bearer for ID-JAGs`,
    invalid_scope: `${ask} allow the client at-backend these scopes, or set OIDC_EXCHANGE_SCOPES`,
    invalid_target:
      `${ask} say by which resource it knows the backend, and set OIDC_EXCHANGE_RESOURCE`,
    invalid_client:
      "check MCP_BACKEND_CLIENT_ID, MCP_BACKEND_CLIENT_SECRET, MCP_BACKEND_CLIENT_SECRET_FILE, " +
      "MCP_BACKEND_CLIENT_AUTH, MCP_BACKEND_CLIENT_KEY_FILE, MCP_BACKEND_ISSUER_URL, OIDC_SCOPES",
  };
  for (const [reason, fix] of Object.entries(fixes)) {
    const error = new ProxyError({
      category: "Configuration error",
      what: "refused OIDC_CLIENT_ID and OIDC_SCOPES",
      fix: "check OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_CLIENT_SECRET_FILE, OIDC_CLIENT_AUTH, " +
        "OIDC_CLIENT_KEY_FILE, OIDC_ISSUER_URL, OIDC_SCOPES",
      reason,
      transient: true,
      retryAfter: 7,
      httpStatus: 400,
    });
    const told = inBackendWords(error, { server, client });
    assert.ok(told instanceof ProxyError && told !== error);
    assert.equal(told.fix, fix, reason);
    assert.equal(told.what, "refused MCP_BACKEND_CLIENT_ID and OIDC_SCOPES");
    assert.equal(told.cause, error);
    const { category, transient, retryAfter, httpStatus } = told;
    assert.deepEqual(
      [told.reason, category, transient, retryAfter, httpStatus],
      [reason, "Configuration error", true, 7, 400],
    );
  }
  const cause = new Error("deeper");
  const error = new ProxyError({
    category: "Network error",
    what: "no answer",
    fix: "try again",
    reason: "no_answer",
    cause,
  });
  assert.equal((inBackendWords(error, { server, client }) as ProxyError).cause, cause);
});
