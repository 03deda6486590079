import assert from "node:assert/strict";
import { parseCommandLine } from "../../../src/cli/arguments/command_line.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import { registrationAdvice } from "../../../src/cli/setup/registration_advice.ts";
import { project } from "../../../scripts/package/project.ts";

async function advise(args: string[]): Promise<string[]> {
  const invocation = parseCommandLine(args, { version: "0.0.0" });
  assert.ok(invocation.kind === "bridge");
  const { settings } = await resolveSettings({
    flags: invocation.flags,
    getEnv: () => undefined,
    readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
  });
  return registrationAdvice(settings);
}

Deno.test("the advice for a known provider leads to its page, where everybody can read it", async () => {
  const lines = await advise([
    "https://mcp.company.com/mcp",
    "--oidc-issuer-url",
    "https://company.okta.com/oauth2/default",
  ]);
  assert.match(lines[0], /^At Okta \(Applications and Resources, /);
  assert.deepEqual(
    lines.at(-1),
    `step by step: ${project.repository}/blob/main/docs/providers/okta.md`,
  );
});

Deno.test("the advice for an unknown provider says what to register, and no page", async () => {
  const lines = await advise([
    "https://mcp.company.com/mcp",
    "--oidc-issuer-url",
    "https://auth.company.com",
    "--oidc-redirect-url",
    "http://127.0.0.1:0/auth/callback http://localhost:8080/auth/callback",
  ]);
  assert.deepEqual(lines, [
    "At auth.company.com the client needs:",
    "client type: public (native application, no secret)",
    "grants: authorization_code with PKCE (S256), refresh_token, device_code if you work over SSH",
    // Nobody can register port 0.
    "redirect URL, for any port: http://127.0.0.1/auth/callback",
    "redirect URL, letter by letter: http://localhost:8080/auth/callback",
    "scopes: openid profile email",
  ]);
});

const issuer = ["--oidc-issuer-url", "https://auth.company.com"];
const [heading, asPublic] = [
  "At auth.company.com the client needs:",
  "client type: public (native application, no secret)",
];
const asConfidential = "client type: confidential (a secret or key is set)";
const scopes = "scopes: openid profile email";
const redirect = "redirect URL, for any port: http://127.0.0.1/auth/callback";

const rows: [what: string, args: string[], lines: string[]][] = [
  ["no provider", [], []],
  ["a secret", [...issuer, "--oidc-flow", "device", "--oidc-client-secret", "s"], [
    ...[heading, asConfidential, "grants: refresh_token, device_code", scopes],
  ]],
  ["a file with a secret", [...issuer, "--oidc-flow", "device", "--oidc-client-secret-file", "s"], [
    ...[heading, asConfidential, "grants: refresh_token, device_code", scopes],
  ]],
  ["a key", [...issuer, "--oidc-flow", "device", "--oidc-client-key", "k.pem"], [
    ...[heading, asConfidential, "grants: refresh_token, device_code", scopes],
  ]],
  ["a browser only", [
    ...issuer,
    "--oidc-flow",
    "browser",
    "--oidc-redirect-url",
    "http://127.0.0.1:0/auth/callback",
  ], [
    ...[
      heading,
      asPublic,
      "grants: authorization_code with PKCE (S256), refresh_token",
      redirect,
      scopes,
    ],
  ]],
  ["no person", [...issuer, "--oidc-flow", "client-credentials", "--oidc-scopes", "a b"], [
    ...[heading, asPublic, "grant: client_credentials", "scopes: openid a b"],
  ]],
  ["a workload that is the grant", [
    ...issuer,
    "--oidc-flow",
    "workload",
    "--oidc-workload-as",
    "grant",
  ], [
    ...[heading, asPublic],
    "grant: jwt-bearer (RFC 7523), trusting the issuer and the subject of the workload's JWT",
    scopes,
  ]],
  ["a workload that is the client", [
    ...issuer,
    "--oidc-flow",
    "workload",
    "--oidc-workload-as",
    "client",
  ], [
    ...[heading, asPublic],
    "grant: client_credentials, the client authenticated by the workload's JWT (a federated " +
    "credential of its issuer and subject)",
    scopes,
  ]],
  ["a workload that is the subject", [
    ...issuer,
    "--oidc-flow",
    "workload",
    "--oidc-workload-as",
    "subject",
  ], [
    ...[heading, asPublic],
    "grant: token exchange (RFC 8693), trusting the issuer and the subject of the workload's JWT",
    scopes,
  ]],
  ["an exchange for an audience", [
    ...issuer,
    "--oidc-flow",
    "device",
    "--oidc-exchange-audience",
    "wiki",
    "--oidc-exchange-resource",
    "https://wiki.test",
  ], [
    ...[heading, asPublic, "grants: refresh_token, device_code"],
    ...["grant: token exchange (RFC 8693) for wiki", scopes],
  ]],
  ["an exchange for a resource", [
    ...issuer,
    "--oidc-flow",
    "device",
    "--oidc-exchange-resource",
    "https://wiki.test/",
    "--oidc-exchange-scopes",
    "a",
  ], [
    ...[heading, asPublic, "grants: refresh_token, device_code"],
    ...["grant: token exchange (RFC 8693) for https://wiki.test/", scopes],
  ]],
  ["an exchange on behalf of", [
    ...issuer,
    "--oidc-flow",
    "device",
    "--oidc-exchange-grant",
    "on-behalf-of",
    "--oidc-exchange-scopes",
    "a b",
  ], [
    ...[heading, asPublic, "grants: refresh_token, device_code"],
    ...["grant: on-behalf-of for a b", scopes],
  ]],
  ["a server of the backend's own", [
    ...issuer,
    "--oidc-flow",
    "device",
    "--backend-client-id",
    "there",
  ], [
    ...[heading, asPublic, "grants: refresh_token, device_code"],
    "grant: token exchange (RFC 8693) for ID-JAGs, with the client id there at the backend's " +
    "authorization server",
    scopes,
  ]],
  ["a provider that is known", [
    "--oidc-issuer-url",
    "https://accounts.google.com",
    "--oidc-flow",
    "device",
  ], [
    "At Google (Google Auth Platform, Clients, Create client, Desktop app) the client needs:",
    ...[asPublic, "grants: refresh_token, device_code", scopes],
    "note: Google gives desktop apps a client secret too: set OIDC_CLIENT_SECRET",
    "note: for a refresh token set OIDC_AUTH_PARAMS to access_type=offline; offline_access is refused",
    `step by step: ${project.repository}/blob/main/docs/providers/google.md`,
  ]],
];
for (const [what, args, lines] of rows) {
  Deno.test(`what to register is said for ${what}`, async () => {
    assert.deepEqual(await advise(["https://mcp.company.com/mcp", ...args]), lines);
  });
}
