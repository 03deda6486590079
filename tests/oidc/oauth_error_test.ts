/**
 * What a provider's error means, by the words that real providers were seen to use.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { FailedStep } from "../../src/oidc/failed_step.ts";
import { oauthError } from "../../src/oidc/oauth_error.ts";

function fixOf(
  answer: { code: string; description?: string; status?: number },
  failed: Partial<FailedStep> = {},
): string {
  const { code, description, status } = answer;
  return oauthError({
    code,
    description,
    status,
    failed: { step: "the code exchange", issuer: "https://auth.test", ...failed },
  }).fix;
}

const basic = { method: "client_secret_basic" } as const;

// Keycloak 26 at its token endpoint; a wrong secret and a flow that is switched off differ in words alone.
const unauthorized: [string, string | undefined, number, RegExp][] = [
  ["a wrong secret", "Invalid client or Invalid client credentials", 401, /OIDC_CLIENT_SECRET/],
  [
    "a missing assertion",
    "Parameter client_assertion_type is missing [client assertion]",
    400,
    /OIDC_CLIENT_SECRET/,
  ],
  ["no words and HTTP 401", undefined, 401, /OIDC_CLIENT_SECRET/],
  ["no words and HTTP 400", undefined, 400, /OIDC_FLOW/],
  [
    "service accounts switched off",
    "Client not enabled to retrieve service account",
    401,
    /OIDC_FLOW/,
  ],
  [
    "device flow switched off",
    "Client is not allowed to initiate OAuth 2.0 Device Authorization Grant. The flow is disabled for the client.",
    400,
    /OIDC_FLOW/,
  ],
];
for (const [name, description, status, fix] of unauthorized) {
  Deno.test(`unauthorized_client, ${name}: the description decides`, () => {
    const advice = fixOf({ code: "unauthorized_client", description, status }, basic);
    assert.match(advice, fix);
    const other = fix.source === "OIDC_FLOW" ? /OIDC_CLIENT_SECRET/ : /OIDC_FLOW/;
    assert.doesNotMatch(advice, other);
  });
}

Deno.test("unauthorized_client without words and with HTTP 403 may be about the secret or the flow", () => {
  const answer = { code: "unauthorized_client", status: 403 };
  const advice = fixOf(answer, basic);
  assert.match(
    advice,
    /check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.*; if that is right, .*OIDC_FLOW/,
  );
  assert.doesNotMatch(fixOf(answer, { method: "none" }), /OIDC_CLIENT_SECRET/);
});

Deno.test("a resource parameter that Entra ID refuses is named with the way to leave it out", () => {
  const description =
    "AADSTS9010010: The resource parameter provided in the request doesn't match with the requested scopes.";
  for (const code of ["invalid_target", "invalid_request"]) {
    const requested = { scopes: ["openid"], resource: "https://mcp.test/mcp" };
    assert.match(fixOf({ code, description }, { requested }), /set OIDC_RESOURCE=none/);
  }
});

Deno.test("a resource parameter that was not sent is not advised to be left out", () => {
  const requested = { scopes: ["openid"] };
  const advice = fixOf({ code: "invalid_target" }, { requested });
  assert.doesNotMatch(advice, /none/);
});

Deno.test("access_denied names OIDC_SCOPES when no scope was asked for, and only then", () => {
  const code = "access_denied";
  assert.match(fixOf({ code }, { requested: { scopes: [] } }), /set OIDC_SCOPES/);
  assert.doesNotMatch(fixOf({ code }, { requested: { scopes: ["openid"] } }), /OIDC_SCOPES/);
  assert.doesNotMatch(fixOf({ code }), /OIDC_SCOPES/);
});
