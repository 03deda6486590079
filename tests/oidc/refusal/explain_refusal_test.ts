import assert from "node:assert/strict";
import { explainRefusal, type TokenRefusal } from "../../../src/oidc/refusal/explain_refusal.ts";

const now = Date.UTC(2026, 10, 23, 9);

function tokenWith(claims: Record<string, unknown>): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part({ alg: "RS256" })}.${part(claims)}.c2lnbmF0dXJl`;
}

const good = {
  iss: "https://auth.test",
  aud: "https://mcp.test/mcp",
  scope: "openid tools",
  exp: now / 1000 + 300,
};

function explain(
  claims: Record<string, unknown> | string,
  changes: Partial<Omit<TokenRefusal, "headers">> & { challenge?: string } = {},
) {
  const { challenge, ...rest } = changes;
  return explainRefusal({
    status: 401,
    headers: new Headers(challenge ? { "www-authenticate": challenge } : {}),
    backendUrl: new URL("https://mcp.test/mcp"),
    token: typeof claims === "string" ? claims : tokenWith({ ...good, ...claims }),
    issuer: "https://auth.test",
    now,
    ...rest,
  });
}

Deno.test("the error shows what token and backend say, and never the token", () => {
  const token = tokenWith(good);
  const error = explain(token, {
    challenge:
      'Bearer error="invalid_token", error_description="no \\"luck\\"", scope="tools admin",' +
      ' resource_metadata="https://mcp.test/.well-known/oauth-protected-resource"',
  });
  for (
    const part of [
      "https://mcp.test refused a fresh token with HTTP 401",
      'invalid_token, "no "luck""',
      "scope tools admin",
      "metadata https://mcp.test/.well-known/oauth-protected-resource",
      "iss https://auth.test",
      "aud https://mcp.test/mcp",
      "exp 2026-11-23T09:05:00.000Z",
    ]
  ) assert.ok(error.message.includes(part), `${part} is not in ${error.message}`);
  for (const part of token.split(".")) assert.ok(!error.message.includes(part));
  assert.equal(error.reason, "token_refused");
  assert.equal(error.httpStatus, 401);
});

const causes: [string, ReturnType<typeof explain>, RegExp][] = [
  [
    "another audience",
    explain({ aud: ["api://other", "account"] }),
    /audience is api:\/\/other and account, the backend is https:\/\/mcp\.test\/mcp\. Fix: set OIDC_AUDIENCE or OIDC_RESOURCE/,
  ],
  [
    "the resource that the backend names",
    explain({}, { advertised: { issuers: ["https://auth.test/"], resource: "https://api.test" } }),
    /the backend is https:\/\/api\.test\. Fix: set OIDC_AUDIENCE or OIDC_RESOURCE/,
  ],
  [
    "another issuer",
    explain({}, { advertised: { issuers: ["https://other.test"] } }),
    /trusts https:\/\/other\.test, the token is from https:\/\/auth\.test\. Fix: set OIDC_ISSUER_URL/,
  ],
  ["a token that has ended", explain({ exp: now / 1000 - 5 }), /check the clock of this machine/],
  ["an opaque token", explain("opaque"), /cannot read this token\. Fix: set OIDC_AUDIENCE/],
  [
    "a missing scope",
    explain({}, { challenge: 'Bearer scope="tools admin"' }),
    /wants the scope admin\. Fix: add that scope to OIDC_SCOPES/,
  ],
  [
    "insufficient scope",
    explain({ scope: undefined, scp: ["tools"] }, {
      status: 403,
      challenge: 'Bearer error="insufficient_scope", scope="tools write"',
    }),
    /wants the scope write\. Fix: add that scope to OIDC_SCOPES/,
  ],
  ["403 without a word", explain({}, { status: 403 }), /ask the backend's administrator/],
  ["nothing in sight", explain({}), /trusts this issuer and client id/],
];
for (const [name, error, fix] of causes) {
  Deno.test(`the likeliest cause: ${name}`, () => assert.match(error.message, fix));
}

Deno.test("what comes from outside stays on one line and short", () => {
  const error = explain({ aud: `x\n\u001b[31m${"y".repeat(1000)}` }, {
    challenge: `Bearer error="invalid_token", error_description="${"z".repeat(1000)}"`,
  });
  assert.doesNotMatch(error.message, /\p{Cc}/u);
  assert.ok(error.message.length < 1500);
});
