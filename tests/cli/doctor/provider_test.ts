import assert from "node:assert/strict";
import { checkProvider } from "../../../src/cli/doctor/checks/provider.ts";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";
import type { Examination } from "../../../src/cli/doctor/examination.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import { createCredentialSource } from "../../../src/credentials/credential_source.ts";
import { signInIdentityOf } from "../../../src/app/access.ts";
import { scriptedFlows } from "../../credentials/scripted_flows.ts";
import { asking } from "../../credentials/room.ts";

/** What a provider must say of itself. */
const neededAt = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ["code"],
  code_challenge_methods_supported: ["plain", "S256"],
  grant_types_supported: ["authorization_code", "refresh_token"],
});

/** What doctor says of a provider with this metadata beside what it must have. */
async function findings(
  metadata: Record<string, unknown>,
  { variables = {}, unreachable = false, granted }: {
    variables?: Record<string, string>;
    unreachable?: boolean;
    /** What the last sign-in brought; there was none when absent. */
    granted?: { refreshToken?: string; scope?: string };
  } = {},
) {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }): Response => {
      const { origin } = new URL(url);
      return Response.json({ ...neededAt(origin), ...metadata });
    },
  );
  const issuer = `http://127.0.0.1:${server.addr.port}`;
  const cacheDir = await Deno.makeTempDir();
  try {
    const all: Record<string, string> = {
      MCP_BACKEND_URL: "https://backend.test/mcp",
      OIDC_ISSUER_URL: issuer,
      OIDC_CLIENT_ID: "client",
      MCP_PROXY_CACHE_DIR: cacheDir,
      MCP_PROXY_CREDENTIAL_ENCRYPTION: "none",
      ...variables,
    };
    const resolved = await resolveSettings({
      flags: {},
      getEnv: (name) => all[name],
      readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
    });
    if (granted) {
      const flows = scriptedFlows(Date.now);
      flows.onSignIn = async ({ onCredential }) => {
        const { refreshToken: _, ...rest } = flows.grant();
        const credential = { ...rest, ...granted };
        await onCredential(credential);
        return credential;
      };
      const source = createCredentialSource({
        cacheDir,
        identity: signInIdentityOf(resolved.settings),
        flows,
        encryption: "none",
        log: silentLog,
      });
      await source.current(asking());
      await source.close();
    }
    const found = await checkProvider({
      resolved,
      unreachable: new Set(unreachable ? [new URL(issuer).host] : []),
      log: silentLog,
      signal: new AbortController().signal,
    } as unknown as Examination);
    return found.map(({ check, verdict, found, fix }) => {
      assert.equal(check, "provider");
      const text = found.replaceAll(issuer, "ISSUER");
      return fix === undefined ? [verdict, text] : [verdict, text, fix];
    });
  } finally {
    await Deno.remove(cacheDir, { recursive: true });
  }
}

const plain = {
  found: ["ok", "metadata found, issuer ISSUER"],
  pkce: ["ok", "supports PKCE with S256"],
  refreshes: ["ok", "gives refresh tokens; whether this client gets one shows when you sign in"],
  more: ["ok", "also offers: nothing else that is used here"],
};

Deno.test("doctor: a provider that has what is needed", async () => {
  assert.deepEqual(await findings({}), [plain.found, plain.pkce, plain.refreshes, plain.more]);
  assert.deepEqual(await findings({}, { unreachable: true }), []);
});

Deno.test("doctor: what a provider says of PKCE, by how one signs in", async () => {
  const silent = { code_challenge_methods_supported: undefined };
  const pkce = async (metadata: Record<string, unknown>, variables = {}) =>
    (await findings(metadata, { variables }))[1];
  assert.deepEqual(await pkce(silent), [
    "warning",
    "does not say whether it supports PKCE",
    "ask the provider's administrator whether it supports PKCE if signing in does not work",
  ]);
  assert.deepEqual(await pkce(silent, { OIDC_STRICT: "true" }), [
    "failure",
    "does not say whether it supports PKCE, which --strict requires",
    "leave --strict out, or tell the provider's administrator",
  ]);
  assert.deepEqual(await pkce({ code_challenge_methods_supported: ["plain"] }), [
    "failure",
    "does not support PKCE with S256",
    "tell the provider's administrator",
  ]);
  for (const OIDC_FLOW of ["device", "client-credentials"]) {
    assert.doesNotMatch((await pkce(silent, { OIDC_FLOW }))![1]!, /PKCE/);
  }
});

