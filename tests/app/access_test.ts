import assert from "node:assert/strict";
import { createAccess, exchangeOf, identityOf, signInIdentityOf } from "../../src/app/access.ts";
import type { Credential } from "../../src/base/credential.ts";
import type { ProxyError } from "../../src/base/errors.ts";
import { redact } from "../../src/base/redactor.ts";
import { createLog } from "../../src/base/log.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import type { Settings } from "../../src/settings/settings.ts";
import { providerOptions } from "../../src/settings/provider_options.ts";
import { baseIdentity, type Identity, identityKey } from "../../src/credentials/identity.ts";

const basis = {
  MCP_BACKEND_URL: "https://mcp.example/mcp",
  OIDC_ISSUER_URL: "https://auth.example",
  OIDC_CLIENT_ID: "client",
};

async function settingsOf(env: Record<string, string>): Promise<Settings> {
  const { settings } = await resolveSettings({
    flags: {},
    getEnv: (name) => ({ ...basis, ...env })[name],
    readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
  });
  return settings;
}

async function keyOf(env: Record<string, string>): Promise<string> {
  return identityKey(identityOf(await settingsOf(env)));
}

const makingAnother: Record<string, string>[] = [
  { OIDC_ISSUER_URL: "https://auth.example/tenant" },
  { OIDC_CLIENT_ID: "other" },
  { OIDC_SCOPES: "openid tools" },
  { OIDC_RESOURCE: "https://mcp.example/mcp" },
  { OIDC_AUDIENCE: "https://mcp.example/mcp" },
  { OIDC_AUTH_PARAMS: "organization=one" },
  { OIDC_TOKEN_PARAMS: "organization=one" },
  { OIDC_TOKEN_PARAMS: "organization=two" },
  { OIDC_TOKEN: "id" },
  { OIDC_DPOP: "true" },
  { OIDC_NO_OPENID: "true" },
  { OIDC_FLOW: "client-credentials" },
  { MCP_PROXY_PROFILE: "work" },
  { OIDC_EXCHANGE_AUDIENCE: "tools" },
  { OIDC_EXCHANGE_AUDIENCE: "tools", OIDC_EXCHANGE_GRANT: "on-behalf-of" },
  { OIDC_EXCHANGE_RESOURCE: "https://mcp.example/mcp" },
  { OIDC_EXCHANGE_SCOPES: "tools" },
  { MCP_BACKEND_CLIENT_ID: "client" },
  { MCP_BACKEND_CLIENT_ID: "client", MCP_BACKEND_ISSUER_URL: "https://mcp.example" },
  { OIDC_FLOW: "workload", OIDC_ASSERTION_FILE: "/one" },
  { OIDC_FLOW: "workload", OIDC_ASSERTION_FILE: "/two" },
  { OIDC_FLOW: "workload", OIDC_ASSERTION_ENV: "JWT" },
  { OIDC_FLOW: "workload", OIDC_ASSERTION_FILE: "/one", OIDC_WORKLOAD_AS: "client" },
  { OIDC_FLOW: "workload", OIDC_WORKLOAD_AS: "subject" },
  { OIDC_FLOW: "workload", OIDC_WORKLOAD_AS: "subject", OIDC_EXCHANGE_AUDIENCE: "tools" },
];

const makingNone: Record<string, string>[] = [
  { MCP_BACKEND_URL: "https://elsewhere.example/mcp" },
  { OIDC_ISSUER_URL: "https://auth.example/" },
  { OIDC_SCOPES: "email openid profile" },
  { OIDC_CLIENT_SECRET: "s3cr3t" },
  { OIDC_FLOW: "device" },
  { OIDC_REDIRECT_URL: "http://localhost:9090/callback" },
  { OIDC_CLIENT_SECRET_FILE: "/secret" },
  { OIDC_CLIENT_AUTH: "client_secret_post" },
  { OIDC_CLIENT_KEY_FILE: "/key.pem" },
  { OIDC_METADATA_URL: "https://auth.example/metadata" },
  { OIDC_ISSUER_TEMPLATE: "true" },
  { OIDC_CLIENT_METADATA_URL: "https://client.example/client.json" },
  { OIDC_REGISTRATION_TOKEN_FILE: "/token" },
  { OIDC_PAR: "true" },
  { OIDC_STRICT: "true" },
  { BROWSER: "firefox" },
  { MCP_PROXY_LOGIN_TIMEOUT: "7" },
  { OIDC_ASSERTION_AUDIENCE: "https://auth.example" },
  { MCP_BACKEND_CLIENT_SECRET: "s3cr3t" },
  { MCP_BACKEND_CLIENT_SECRET_FILE: "/secret" },
  { MCP_BACKEND_CLIENT_AUTH: "client_secret_post" },
  { MCP_BACKEND_CLIENT_KEY_FILE: "/key.pem" },
];

