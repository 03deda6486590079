/**
 * Every way in, with the real program between a real provider and a real backend.
 *
 * @module
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { type Company, startCompany } from "../support/company.ts";
import { type EverythingServer, startEverything } from "../support/everything.ts";
import { freePort } from "../support/free_port.ts";
import type { Program } from "../support/program.ts";
import {
  type ClientMetadata,
  confidentialClient,
  type ProviderOptions,
  publicClient,
} from "../support/provider.ts";

/** One way to sign in. */
interface Way {
  provider?: ProviderOptions;
  env?: Record<string, string>;
  args?: string[];
  /** Files to put into the home, whose paths stand for `{name}` in the environment. */
  files?: Record<string, string>;
  /** What the person does; goes through with the browser unless told otherwise. */
  person?(company: Company, program: Program): Promise<unknown>;
  /** What must be true of it afterwards. */
  check(company: Company, program: Program): void;
}

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = generateKeyPairSync("ed25519");
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

function keyClient(key: typeof ec.publicKey, alg: string): ClientMetadata {
  return {
    ...publicClient,
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: [{ ...key.export({ format: "jwk" }), use: "sig" }] },
  };
}

function machineClient(client: ClientMetadata): ClientMetadata {
  return {
    ...client,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  };
}

/** The parameters of the token request that brought the first token. */
function tokenRequest({ provider }: Company) {
  return provider.requests.find(({ endpoint, status }) => endpoint === "token" && status === 200)!;
}

function authorizationRequest({ provider }: Company) {
  return provider.requests.find(({ endpoint }) => endpoint === "authorization")!;
}

function assertedBy(alg: string) {
  return (company: Company) => {
    const assertion = tokenRequest(company).parameters.get("client_assertion")!;
    assert.equal(JSON.parse(atob(assertion.split(".")[0])).alg, alg);
  };
}

async function signInOnPhone(company: Company, program: Program) {
  const line = await program.logged(/enter the code/);
  const url = /, or open (\S+)/.exec(line)![1];
  const page = await company.person.visit(url);
  assert.equal(page.status, 200);
}

async function signInByPrintedUrl(company: Company, program: Program) {
  const line = await program.logged(/open this URL/);
  await company.person.visit(/https?:\S+/.exec(line)![0]);
}

const basic = confidentialClient("client_secret_basic");
const post = confidentialClient("client_secret_post");
const jwt = confidentialClient("client_secret_jwt", "a secret of at least thirty-two bytes");
const nobody = () => Promise.resolve();
const noTab = ({ provider, browser }: Company) => {
  assert.equal(provider.count("authorization"), 0);
  assert.equal(browser.count(), 0);
};