Deno.test("doctor: whether one has to sign in again and again", async () => {
  const renewal = async (metadata: Record<string, unknown>, more = {}) =>
    (await findings(metadata, more))[2];
  const offline = { scopes_supported: ["openid", "profile", "email", "offline_access"] };
  const variables = { OIDC_SCOPES: "openid offline_access" };
  assert.deepEqual(await renewal({ grant_types_supported: undefined }), [
    "ok",
    "does not list its grants",
  ]);
  assert.deepEqual(await renewal({ grant_types_supported: ["authorization_code"] }), [
    "warning",
    "does not list the refresh_token grant: you would sign in again whenever the access token " +
    "expires",
    "ask the provider's administrator for refresh tokens",
  ]);
  assert.deepEqual(await renewal(offline), [
    "ok",
    "gives refresh tokens; if you have to sign in again and again, add offline_access to " +
    "OIDC_SCOPES",
  ]);
  assert.deepEqual(await renewal(offline, { variables }), plain.refreshes);
  // What was seen beats what is listed.
  const without = { grant_types_supported: ["authorization_code"] };
  assert.deepEqual(await renewal(without, { granted: { refreshToken: "r" } }), [
    "ok",
    "gave a refresh token at the last sign-in",
  ]);
  const none =
    "gave no refresh token at the last sign-in: you sign in again whenever the access token expires";
  assert.deepEqual(await renewal(offline, { granted: {} }), [
    "warning",
    none,
    "add offline_access to OIDC_SCOPES and sign in again",
  ]);
  for (const [metadata, more] of [[{}, {}], [offline, { variables }]]) {
    assert.deepEqual(await renewal(metadata!, { granted: {}, ...more }), [
      "warning",
      none,
      "ask the provider's administrator to give this client refresh tokens, then sign in again",
    ]);
  }
});

Deno.test("doctor: the grant of a client without a person", async () => {
  const grant = async (variables: Record<string, string>, grants?: string[]) =>
    (await findings({ grant_types_supported: grants }, { variables }))[1];
  const urn = "urn:ietf:params:oauth:grant-type";
  const workload = { OIDC_FLOW: "workload", OIDC_ASSERTION_FILE: "/jwt" };
  const rows: [Record<string, string>, string][] = [
    [{ OIDC_FLOW: "client-credentials" }, "client_credentials"],
    [{ ...workload, OIDC_WORKLOAD_AS: "client" }, "client_credentials"],
    [{ ...workload, OIDC_WORKLOAD_AS: "grant" }, `${urn}:jwt-bearer`],
    [{ ...workload, OIDC_WORKLOAD_AS: "subject" }, `${urn}:token-exchange`],
  ];
  for (const [variables, name] of rows) {
    assert.deepEqual(await grant(variables), ["ok", "does not list its grants"]);
    assert.deepEqual(await grant(variables, [name]), [
      "ok",
      "gives tokens to clients without a person, a new one whenever one ends",
    ]);
    assert.deepEqual(await grant(variables, ["refresh_token"]), [
      "warning",
      `does not list the ${name} grant, though some providers give more than they list`,
      "ask the provider's administrator whether this client may use it if login does not work",
    ]);
  }
});

Deno.test("doctor: scopes that a provider does not list", async () => {
  const told = async (more: Parameters<typeof findings>[1]) =>
    (await findings({ scopes_supported: ["openid"] }, more))
      .filter(([, found]) => /scope/.test(found!) && !/offline/.test(found!));
  const warning = (what: string) => [
    "warning",
    `does not list the ${what}, though some providers accept more than they list`,
    "check OIDC_SCOPES",
  ];
  assert.deepEqual(await told({ variables: { OIDC_SCOPES: "openid" } }), []);
  assert.deepEqual(await told({ variables: { OIDC_SCOPES: "openid a" } }), [warning("scope a")]);
  assert.deepEqual(await told({ variables: { OIDC_SCOPES: "a b" } }), [warning("scopes a b")]);
  assert.deepEqual(
    await told({ variables: { OIDC_SCOPES: "a b" }, granted: { scope: "openid b" } }),
    [warning("scope a")],
  );
  // Nobody asks for a person's scopes without one.
  assert.deepEqual(
    await told({ variables: { OIDC_SCOPES: "openid profile a", OIDC_FLOW: "client-credentials" } }),
    [warning("scope a")],
  );
});

Deno.test("doctor: what else a provider offers, and what is asked for and is not there", async () => {
  const place = "http://127.0.0.1:1/x";
  const all = {
    device_authorization_endpoint: place,
    pushed_authorization_request_endpoint: place,
    dpop_signing_alg_values_supported: ["ES256"],
    revocation_endpoint: place,
    registration_endpoint: place,
  };
  const last = async (metadata: Record<string, unknown>, variables = {}) =>
    (await findings(metadata, { variables })).slice(-1)[0];
  assert.deepEqual(await last(all), [
    "ok",
    "also offers: device flow, PAR, DPoP, revocation, registration",
  ]);
  for (const nothing of [[], undefined, "ES256"]) {
    const metadata = { dpop_signing_alg_values_supported: nothing };
    assert.deepEqual(await last(metadata), plain.more);
    assert.deepEqual(await last(metadata, { OIDC_DPOP: "true" }), [
      "failure",
      "does not offer DPoP",
      "leave --oidc-dpop (OIDC_DPOP) out",
    ]);
  }
  assert.deepEqual(await last(all, { OIDC_DPOP: "true", OIDC_FLOW: "device" }), [
    "ok",
    "also offers: device flow, PAR, DPoP, revocation, registration",
  ]);
  assert.deepEqual(await last({}, { OIDC_FLOW: "device" }), [
    "failure",
    "has no device flow",
    "set OIDC_FLOW to auto, browser or paste",
  ]);
});
