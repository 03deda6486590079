import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import type { Log } from "../../../src/base/log.ts";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";
import {
  clientAuthentication,
  type ClientAuthenticationOptions,
} from "../../../src/oidc/client_authentication/client_authentication.ts";
import { clientAuthenticationMethods } from "../../../src/oidc/client_authentication/methods.ts";
import type { AuthorizationServer } from "../../../src/oidc/oauth_types.ts";
import { failure } from "../rig.ts";

const issuer = "https://auth.test";
const endpoint = `${issuer}/token`;
const secret = "a secret of more than thirty-two bytes";
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = privateKey.export({ format: "jwk" });
const readClientKey = () => Promise.resolve(JSON.stringify(jwk));

interface Given extends Partial<Omit<ClientAuthenticationOptions, "server" | "log">> {
  server?: Partial<AuthorizationServer>;
}

async function authentication({ server, ...options }: Given) {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (line) => void warnings.push(line) };
  const metadata = { issuer, token_endpoint: endpoint, ...server };
  const found = await clientAuthentication({
    method: "auto",
    clientSecret: undefined,
    readClientKey: undefined,
    ...options,
    server: metadata,
    log,
  });
  return {
    ...found,
    warnings,
    /** The request that is authenticated. */
    async request(
      clientId = "client",
    ): Promise<{ authorization: string | null; client_assertion?: string }> {
      const headers = new Headers();
      const body = new URLSearchParams();
      await found.authenticate(metadata, { client_id: clientId }, body, headers);
      return { authorization: headers.get("authorization"), ...Object.fromEntries(body) };
    },
  };
}

function part(jwt: string | undefined, index: 0 | 1): Record<string, unknown> {
  return JSON.parse(atob(jwt!.split(".")[index]!.replaceAll("-", "+").replaceAll("_", "/")));
}

const lists = (...methods: string[]) => ({ token_endpoint_auth_methods_supported: methods });

Deno.test("the best method that the provider knows and the configuration has the means for", async () => {
  const key = { readClientKey };
  const withSecret = { clientSecret: secret };
  const rows: [Given, string][] = [
    [{}, "none"],
    [{ server: lists("client_secret_basic") }, "none"],
    [withSecret, "client_secret_basic"],
    [{ ...withSecret, clientSecret: "" }, "client_secret_basic"],
    [
      {
        ...withSecret,
        server: lists("client_secret_jwt", "client_secret_post", "client_secret_basic"),
      },
      "client_secret_basic",
    ],
    [
      { ...withSecret, server: lists("client_secret_jwt", "client_secret_post") },
      "client_secret_post",
    ],
    [{ ...withSecret, server: lists("client_secret_jwt") }, "client_secret_jwt"],
    [{ ...key, server: lists("private_key_jwt") }, "private_key_jwt"],
    [
      { ...key, ...withSecret, server: lists("client_secret_basic", "private_key_jwt") },
      "private_key_jwt",
    ],
    [{ ...key, ...withSecret }, "client_secret_basic"],
  ];
  for (const [given, method] of rows) {
    const found = await authentication(given);
    assert.equal(found.method, method, JSON.stringify(given));
    assert.deepEqual(found.warnings, []);
  }
});

Deno.test("means that the provider does not know are said", async () => {
  const rows: [Given, string][] = [
    [
      { clientSecret: secret, server: lists("private_key_jwt", "none") },
      "a client secret is set, but https://auth.test knows only private_key_jwt, none",
    ],
    [
      { readClientKey, server: lists() },
      "a client key is set, but https://auth.test knows only public clients",
    ],
    [
      { readClientKey },
      "a client key is set, but https://auth.test knows only client_secret_basic",
    ],
  ];
  for (const [given, what] of rows) {
    const error = await failure(authentication(given));
    assert.equal(
      error.message,
      `Configuration error: ${what}. Fix: set what the provider supports, or name the method with ` +
        "OIDC_CLIENT_AUTH.",
    );
    assert.equal(error.reason, "client_authentication");
  }
});

Deno.test("a method that is named is used, with a warning when the provider does not list it", async () => {
  const listed = await authentication({
    method: "none",
    clientSecret: secret,
    server: lists("client_secret_post", "none"),
  });
  assert.deepEqual([listed.method, listed.warnings], ["none", []]);
  const other = await authentication({
    method: "client_secret_post",
    clientSecret: secret,
    server: lists("none", "client_secret_basic"),
  });
  assert.equal(other.method, "client_secret_post");
  assert.deepEqual(other.warnings, [
    "https://auth.test does not list client_secret_post as a client authentication (it lists none, " +
    "client_secret_basic), trying it all the same",
  ]);
});

Deno.test("a named method without its means says which setting it needs", async () => {
  const settings = {
    client_secret_basic: "OIDC_CLIENT_SECRET",
    client_secret_post: "OIDC_CLIENT_SECRET",
    client_secret_jwt: "OIDC_CLIENT_SECRET",
    private_key_jwt: "OIDC_CLIENT_KEY_FILE",
  };
  for (const [method, setting] of Object.entries(settings)) {
    const error = await failure(authentication({ method: method as keyof typeof settings }));
    assert.equal(
      error.message,
      `Configuration error: the client authentication ${method} needs ${setting}. Fix: set ` +
        `${setting}, or another OIDC_CLIENT_AUTH.`,
    );
    assert.equal(error.reason, "client_authentication");
  }
});