Deno.test("what makes a token another one makes a sign-in of its own", async () => {
  const keys = await Promise.all([{}, ...makingAnother].map(keyOf));
  assert.equal(new Set(keys).size, makingAnother.length + 1, keys.join("\n"));
});

/** What each of {@linkcode makingAnother} changes of the identity, in its order. */
const changes: Partial<Identity>[] = [
  { issuer: "https://auth.example/tenant" },
  { clientId: "other" },
  { scopes: ["openid", "tools"] },
  { resource: "https://mcp.example/mcp" },
  { audience: "https://mcp.example/mcp" },
  { authorizationParameters: { organization: "one" } },
  { authorizationParameters: { "(token request) organization": "one" } },
  { authorizationParameters: { "(token request) organization": "two" } },
  { authorizationParameters: { "(token)": "id" } },
  { authorizationParameters: { "(dpop)": "yes" } },
  { scopes: ["profile", "email"] },
  { authorizationParameters: { "(flow)": "client-credentials" } },
  { profile: "work" },
  exchange({ audience: "tools" }),
  exchange({ audience: "tools", grant: "on-behalf-of" }),
  exchange({ resource: "https://mcp.example/mcp" }),
  exchange({ scopes: "tools" }),
  exchange({ client: "client", backend: "https://mcp.example/mcp" }),
  exchange({
    client: "client",
    issuer: "https://mcp.example/",
    backend: "https://mcp.example/mcp",
  }),
  workload("/one", "grant"),
  workload("/two", "grant"),
  workload("$JWT", "grant"),
  workload("/one", "client"),
  workload("GitHub Actions", "subject"),
  workload("GitHub Actions", "subject", { "(subject) audience": "tools" }),
];

function exchange(parameters: Record<string, string>): Partial<Identity> {
  const named = Object.entries(parameters).map(([name, value]) => [`(exchange) ${name}`, value]);
  return { authorizationParameters: Object.fromEntries(named) };
}

function workload(assertion: string, as: string, more = {}): Partial<Identity> {
  const parameters = { "(flow)": "workload", "(assertion)": assertion, "(assertion as)": as };
  return { authorizationParameters: { ...parameters, ...more } };
}

Deno.test("an identity is what it was: another one would have everybody sign in after an update", async () => {
  const plain: Identity = {
    issuer: "https://auth.example/",
    clientId: "client",
    scopes: ["openid", "profile", "email"],
    authorizationParameters: {},
    profile: "default",
  };
  assert.deepEqual(identityOf(await settingsOf({})), plain);
  assert.equal(changes.length, makingAnother.length);
  for (const [index, env] of makingAnother.entries()) {
    const found = identityOf(await settingsOf(env));
    assert.deepEqual(found, { ...plain, ...changes[index] }, JSON.stringify(env));
  }
});

Deno.test("what does not is shared", async () => {
  const keys = await Promise.all([{}, ...makingNone].map(keyOf));
  assert.equal(new Set(keys).size, 1, keys.join("\n"));
});

Deno.test("what a token is exchanged for leaves the sign-in what it was", async () => {
  const plain = await keyOf({});
  for (
    const env of <Record<string, string>[]> [
      { OIDC_EXCHANGE_AUDIENCE: "tools", OIDC_EXCHANGE_SCOPES: "read write" },
      { OIDC_EXCHANGE_RESOURCE: "https://mcp.example/mcp" },
      { MCP_BACKEND_CLIENT_ID: "client", MCP_BACKEND_URL: "https://another.example/mcp" },
    ]
  ) {
    const settings = await settingsOf(env);
    assert.equal(identityKey(signInIdentityOf(settings)), plain);
    assert.equal(identityKey(baseIdentity(identityOf(settings))!), plain);
  }
  assert.equal(baseIdentity(identityOf(await settingsOf({}))), undefined);
});

Deno.test("backends share what was exchanged for one audience, and not what is for one of them", async () => {
  const keys = async (env: Record<string, string>) =>
    await Promise.all(
      ["https://one.example/mcp", "https://two.example/mcp"]
        .map((MCP_BACKEND_URL) => keyOf({ ...env, MCP_BACKEND_URL })),
    );
  assert.equal(new Set(await keys({ OIDC_EXCHANGE_AUDIENCE: "tools" })).size, 1);
  assert.equal(new Set(await keys({ MCP_BACKEND_CLIENT_ID: "client" })).size, 2);
});

Deno.test("of every option about the provider it is known whether it makes another credential", () => {
  const known = new Set([...makingAnother, ...makingNone].flatMap((change) => Object.keys(change)));
  const unknown = Object.values(providerOptions).map(({ env }) => env)
    .filter((name) => name !== undefined && !known.has(name));
  assert.deepEqual(unknown, [], "put each into one of the two lists above, see identityOf");
});