const ways: Record<string, Way> = {
  "client_secret_basic": {
    provider: { clients: [basic] },
    env: { OIDC_CLIENT_SECRET: basic.client_secret },
    check: (company) =>
      assert.match(tokenRequest(company).headers.get("authorization")!, /^Basic /),
  },
  "client_secret_post": {
    provider: { clients: [post] },
    env: { OIDC_CLIENT_SECRET: post.client_secret, OIDC_CLIENT_AUTH: "client_secret_post" },
    check: (company) =>
      assert.equal(tokenRequest(company).parameters.get("client_secret"), post.client_secret),
  },
  "client_secret_jwt": {
    provider: { clients: [jwt] },
    env: { OIDC_CLIENT_SECRET: jwt.client_secret, OIDC_CLIENT_AUTH: "client_secret_jwt" },
    check: assertedBy("HS256"),
  },
  "the secret in a file": {
    provider: { clients: [basic] },
    env: { OIDC_CLIENT_SECRET_FILE: "{secret}" },
    files: { secret: `${basic.client_secret}\n` },
    check: (company) =>
      assert.match(tokenRequest(company).headers.get("authorization")!, /^Basic /),
  },
  "the secret on the command line, which is warned about": {
    provider: { clients: [basic] },
    args: ["--oidc-client-secret", basic.client_secret],
    check: (_company, program) =>
      assert.match(program.stderr(), /\[warn\] the client secret is on the command line/),
  },
  "private_key_jwt with an RSA key in PEM": {
    provider: { clients: [keyClient(rsa.publicKey, "RS256")] },
    env: { OIDC_CLIENT_KEY_FILE: "{key}" },
    files: { key: rsa.privateKey.export({ format: "pem", type: "pkcs8" }).toString() },
    check: assertedBy("RS256"),
  },
  "private_key_jwt with an EC key in a JWK": {
    provider: { clients: [keyClient(ec.publicKey, "ES256")] },
    env: { OIDC_CLIENT_KEY_FILE: "{key}" },
    files: { key: JSON.stringify(ec.privateKey.export({ format: "jwk" })) },
    check: assertedBy("ES256"),
  },
  "private_key_jwt with an Ed25519 key": {
    provider: {
      clients: [keyClient(ed.publicKey, "EdDSA")],
      configuration: {
        enabledJWA: { clientAuthSigningAlgValues: ["RS256", "EdDSA"] },
      },
    },
    env: { OIDC_CLIENT_KEY_FILE: "{key}" },
    files: { key: ed.privateKey.export({ format: "pem", type: "pkcs8" }).toString() },
    check: assertedBy("EdDSA"),
  },
  "a pushed authorization request, because the provider requires it": {
    provider: { pushedAuthorizationRequests: "required" },
    check: (company) => {
      assert.equal(company.provider.count("pushed_authorization_request"), 1);
      assert.deepEqual(
        [...authorizationRequest(company).parameters.keys()].toSorted(),
        ["client_id", "request_uri"],
      );
    },
  },
  "a pushed authorization request, because the person wants it": {
    provider: { pushedAuthorizationRequests: "offered" },
    args: ["--oidc-par"],
    check: ({ provider }) => assert.equal(provider.count("pushed_authorization_request"), 1),
  },
  "a signed authorization response (JARM)": {
    provider: { jarm: true },
    args: ["--oidc-auth-param", "response_mode=jwt"],
    check: (company) =>
      assert.equal(authorizationRequest(company).parameters.get("response_mode"), "jwt"),
  },
  "a resource indicator, on every request": {
    env: { OIDC_RESOURCE: "https://backend.test/mcp" },
    check: (company) => {
      for (const { parameters } of [authorizationRequest(company), tokenRequest(company)]) {
        assert.equal(parameters.get("resource"), "https://backend.test/mcp");
      }
    },
  },
  "audience and parameters of one's own": {
    env: { OIDC_AUDIENCE: "api://tools", OIDC_AUTH_PARAMS: "prompt=login\nui_locales=de%20en" },
    args: ["--oidc-token-param", "tenant=one"],
    check: (company) => {
      const asked = authorizationRequest(company).parameters;
      assert.equal(asked.get("audience"), "api://tools");
      assert.equal(asked.get("prompt"), "login");
      assert.equal(asked.get("ui_locales"), "de en");
      assert.equal(tokenRequest(company).parameters.get("tenant"), "one");
    },
  },
  "plain OAuth without openid": {
    args: ["--no-openid"],
    check: (company) => {
      const asked = authorizationRequest(company).parameters;
      assert.equal(asked.get("scope"), "profile email");
      assert.equal(asked.get("nonce"), null);
    },
  },
  "the second redirect URL when the port of the first is taken": {
    get env() {
      return {
        OIDC_REDIRECT_URL:
          `http://127.0.0.1:${takenPort}/auth/callback, http://127.0.0.1:${freePort()}/auth/callback`,
      };
    },
    check: (company) => {
      const used = new URL(authorizationRequest(company).parameters.get("redirect_uri")!);
      assert.notEqual(Number(used.port), takenPort);
    },
  },
  "any free port": {
    env: { OIDC_REDIRECT_URL: "http://127.0.0.1:0/auth/callback" },
    check: (company) => {
      const used = new URL(authorizationRequest(company).parameters.get("redirect_uri")!);
      assert.ok(Number(used.port) > 0);
    },
  },
  "a client that registers itself": {
    provider: { registration: true },
    env: { OIDC_CLIENT_ID: "" },
    check: ({ provider }) => {
      const { parameters: _, ...request } = provider.requests.find(({ endpoint }) =>
        endpoint === "registration"
      )!;
      assert.equal(request.status, 201);
      assert.equal(request.answer?.application_type, "native");
    },
  },
  "device flow": {
    provider: {
      deviceFlow: true,
      clients: [{
        ...publicClient,
        grant_types: [deviceGrant, "refresh_token"],
        redirect_uris: [],
        response_types: [],
      }],
    },
    env: { OIDC_FLOW: "device" },
    person: signInOnPhone,
    check: noTab,
  },
  "device flow, because there is no browser": {
    provider: {
      deviceFlow: true,
      clients: [{
        ...publicClient,
        grant_types: [...publicClient.grant_types as string[], deviceGrant],
      }],
    },
    env: { DISPLAY: "", SSH_CONNECTION: "192.0.2.1 50000 192.0.2.2 22" },
    person: signInOnPhone,
    check: noTab,
  },
  "a printed URL, because the client may not use the device flow": {
    provider: { deviceFlow: true },
    env: { DISPLAY: "", SSH_CONNECTION: "192.0.2.1 50000 192.0.2.2 22" },
    person: signInByPrintedUrl,
    check: ({ browser }) => assert.equal(browser.count(), 0),
  },
  "a printed URL, because the person wants no browser": {
    provider: { deviceFlow: true },
    args: ["--no-browser"],
    person: signInByPrintedUrl,
    check: ({ browser }) => assert.equal(browser.count(), 0),
  },
  "client credentials with a secret": {
    provider: {
      clientCredentials: true,
      clients: [machineClient(confidentialClient("client_secret_basic"))],
    },
    env: { OIDC_FLOW: "client-credentials", OIDC_CLIENT_SECRET: basic.client_secret },
    person: nobody,
    check: noTab,
  },
  "client credentials with a key": {
    provider: {
      clientCredentials: true,
      clients: [machineClient(keyClient(ec.publicKey, "ES256"))],
    },
    env: { OIDC_FLOW: "client-credentials", OIDC_CLIENT_KEY_FILE: "{key}" },
    files: { key: ec.privateKey.export({ format: "pem", type: "pkcs8" }).toString() },
    person: nobody,
    check: (company) => {
      assertedBy("ES256")(company);
      noTab(company);
    },
  },
};