Deno.test("what is sent with each request", async () => {
  const send = async (given: Given, clientId?: string) =>
    await (await authentication(given)).request(clientId);
  const none = { authorization: null, client_id: "client" };
  assert.deepEqual(await send({ method: "none" }), none);
  assert.deepEqual(await send({ method: "tls_client_auth" }), none);
  assert.deepEqual(await send({ method: "client_secret_post", clientSecret: "s" }), {
    ...none,
    client_secret: "s",
  });
  assert.deepEqual(await send({ method: "client_secret_basic", clientSecret: "s" }), {
    authorization: `Basic ${btoa("client:s")}`,
  });
  // As a form has it, and no more of it than a form has.
  assert.deepEqual(
    await send({ method: "client_secret_basic", clientSecret: "ä b+:%" }, "my-app.v_1*:x"),
    { authorization: `Basic ${btoa("my-app.v_1*%3Ax:%C3%A4+b%2B%3A%25")}` },
  );
});

Deno.test("an assertion is signed by the secret or the key, for the issuer", async () => {
  const bySecret = await (await authentication({
    method: "client_secret_jwt",
    clientSecret: secret,
  })).request();
  assert.equal(part(bySecret.client_assertion, 0).alg, "HS256");
  const key = { ...jwk, kid: "one" };
  const given: [string, object][] = [
    [JSON.stringify(jwk), { alg: "ES256" }],
    [JSON.stringify(key), { alg: "ES256", kid: "one" }],
  ];
  for (const [text, header] of given) {
    const { client_assertion } = await (await authentication({
      method: "private_key_jwt",
      readClientKey: () => Promise.resolve(text),
    })).request();
    assert.deepEqual(part(client_assertion, 0), header);
    assert.equal(part(client_assertion, 1).aud, issuer);
    assert.equal(part(client_assertion, 1).sub, "client");
  }
});

Deno.test("a key of Ed25519 is named in an assertion as the provider knows it", async () => {
  const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  for (const alg of ["EdDSA", "Ed25519"]) {
    const { client_assertion } = await (await authentication({
      method: "private_key_jwt",
      readClientKey: () => Promise.resolve(JSON.stringify(ed25519)),
      server: { token_endpoint_auth_signing_alg_values_supported: [alg] },
    })).request();
    assert.equal(part(client_assertion, 0).alg, alg);
  }
});

Deno.test("an assertion has the algorithm of its key, or what the provider knows of it", async () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const text = rsa.export({ format: "pem", type: "pkcs8" }).toString();
  for (const alg of ["RS256", "PS256"]) {
    const { client_assertion } = await (await authentication({
      method: "private_key_jwt",
      readClientKey: () => Promise.resolve(text),
      server: { token_endpoint_auth_signing_alg_values_supported: [alg] },
    })).request();
    assert.equal(part(client_assertion, 0).alg, alg);
  }
});

for (const method of ["client_secret_jwt", "private_key_jwt"] as const) {
  const means = { method, clientSecret: secret, readClientKey };
  const audience = async (found: Awaited<ReturnType<typeof authentication>>) =>
    part((await found.request()).client_assertion, 1).aud;

  Deno.test(`${method} is addressed to the token endpoint once that is asked for`, async () => {
    const found = await authentication(means);
    assert.equal(await audience(found), issuer);
    assert.equal(found.useTokenEndpointAudience!(), true);
    assert.equal(await audience(found), endpoint);
    assert.equal(found.useTokenEndpointAudience!(), false, "it changes nothing");
    assert.equal(await audience(found), endpoint);
  });

  Deno.test(`${method} is addressed at once as the provider is known to want it`, async () => {
    for (const wants of [true, false]) {
      const found = await authentication({
        ...means,
        wantsTokenEndpoint: () => Promise.resolve(wants),
      });
      assert.equal(await audience(found), wants ? endpoint : issuer);
      assert.equal(found.useTokenEndpointAudience!(), !wants);
    }
  });

  Deno.test(`${method} is addressed to the token endpoint where the issuer is a template`, async () => {
    let asked = 0;
    const found = await authentication({
      ...means,
      server: { issuer: "https://login.microsoftonline.com/{tenantid}/v2.0" },
      wantsTokenEndpoint: () => (asked++, Promise.resolve(false)),
    });
    assert.equal(await audience(found), endpoint);
    assert.equal(found.useTokenEndpointAudience!(), false);
    assert.equal(asked, 0);
  });
}

Deno.test("methods without assertions have no audience, and nobody is asked for one", async () => {
  for (
    const method of [
      "none",
      "tls_client_auth",
      "client_secret_basic",
      "client_secret_post",
    ] as const
  ) {
    let asked = 0;
    const found = await authentication({
      method,
      clientSecret: secret,
      wantsTokenEndpoint: () => (asked++, Promise.resolve(true)),
    });
    assert.equal(found.useTokenEndpointAudience, undefined);
    assert.equal(asked, 0);
  }
});

Deno.test("the methods that can be set", () => {
  assert.deepEqual(clientAuthenticationMethods, [
    "none",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
  ]);
});
