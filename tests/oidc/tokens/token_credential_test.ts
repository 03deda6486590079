import assert from "node:assert/strict";
import { isTokenText, tokenCredential } from "../../../src/oidc/tokens/token_credential.ts";

const given = { issuer: "https://auth.test", clientId: "client", receivedAt: 1_000 };
type Tokens = Parameters<typeof tokenCredential>[0];
const tokens = (more: Record<string, unknown> = {}) =>
  ({ access_token: "access", token_type: "bearer", ...more }) as unknown as Tokens;

Deno.test("a token is visible ASCII and nothing else", () => {
  for (const token of ["a", "!~", "a.b-c_d~e+f/g=="]) assert.ok(isTokenText(token), token);
  for (const value of ["", "a b", "a\n", "ä", "a\u007f", 7, null, undefined]) {
    assert.ok(!isTokenText(value), String(value));
  }
});

Deno.test("an answer of the token endpoint becomes a credential, member by member", () => {
  const plain = {
    issuer: "https://auth.test",
    clientId: "client",
    accessToken: "access",
    tokenType: "Bearer",
    obtainedAt: 1_000,
  };
  const rows: [Record<string, unknown>, Record<string, unknown>][] = [
    [{}, {}],
    [{ token_type: "dpop" }, { tokenType: "DPoP" }],
    [{ expires_in: 60 }, { expiresAt: 61_000 }],
    [{ expires_in: 1 }, { expiresAt: 2_000 }],
    [{ expires_in: 0 }, {}],
    [{ expires_in: -1 }, {}],
    [{ expires_in: 2 ** 31 }, { expiresAt: 1_000 + 1_000 * 2 ** 31 }],
    [{ refresh_token: "r" }, { refreshToken: "r" }],
    [{ scope: "a b" }, { scope: "a b" }],
    [{ scope: "" }, { scope: "" }],
  ];
  for (const [more, expected] of rows) {
    assert.deepEqual(tokenCredential(tokens(more), given), { ...plain, ...expected });
  }
});

Deno.test("an answer that cannot be meant is refused", () => {
  const rows: [Record<string, unknown>, string][] = [
    [{ access_token: "a b" }, "an access token that has characters no token has"],
    [{ refresh_token: "r\n" }, "a refresh token that has characters no token has"],
    [{ expires_in: 2 ** 31 + 1 }, "the impossible lifetime of 2147483649 s"],
  ];
  for (const [more, what] of rows) {
    assert.throws(() => tokenCredential(tokens(more), given), {
      category: "Authentication error",
      what: `https://auth.test answered with ${what}`,
      fix: "tell the provider's administrator",
      reason: "invalid_response",
    });
  }
  assert.throws(() => tokenCredential(tokens(), { ...given, presentedToken: "id" }), {
    category: "Configuration error",
    what: "https://auth.test gave no ID token, which is what the backend is to be shown",
    fix: "add openid to OIDC_SCOPES, or set OIDC_TOKEN to access",
    reason: "no_id_token",
  });
});