/** A port that some other program holds during these tests. */
let takenPort = 0;

Deno.test("every way to sign in leads to the tools", async (t) => {
  await using everything: EverythingServer = await startEverything();
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  takenPort = other.addr.port;
  for (const [name, way] of Object.entries(ways)) {
    await t.step(name, async () => {
      await using company = await startCompany({ provider: way.provider, backend: everything.url });
      const env: Record<string, string> = { ...way.env };
      for (const [file, text] of Object.entries(way.files ?? {})) {
        const path = join(company.home.path, file);
        await Deno.writeTextFile(path, text);
        for (const key of Object.keys(env)) env[key] = env[key].replace(`{${file}}`, path);
      }
      await using program = await company.start({
        env,
        args: [company.gateway.url.href, ...way.args ?? []],
      });
      const act = way.person ?? ((company) => company.signIn());
      await Promise.all([act(company, program), program.initialize()]);
      const { result } = await program.request("tools/list");
      assert.ok(Array.isArray(result?.tools) && result.tools.length > 5);
      await program.endInput();
      assert.equal((await program.exit).code, 0);
      // Now that it has ended, its log is complete.
      way.check(company, program);
    });
  }
});

Deno.test("a file with a client secret is read again until it is there, and when it was replaced", async () => {
  const client = machineClient(confidentialClient("client_secret_basic"));
  await using company = await startCompany({
    provider: { clientCredentials: true, clients: [client], accessTokenTtl: 3600 },
  });
  const file = join(company.home.path, "secret");
  await using program = await company.start({
    env: { OIDC_FLOW: "client-credentials", OIDC_CLIENT_SECRET_FILE: file },
  });
  const initialize = () =>
    program.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    });
  assert.equal((await initialize()).error?.data?.reason, "file_unreadable");
  await Deno.writeTextFile(file, "of yesterday\n");
  assert.equal((await initialize()).error?.data?.reason, "invalid_client");
  await Deno.writeTextFile(file, `${client.client_secret}\n`);
  assert.ok((await initialize()).result, program.stderr());
});