Deno.test("a file with a secret that cannot be read is told to whoever needs it", async () => {
  const home = await Deno.makeTempDir();
  try {
    const { settings } = await resolveSettings({
      flags: { cacheDir: `${home}/cache`, oidcClientSecretFile: `${home}/missing` },
      getEnv: (name) => (basis as Record<string, string>)[name],
      readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
    });
    const { source } = createAccess(settings, createLog({ level: "error", write: () => {} }));
    const { signal } = new AbortController();
    await assert.rejects(Promise.resolve(source.current({ interactive: true, signal })), {
      reason: "file_unreadable",
      message: /cannot read the file of OIDC_CLIENT_SECRET_FILE/,
    });
    await source.close();
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("what a token is exchanged for is what the settings say", async () => {
  const plain = await exchangeOf(await settingsOf({ OIDC_EXCHANGE_AUDIENCE: "tools" }));
  assert.deepEqual(plain, {
    grant: "token-exchange",
    audience: "tools",
    resource: undefined,
    scopes: [],
  });
  const { backend, ...exchange } = await exchangeOf(
    await settingsOf({
      OIDC_EXCHANGE_RESOURCE: "https://mcp.example/mcp",
      OIDC_EXCHANGE_SCOPES: "a b",
      MCP_BACKEND_CLIENT_ID: "at-backend",
      MCP_BACKEND_CLIENT_SECRET: "secret-at-backend",
      MCP_BACKEND_CLIENT_AUTH: "client_secret_post",
      MCP_BACKEND_ISSUER_URL: "https://auth.mcp.example",
      MCP_PROXY_HEADERS: "x-tenant: a",
    }),
  );
  assert.deepEqual(exchange, {
    grant: "token-exchange",
    audience: undefined,
    resource: "https://mcp.example/mcp",
    scopes: ["a", "b"],
  });
  const { backendHeaders, ...rest } = backend!;
  assert.deepEqual(await backendHeaders!(), { "x-tenant": "a" });
  assert.deepEqual(rest, {
    backendUrl: new URL("https://mcp.example/mcp"),
    issuerUrl: new URL("https://auth.mcp.example/"),
    clientId: "at-backend",
    clientSecret: "secret-at-backend",
    readClientSecret: undefined,
    clientAuthentication: "client_secret_post",
    readClientKey: undefined,
  });
  assert.equal(redact("secret-at-backend"), "[redacted]");
});

Deno.test("files of the exchange are read when they are needed, again each time", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const [secret, key] = ["secret", "key"].map((name) => `${directory}/${name}`);
    await Deno.writeTextFile(secret!, "in-a-file-7c1\r\n");
    const { backend } = await exchangeOf(
      await settingsOf({
        MCP_BACKEND_CLIENT_ID: "at-backend",
        MCP_BACKEND_CLIENT_SECRET_FILE: secret!,
        MCP_BACKEND_CLIENT_KEY_FILE: key!,
      }),
    );
    assert.equal(backend!.clientSecret, "in-a-file-7c1");
    await Deno.writeTextFile(secret!, "another-7c1\n");
    assert.equal(await backend!.readClientSecret!(), "another-7c1");
    assert.equal(redact("in-a-file-7c1 another-7c1"), "[redacted] [redacted]");
    await assert.rejects(backend!.readClientKey!(), /MCP_BACKEND_CLIENT_KEY_FILE/);
    await Deno.writeTextFile(key!, "the key\n");
    assert.equal(await backend!.readClientKey!(), "the key\n");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** A backend on loopback that names its provider, which registers clients; and what both were sent. */
function startCompany() {
  const seen: { path: string; headers: Headers }[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request): Response => {
      const { pathname: path } = new URL(request.url);
      seen.push({ path, headers: request.headers });
      switch (path) {
        case "/mcp":
          return new Response(null, { status: 401 });
        case "/.well-known/oauth-protected-resource/mcp":
          return Response.json({ resource: `${origin}/mcp`, authorization_servers: [origin] });
        case "/.well-known/oauth-authorization-server":
        case "/.well-known/openid-configuration":
          return Response.json({
            issuer: origin,
            authorization_endpoint: `${origin}/authorize`,
            token_endpoint: `${origin}/token`,
            registration_endpoint: `${origin}/register`,
            response_types_supported: ["code"],
            code_challenge_methods_supported: ["S256"],
          });
        case "/register":
          return Response.json({ client_id: "registered" }, { status: 201 });
        default:
          return new Response(null, { status: 404 });
      }
    },
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const home = Deno.makeTempDirSync();
  return {
    origin,
    home,
    seen,
    async access(env: Record<string, string>) {
      const settings = await settingsOf({
        MCP_BACKEND_URL: `${origin}/mcp`,
        OIDC_ISSUER_URL: "",
        OIDC_CLIENT_ID: "",
        MCP_PROXY_CACHE_DIR: `${home}/cache`,
        ...env,
      });
      return createAccess(settings, createLog({ level: "error", write: () => {} }));
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(home, { recursive: true });
    },
  };
}

const { signal } = new AbortController();

Deno.test("a client is registered with the token of the file, which is a secret", async () => {
  await using company = startCompany();
  const file = `${company.home}/token`;
  const { source, configure } = await company.access({
    OIDC_ISSUER_URL: company.origin,
    OIDC_REGISTRATION_TOKEN_FILE: file,
  });
  await assert.rejects(configure(signal), { reason: "file_unreadable" });
  assert.ok(!company.seen.some(({ path }) => path === "/register"));
  await Deno.writeTextFile(file, "\ninitial-token-5d2\n");
  await configure(signal);
  const { headers } = company.seen.find(({ path }) => path === "/register")!;
  assert.equal(headers.get("authorization"), "Bearer initial-token-5d2");
  assert.equal(redact("initial-token-5d2"), "[redacted]");
  await source.close();
});

Deno.test("whether the backend trusts another provider is asked where it is the backend that says so", async () => {
  await using company = startCompany();
  const credential = { issuer: `${company.origin}/` } as Credential;
  const found = await company.access({ MCP_PROXY_HEADERS: "x-tenant: a" });
  assert.equal(await found.hasProviderChanged(credential, signal), false);
  for (const { path, headers } of company.seen) {
    const isBackend = path === "/mcp" || path.endsWith("-resource/mcp");
    assert.equal(headers.get("x-tenant"), isBackend ? "a" : null, path);
  }
  assert.ok(company.seen.length > 1);
  const other = { issuer: "https://auth.example" } as Credential;
  assert.equal(await found.hasProviderChanged(other, signal), true);
  company.seen.length = 0;
  const given = await company.access({ OIDC_ISSUER_URL: company.origin, OIDC_CLIENT_ID: "client" });
  assert.equal(await given.hasProviderChanged(other, signal), false);
  assert.equal(company.seen.length, 0);
  await Promise.all([found.source.close(), given.source.close()]);
});

Deno.test("a secret's file that is there at last is read, and nothing is kept of the failure", async () => {
  await using company = startCompany();
  const file = `${company.home}/secret`;
  const { source, configure } = await company.access({
    OIDC_ISSUER_URL: company.origin,
    OIDC_CLIENT_ID: "client",
    OIDC_CLIENT_SECRET_FILE: file,
  });
  await assert.rejects(configure(signal), { reason: "file_unreadable" });
  await Deno.writeTextFile(file, "a-secret-5d2");
  await configure(signal);
  assert.equal(company.seen.length, 0, "who is known is not asked for");
  await source.close();
});

Deno.test("only a sign-in that is begun asks the provider; whether one is at hand costs nothing", async () => {
  await using company = startCompany();
  const { source, signIn } = await company.access({
    OIDC_ISSUER_URL: company.origin,
    OIDC_CLIENT_ID: "client",
    OIDC_FLOW: "device",
  });
  assert.equal(signIn.isAtHand(), false);
  assert.equal(await signIn.isAvailable(signal), false);
  assert.equal(company.seen.length, 0);
  // It has no endpoint for that.
  await assert.rejects(signIn.begin(signal), ({ reason }: ProxyError) => reason !== "signed_out");
  assert.ok(company.seen.length > 0);
  await source.close();
});

Deno.test("an access token of somebody without a person is at hand once it was begun", async () => {
  await using company = startCompany();
  const { source, signIn } = await company.access({
    OIDC_ISSUER_URL: company.origin,
    OIDC_CLIENT_ID: "client",
    OIDC_FLOW: "client-credentials",
    OIDC_CLIENT_SECRET: "a-secret-5d3",
  });
  // Nobody is needed, so that it is tried without being begun; the provider gives none.
  assert.equal(await signIn.isAvailable(signal), false);
  assert.ok(company.seen.some(({ path }) => path === "/token"));
  await source.close();
});

Deno.test("backends that share a sign-in are not asked who it is with: both have to be set", async () => {
  await using company = startCompany();
  const shared = { OIDC_EXCHANGE_AUDIENCE: "tools" };
  for (
    const [given, missing] of [
      [{ OIDC_ISSUER_URL: company.origin }, /OIDC_CLIENT_ID/],
      [{ OIDC_CLIENT_ID: "client" }, /OIDC_ISSUER_URL/],
    ] as const
  ) {
    await assert.rejects(company.access({ ...shared, ...given }), { message: missing });
  }
  assert.deepEqual(company.seen, []);
});
