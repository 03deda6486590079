/**
 * What the settings become for the OIDC client, and what is said of whom they are about.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  clientOptions,
  discoversConfiguration,
  exchangesTokens,
  type FlowsOptions,
  identityOf,
  isDynamicallyRegistered,
  scopesOf,
  signInIdentityOf,
  signsInUnattended,
  withoutExchange,
} from "../../src/app/access.ts";
import { redact } from "../../src/base/redactor.ts";
import type { Fetch } from "../../src/oidc/provider_fetch.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { recordLog } from "../support/recorded_log.ts";

const fetch: Fetch = () => Promise.reject(new Error("nothing is to be asked"));
const { log } = recordLog();
const basis = {
  MCP_BACKEND_URL: "https://mcp.test/mcp",
  OIDC_ISSUER_URL: "https://auth.test",
  OIDC_CLIENT_ID: "client",
};

async function settingsOf(env: Record<string, string>, { only = false } = {}) {
  const { settings } = await resolveSettings({
    flags: {},
    getEnv: (name) => ({ ...only ? {} : basis, ...env })[name],
    readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
  });
  return settings;
}

const optionsOf = async (env: Record<string, string>, options: Partial<FlowsOptions> = {}) =>
  await clientOptions(await settingsOf(env), { log, fetch, ...options });

Deno.test("without more than a client, everything is left to the provider", async () => {
  const { openBrowser, browserObstacle, openTerminal, ...rest } = await optionsOf({});
  assert.deepEqual([typeof openBrowser, typeof browserObstacle, typeof openTerminal], [
    "function",
    "function",
    "function",
  ]);
  assert.deepEqual(rest, {
    metadataUrl: undefined,
    issuerTemplate: false,
    clientSecret: undefined,
    readClientSecret: undefined,
    clientAuthentication: "auto",
    readClientKey: undefined,
    scopes: ["openid", "profile", "email"],
    redirectUrls: [new URL("http://localhost:8080/auth/callback")],
    flow: "auto",
    loginTimeout: 300_000,
    pushedAuthorization: false,
    dpop: false,
    strict: false,
    resource: undefined,
    audience: undefined,
    authorizationParameters: {},
    tokenParameters: {},
    presentedToken: "access",
    workload: undefined,
    exchange: undefined,
    notes: undefined,
    fetch,
    log,
  });
});

Deno.test("each setting of the provider reaches the client", async () => {
  const notes = { read: () => Promise.resolve() } as unknown as FlowsOptions["notes"];
  const { openBrowser, browserObstacle: _, openTerminal: __, ...rest } = await optionsOf({
    OIDC_METADATA_URL: "https://auth.test/metadata",
    OIDC_ISSUER_TEMPLATE: "1",
    OIDC_CLIENT_SECRET: "secret-of-the-client",
    OIDC_CLIENT_AUTH: "client_secret_post",
    OIDC_SCOPES: "openid tools",
    OIDC_NO_OPENID: "1",
    OIDC_REDIRECT_URL: "http://127.0.0.1:7/cb",
    OIDC_FLOW: "device",
    MCP_PROXY_LOGIN_TIMEOUT: "7",
    MCP_PROXY_NO_BROWSER: "1",
    OIDC_PAR: "1",
    OIDC_DPOP: "1",
    OIDC_STRICT: "1",
    OIDC_RESOURCE: "https://mcp.test/mcp",
    OIDC_AUDIENCE: "tools",
    OIDC_AUTH_PARAMS: "a=1",
    OIDC_TOKEN_PARAMS: "b=2",
    OIDC_TOKEN: "id",
  }, { notes });
  assert.equal(openBrowser, undefined);
  assert.deepEqual(rest, {
    metadataUrl: new URL("https://auth.test/metadata"),
    issuerTemplate: true,
    clientSecret: "secret-of-the-client",
    readClientSecret: undefined,
    clientAuthentication: "client_secret_post",
    readClientKey: undefined,
    scopes: ["tools"],
    redirectUrls: [new URL("http://127.0.0.1:7/cb")],
    flow: "device",
    loginTimeout: 7_000,
    pushedAuthorization: true,
    dpop: true,
    strict: true,
    resource: "https://mcp.test/mcp",
    audience: "tools",
    authorizationParameters: { a: "1" },
    tokenParameters: { b: "2" },
    presentedToken: "id",
    workload: undefined,
    exchange: undefined,
    notes,
    fetch,
    log,
  });
  assert.equal(redact("secret-of-the-client"), "[redacted]");
});

Deno.test("no resource is sent where none is to be", async () => {
  assert.equal((await optionsOf({ OIDC_RESOURCE: "none" })).resource, undefined);
});

Deno.test("files with secrets and keys are read anew each time", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const [secret, key] = ["secret", "key"].map((name) => join(directory, name));
    await Deno.writeTextFile(secret, "secret-of-a-file\n");
    const options = await optionsOf({ OIDC_CLIENT_SECRET_FILE: secret, OIDC_CLIENT_KEY_FILE: key });
    assert.equal(options.clientSecret, "secret-of-a-file");
    await Deno.writeTextFile(secret, "the-next-secret\r\n");
    assert.equal(await options.readClientSecret!(), "the-next-secret");
    assert.equal(redact("secret-of-a-file the-next-secret"), "[redacted] [redacted]");
    await assert.rejects(Promise.resolve(options.readClientKey!()), {
      category: "Configuration error",
      what: /^cannot read the file of OIDC_CLIENT_KEY_FILE: No such file/,
      fix: "name a file that this user can read",
      reason: "file_unreadable",
    });
    await Deno.writeTextFile(key, "the key");
    assert.equal(await options.readClientKey!(), "the key");
    await assert.rejects(optionsOf({ OIDC_CLIENT_SECRET_FILE: join(directory, "missing") }), {
      what: /^cannot read the file of OIDC_CLIENT_SECRET_FILE: No such file/,
    });
    // What is given itself comes before the file.
    const both = { OIDC_CLIENT_SECRET: "given-itself", OIDC_CLIENT_SECRET_FILE: secret };
    assert.equal((await optionsOf(both)).clientSecret, "given-itself");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a process that opens nothing opens neither browser nor terminal", async () => {
  const { openBrowser, openTerminal } = await optionsOf({ BROWSER: "/nowhere/browser" }, {
    opensNothing: true,
  });
  assert.equal(openTerminal, undefined);
  const url = new URL("https://auth.test/");
  await openBrowser!(url);
  const opens = await optionsOf({ BROWSER: "/nowhere/browser" });
  await assert.rejects(Promise.resolve(opens.openBrowser!(url)), {
    reason: "browser_failed",
    what: /cannot start \/nowhere\/browser/,
  });
  assert.equal(await opens.browserObstacle!(), undefined, "the person chose a command");
});

Deno.test("a workload presents its JWT as the settings say", async () => {
  const { workload } = await optionsOf({
    OIDC_FLOW: "workload",
    OIDC_WORKLOAD_AS: "client",
    OIDC_ASSERTION_ENV: "CLIENT_OPTIONS_TEST_JWT",
  });
  assert.equal(workload?.use, "client");
  Deno.env.set("CLIENT_OPTIONS_TEST_JWT", "jwt-of-this-workload");
  try {
    const { signal } = new AbortController();
    const { token } = await workload!.readAssertion({ audience: "x", signal });
    assert.equal(token, "jwt-of-this-workload");
  } finally {
    Deno.env.delete("CLIENT_OPTIONS_TEST_JWT");
  }
});

Deno.test("an exchange is part of it where there is one", async () => {
  assert.deepEqual((await optionsOf({ OIDC_EXCHANGE_AUDIENCE: "tools" })).exchange, {
    grant: "token-exchange",
    audience: "tools",
    resource: undefined,
    scopes: [],
  });
});

const exchanges: Record<string, string>[] = [
  { OIDC_EXCHANGE_AUDIENCE: "tools" },
  { OIDC_EXCHANGE_RESOURCE: "https://mcp.test/" },
  { OIDC_EXCHANGE_SCOPES: "a" },
  { MCP_BACKEND_CLIENT_ID: "b" },
];

Deno.test("tokens are exchanged when anything says for what, and nobody need be there for that", async () => {
  const plain = await settingsOf({});
  assert.deepEqual([exchangesTokens(plain), signsInUnattended(plain)], [false, false]);
  for (const env of exchanges) {
    const settings = await settingsOf(env);
    assert.deepEqual([exchangesTokens(settings), signsInUnattended(settings)], [true, true]);
    assert.equal(exchangesTokens(withoutExchange(settings)), false);
    assert.deepEqual(identityOf(withoutExchange(settings)), identityOf(plain));
  }
  const grant = await settingsOf({ OIDC_EXCHANGE_GRANT: "on-behalf-of" });
  assert.equal(exchangesTokens(grant), false);
  for (
    const [flow, isUnattended] of [["client-credentials", true], ["workload", true], [
      "paste",
      false,
    ]] as const
  ) {
    assert.equal(signsInUnattended(await settingsOf({ OIDC_FLOW: flow })), isUnattended);
  }
});

Deno.test("the exchange of a workload's own JWT is its sign-in", async () => {
  const env = {
    OIDC_FLOW: "workload",
    OIDC_EXCHANGE_AUDIENCE: "tools",
    OIDC_EXCHANGE_SCOPES: "b a",
  };
  const subject = await settingsOf({ ...env, OIDC_WORKLOAD_AS: "subject" });
  assert.deepEqual(identityOf(subject), signInIdentityOf(subject));
  assert.deepEqual(identityOf(subject).authorizationParameters, {
    "(flow)": "workload",
    "(subject) audience": "tools",
    "(subject) scopes": "a b",
    "(assertion)": "GitHub Actions",
    "(assertion as)": "subject",
  });
  const grant = await settingsOf({ ...env, OIDC_WORKLOAD_AS: "grant" });
  assert.notDeepEqual(identityOf(grant), signInIdentityOf(grant));
});

Deno.test("what is found out stands in the identity as that", async () => {
  const { MCP_BACKEND_URL } = basis;
  const open = await settingsOf({ MCP_BACKEND_URL }, { only: true });
  assert.equal(discoversConfiguration(open), true);
  const identity = signInIdentityOf(open);
  assert.deepEqual(identity, {
    issuer: MCP_BACKEND_URL,
    clientId: "(registered by itself)",
    scopes: [],
    authorizationParameters: {},
    profile: "default",
  });
  assert.equal(isDynamicallyRegistered(identity), true);
  const scopes = await settingsOf({ MCP_BACKEND_URL, OIDC_SCOPES: "a" }, { only: true });
  assert.deepEqual(signInIdentityOf(scopes).scopes, ["openid", "a"]);
  const none = await settingsOf({ MCP_BACKEND_URL, OIDC_RESOURCE: "none" }, { only: true });
  assert.deepEqual(signInIdentityOf(none).authorizationParameters, { "(resource)": "none" });
  const named = await settingsOf({ OIDC_RESOURCE: "none" });
  assert.deepEqual(signInIdentityOf(named).authorizationParameters, {});

  const complete = await settingsOf({});
  assert.equal(discoversConfiguration(complete), false);
  assert.equal(isDynamicallyRegistered(identityOf(complete)), false);
  const half = await settingsOf({ MCP_BACKEND_URL, OIDC_CLIENT_ID: "x" }, { only: true });
  assert.equal(discoversConfiguration(half), true);
  const other = { MCP_BACKEND_URL, OIDC_ISSUER_URL: basis.OIDC_ISSUER_URL };
  assert.equal(discoversConfiguration(await settingsOf(other, { only: true })), true);
});

Deno.test("without a backend, and where backends share a sign-in, the provider must be named", async () => {
  const missing = { reason: "missing_setting" };
  const nothing = await settingsOf({}, { only: true });
  assert.throws(() => identityOf(nothing), missing);
  const { MCP_BACKEND_URL } = basis;
  for (const env of exchanges) {
    const open = await settingsOf({ MCP_BACKEND_URL, ...env }, { only: true });
    assert.throws(() => signInIdentityOf(open), missing);
  }
  const { MCP_BACKEND_URL: _, ...named } = basis;
  assert.equal(identityOf(await settingsOf(named, { only: true })).clientId, "client");
});

Deno.test("openid is left out where plain OAuth is wanted, and nothing else", async () => {
  assert.deepEqual(scopesOf(await settingsOf({ OIDC_NO_OPENID: "1" })), ["profile", "email"]);
  assert.deepEqual(scopesOf(await settingsOf({})), ["openid", "profile", "email"]);
});
