/**
 * What a provider's error means, by the words that real providers were seen to use.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { FailedStep } from "../../src/oidc/failed_step.ts";
import { isAboutCredentials, oauthError } from "../../src/oidc/oauth_error.ts";

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
  const flow = "allow this flow for the client at the provider, or change OIDC_FLOW";
  assert.equal(fixOf(answer), flow);
  assert.equal(fixOf({ ...answer, description: "it may not" }, basic), flow);
  assert.equal(fixOf({ ...answer, status: 400 }, basic), flow);
});

Deno.test("a resource parameter that Entra ID refuses is named with the way to leave it out", () => {
  const description =
    "AADSTS9010010: The resource parameter provided in the request doesn't match with the requested scopes.";
  for (const code of ["invalid_target", "invalid_request"]) {
    const requested = { scopes: ["openid"], resource: "https://mcp.test/mcp" };
    assert.match(fixOf({ code, description }, { requested }), /set OIDC_RESOURCE=none/);
  }
});

Deno.test("an error is about the resource parameter by its code or by its words", () => {
  const requested = { scopes: ["openid"], resource: "https://mcp.test/mcp" };
  const fix = "set OIDC_RESOURCE=none to leave the resource parameter out, and ask for the " +
    "backend with OIDC_SCOPES; or set OIDC_RESOURCE to the identifier by which the provider " +
    "knows the backend";
  const rows: [code: string, description: string | undefined, isAbout: boolean][] = [
    ["invalid_target", undefined, true],
    ["invalid_request", "AADSTS901002: the resource is not supported", true],
    ["invalid_request", "Resource Parameter unknown", true],
    ["invalid_request", "no such resource indicator", true],
    ["invalid_request", "AADSTS90100200: another one", false],
    ["invalid_request", "no such resource", false],
    ["invalid_request", undefined, false],
    ["invalid_grant", undefined, false],
  ];
  for (const [code, description, isAbout] of rows) {
    const about = fixOf({ code, description }, { requested }) === fix;
    assert.equal(about, isAbout, `${code} ${description}`);
  }
});

Deno.test("what unauthorized_client is about, its words say in capitals or not", () => {
  const rows: [string, number | undefined, boolean][] = [
    ["", 401, true],
    ["", 400, false],
    ["", 403, false],
    ["", undefined, false],
    ["Wrong SECRET", 400, true],
    ["bad Credential", undefined, true],
    ["bad credentials", 400, true],
    ["Assertion expired", 400, true],
    ["Signature", 400, true],
    ["the certificate", 400, true],
    ["certificates", 401, false],
    ["not enabled", 401, false],
  ];
  for (const [description, status, isAbout] of rows) {
    assert.equal(isAboutCredentials(description, status), isAbout, `${description} ${status}`);
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

Deno.test("every code that is known has its category and its advice", () => {
  const known = "Configuration error";
  const again = "Authentication error";
  const flow = "allow this flow for the client at the provider, or change OIDC_FLOW";
  const quiet = "sign in again, without prompt=none";
  const clock = "check the clock of this machine, or leave OIDC_DPOP out";
  const rows: Record<string, [category: string, fix: string]> = {
    invalid_grant: [again, "sign in again"],
    access_denied: [
      again,
      "sign in again and agree, or ask the provider's administrator for access",
    ],
    expired_token: [again, "start again and finish before the code expires"],
    invalid_client: [
      known,
      "check OIDC_CLIENT_ID, and if the client is a confidential one, set OIDC_CLIENT_SECRET",
    ],
    unauthorized_client: [known, flow],
    unsupported_grant_type: [known, flow],
    unsupported_response_type: [known, flow],
    invalid_scope: [known, "check OIDC_SCOPES against what the provider allows this client"],
    invalid_target: [known, "check OIDC_RESOURCE and OIDC_AUDIENCE"],
    invalid_redirect_uri: [
      known,
      "register the redirect URL (OIDC_REDIRECT_URL) at the provider",
    ],
    unsupported_response_mode: [known, "leave response_mode out of OIDC_AUTH_PARAMS"],
    invalid_dpop_proof: [known, clock],
    use_dpop_nonce: [known, clock],
    temporarily_unavailable: ["Network error", "try again later"],
    server_error: ["Network error", "try again later"],
    slow_down: ["Network error", "try again later"],
    login_required: [again, quiet],
    interaction_required: [again, quiet],
    consent_required: [again, quiet],
    account_selection_required: [again, quiet],
    of_its_own: [
      again,
      "check how the client is registered at the provider and the settings it needs",
    ],
  };
  const failed = { step: "the code exchange", issuer: "https://auth.test" };
  const cause = new Error("it");
  for (const [code, [category, fix]] of Object.entries(rows)) {
    const error = oauthError({ code, description: undefined, failed, cause });
    assert.deepEqual([error.category, error.fix, error.reason], [category, fix, code], code);
    assert.equal(error.transient, category === "Network error", code);
    assert.equal(error.what, `https://auth.test answered the code exchange with ${code}`);
    assert.equal(error.cause, cause);
  }
  const said = oauthError({ code: "invalid_grant", description: "it\nended", failed });
  assert.equal(
    said.what,
    "https://auth.test answered the code exchange with invalid_grant: it ended",
  );
});

Deno.test("who the client is, is proven as it authenticates", () => {
  const code = "invalid_client";
  const secret = (method: string) =>
    `check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, which was sent by ${method} (see ` +
    "OIDC_CLIENT_AUTH), or unset the secret if the client is a public one";
  const rows = {
    none: "check OIDC_CLIENT_ID, and if the client is a confidential one, set OIDC_CLIENT_SECRET",
    client_secret_basic: secret("client_secret_basic"),
    client_secret_post: secret("client_secret_post"),
    client_secret_jwt: secret("client_secret_jwt"),
    private_key_jwt:
      "check OIDC_CLIENT_ID and that the client is registered with the key of OIDC_CLIENT_KEY_FILE",
    tls_client_auth:
      "check OIDC_CLIENT_ID and that the client is registered with the certificate of --client-cert",
  } as const;
  for (const [method, fix] of Object.entries(rows)) {
    assert.equal(fixOf({ code }, { method: method as keyof typeof rows }), fix);
  }
});

Deno.test("what a provider says is bounded, its code at 80 characters and its words at 300", () => {
  const failed = { step: "x", issuer: "i" };
  const error = oauthError({ code: "c".repeat(81), description: "d".repeat(301), failed });
  assert.equal(error.reason, "c".repeat(80));
  assert.equal(error.what, `i answered x with ${"c".repeat(80)}…: ${"d".repeat(300)}…`);
});
