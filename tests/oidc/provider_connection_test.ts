/**
 * What a connection to a provider knows and does for the requests to it, without a network.
 *
 * @module
 */
import assert from "node:assert/strict";
import { allowInsecureRequests, clockSkew, clockTolerance, customFetch } from "@panva/oauth4webapi";
import { withoutClientId } from "../../src/oidc/client_options.ts";
import { unverifiedClaims } from "../../src/oidc/discovery/issuer_template.ts";
import { generateDpopKey } from "../../src/oidc/dpop/dpop_key.ts";
import { connectProvider, maxAhead } from "../../src/oidc/provider_connection.ts";
import { failure } from "./rig.ts";
import {
  type Answer,
  began,
  clientId,
  issuer,
  type Script,
  scriptedProvider,
} from "./scripted_provider.ts";

const { signal } = new AbortController();
const discovery = "/.well-known/openid-configuration";
const oauth = "/.well-known/oauth-authorization-server";
const endpoints = {
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
};
const json = (members: Record<string, unknown>, headers?: HeadersInit): Answer => () =>
  Response.json(members, { headers });

Deno.test("a connection is that of the client and provider that are set", async () => {
  const provider = scriptedProvider();
  const connection = await provider.connect();
  assert.equal(connection.server.token_endpoint, `${issuer}/token`);
  assert.equal(connection.metadataFrom, began);
  assert.equal(connection.client.client_id, clientId);
  assert.equal(connection.client.use_mtls_endpoint_aliases, undefined);
  assert.equal(connection.method, "none");
  assert.equal(connection.options, provider.options);
  assert.deepEqual(connection.keys, {});
  assert.deepEqual(connection.refusedEndpoints(), []);
  assert.equal(connection.useTokenEndpointAudience(), false);
  assert.deepEqual([connection.now(), connection.providerNow()], [began, began]);
  await connection.rememberAudience();
  connection.requireUsable("jwks_uri");
  const request = connection.request(signal);
  assert.equal(request.signal, signal);
  assert.equal(request[allowInsecureRequests], true);
  await assert.rejects(
    request[customFetch]!("http://auth.test/", { method: "GET" } as never),
    { reason: "insecure_endpoint" },
  );
});

Deno.test("the clock is the machine's, and that of the tokens the provider's", async () => {
  const { now: _, ...options } = scriptedProvider().options;
  const real = await connectProvider(options, { signal, maxAge: 0 });
  assert.ok(Math.abs(real.now() - Date.now()) < 60_000);
  const dated = (seconds: number) =>
    json(endpoints, { date: new Date(began + 1_000 * seconds).toUTCString() });
  const provider = scriptedProvider({ answers: { [discovery]: [dated(20), dated(-7)] } });
  const connection = await provider.connect();
  assert.deepEqual([connection.now(), connection.providerNow()], [began, began + 20_000]);
  const skew = () => connection.client[clockSkew]!;
  assert.ok(Number.isInteger(skew()));
  assert.ok(Math.abs(Date.now() / 1000 + skew() - (began / 1000 + 20)) <= 1.5);
  assert.equal(connection.client[clockTolerance], maxAhead);
  assert.equal(maxAhead, 600);
  await connection.refetchMetadata(signal);
  assert.equal(connection.providerNow(), began - 7_000);
  assert.ok(Math.abs(Date.now() / 1000 + skew() - (began / 1000 - 7)) <= 1.5);
});

Deno.test("a time of issue is never ahead of the provider's clock by a fraction", async () => {
  const provider = scriptedProvider();
  const connection = await provider.connect();
  for (const fraction of [0, 1, 499, 500, 999]) {
    provider.clock.time = began + fraction;
    const { now } = Date;
    Date.now = () => began + 400;
    try {
      assert.equal(connection.client[clockSkew], Math.floor((fraction - 400) / 1000));
    } finally {
      Date.now = now;
    }
  }
});

Deno.test("metadata that was asked for once is asked for again when that is wanted", async () => {
  const { jwks_uri: _, ...moved } = { ...endpoints, jwks_uri: "" };
  const provider = scriptedProvider({
    answers: {
      [discovery]: [
        json({ ...endpoints, jwks_uri: `${issuer}/jwks` }),
        json({ ...moved, token_endpoint: `${issuer}/moved` }),
      ],
    },
  });
  const connection = await provider.connect();
  connection.keys = { jwks: { keys: [] }, uat: 1 } as typeof connection.keys;
  provider.clock.time += 5_000;
  await connection.refetchMetadata(signal);
  assert.equal(connection.server.token_endpoint, `${issuer}/moved`);
  assert.deepEqual(connection.keys, {});
  assert.equal(connection.metadataFrom, began, "it says when it was made");
});

Deno.test("metadata that is wanted anew is not read from the notes", async () => {
  const kept = new Map<string, unknown>();
  const provider = scriptedProvider({
    options: {
      notes: {
        read: (name) => Promise.resolve(kept.get(name)),
        write: (name, value) => Promise.resolve(void kept.set(name, value)),
        remove: () => Promise.resolve(),
      },
    },
  });
  const connection = await provider.connect();
  await connection.refetchMetadata(signal);
  assert.equal(provider.sentTo(discovery).length, 2);
});

Deno.test("an endpoint is looked for in the other document, and then the server has it", async () => {
  const provider = scriptedProvider({
    answers: {
      [discovery]: json({ ...endpoints, jwks_uri: `${issuer}/jwks` }),
      [oauth]: json({ ...endpoints, revocation_endpoint: `${issuer}/revoke` }),
    },
  });
  const connection = await provider.connect();
  assert.equal(connection.server.revocation_endpoint, undefined);
  assert.equal(await connection.lookFor("revocation_endpoint", signal), true);
  assert.equal(connection.server.revocation_endpoint, `${issuer}/revoke`);
  assert.equal(await connection.lookFor("device_authorization_endpoint", signal), false);
  assert.equal(provider.sentTo(oauth).length, 1);
});

Deno.test("a document that cannot be asked now is an error to whoever looks for an endpoint", async () => {
  const provider = scriptedProvider({
    answers: { [oauth]: () => new Response(null, { status: 503 }) },
  });
  const connection = await provider.connect();
  const error = await failure(connection.lookFor("revocation_endpoint", signal));
  assert.equal(error.reason, "provider_down");
});

Deno.test("an endpoint that must not be used is told of when it is needed, and listed before", async () => {
  const provider = scriptedProvider({
    metadata: { revocation_endpoint: "http://auth.test/revoke", jwks_uri: "http://auth.test/jwks" },
    options: { scopes: [] },
  });
  const connection = await provider.connect();
  assert.equal(connection.refusedEndpoints().length, 2);
  assert.match(connection.refusedEndpoints().join(), /revocation_endpoint, which is not https/);
  assert.equal(
    (await failure(connection.lookFor("revocation_endpoint", signal))).reason,
    "unsafe_endpoint",
  );
  assert.throws(() => connection.requireUsable("jwks_uri"), { reason: "unsafe_endpoint" });
});

Deno.test("OpenID Connect has its say where OAuth's document comes first", async () => {
  const rows: [scopes: string[], oauthMetadataFirst: boolean, asked: number][] = [
    [["openid"], true, 1],
    [[], true, 0],
    [["openid"], false, 1],
  ];
  for (const [scopes, oauthMetadataFirst, asked] of rows) {
    const provider = scriptedProvider({
      answers: {
        [oauth]: json({ ...endpoints, code_challenge_methods_supported: ["S256"] }),
        [discovery]: json({
          ...endpoints,
          jwks_uri: `${issuer}/jwks`,
          id_token_signing_alg_values_supported: ["ES256"],
        }),
      },
      options: { scopes, oauthMetadataFirst },
    });
    const connection = await provider.connect();
    assert.equal(provider.sentTo(discovery).length, asked, `${scopes} ${oauthMetadataFirst}`);
    assert.equal(connection.server.jwks_uri, asked ? `${issuer}/jwks` : undefined);
  }
  // Also for the algorithms alone, and when it is asked again.
  const provider = scriptedProvider({
    answers: {
      [oauth]: json({ ...endpoints, jwks_uri: `${issuer}/jwks` }),
      [discovery]: json({ ...endpoints, id_token_signing_alg_values_supported: ["ES256"] }),
    },
    options: { oauthMetadataFirst: true },
  });
  const connection = await provider.connect();
  assert.deepEqual(connection.server.id_token_signing_alg_values_supported, ["ES256"]);
  await connection.refetchMetadata(signal);
  assert.deepEqual(connection.server.id_token_signing_alg_values_supported, ["ES256"]);
  assert.equal(provider.sentTo(discovery).length, 2);
});

Deno.test("mutual TLS goes to the endpoints that are for it", async () => {
  const tls = (aliases?: Record<string, string>) =>
    scriptedProvider({
      metadata: { mtls_endpoint_aliases: aliases },
      options: { clientAuthentication: "tls_client_auth" },
    }).connect();
  const connection = await tls({ token_endpoint: "https://mtls.test/token" });
  assert.deepEqual([connection.method, connection.client.use_mtls_endpoint_aliases], [
    "tls_client_auth",
    true,
  ]);
  const unsafe = await failure(tls({ token_endpoint: "http://mtls.test/token" }));
  assert.match(unsafe.what, /mtls_endpoint_aliases\.token_endpoint, which is not https/);
  const other = await tls({ revocation_endpoint: "http://mtls.test/revoke" });
  assert.throws(() => other.requireUsable("revocation_endpoint"), { reason: "unsafe_endpoint" });
  const plain = await scriptedProvider({
    metadata: { mtls_endpoint_aliases: { revocation_endpoint: "http://mtls.test/revoke" } },
  }).connect();
  plain.requireUsable("revocation_endpoint");
});

Deno.test("a client authenticates as it is set, and whoever is none does not", async () => {
  const methodOf = async (options: Script["options"]) =>
    (await scriptedProvider({ options }).connect()).method;
  assert.equal(await methodOf({ clientSecret: "s" }), "client_secret_basic");
  assert.equal(
    await methodOf({ clientSecret: "s", clientAuthentication: "client_secret_post" }),
    "client_secret_post",
  );
  assert.equal(await methodOf({ clientId: withoutClientId, clientSecret: "s" }), "none");
  const nobody = await scriptedProvider({ options: { clientId: withoutClientId } }).connect();
  const body = new URLSearchParams();
  const headers = new Headers();
  await nobody.authenticate(nobody.server, nobody.client, body, headers);
  assert.deepEqual([[...body], [...headers]], [[], []]);
  const readAssertion = () =>
    Promise.resolve({ token: `e30.${btoa('{"exp":9999999999}')}.c2ln`, origin: "the test" });
  assert.equal(await methodOf({ workload: { use: "client", readAssertion } }), "private_key_jwt");
  assert.equal(await methodOf({ workload: { use: "grant", readAssertion } }), "none");
});

Deno.test("that assertions are for the token endpoint is read from the notes and kept there", async () => {
  const byAssertion = {
    clientSecret: "a-secret-of-the-client-of-32-bytes",
    clientAuthentication: "client_secret_jwt",
  } as const;
  const name = "assertion audience https://auth.test/ client";
  const audienceWith = async (read: (name: string) => Promise<unknown>) => {
    const written: unknown[][] = [];
    const connection = await scriptedProvider({
      options: {
        ...byAssertion,
        notes: {
          read,
          write: (...note) => {
            written.push(note);
            return Promise.reject(new Error("no disk"));
          },
          remove: () => Promise.resolve(),
        },
      },
    }).connect();
    const body = new URLSearchParams();
    await connection.authenticate(connection.server, connection.client, body, new Headers());
    await connection.rememberAudience();
    assert.deepEqual(written.at(-1), [name, "token endpoint"]);
    return unverifiedClaims(body.get("client_assertion")!).aud;
  };
  const noted = (value: unknown) => (asked: string) =>
    Promise.resolve(asked === name ? value : undefined);
  assert.equal(await audienceWith(noted("token endpoint")), `${issuer}/token`);
  assert.equal(await audienceWith(noted("other")), issuer);
  assert.equal(await audienceWith(() => Promise.reject(new Error("no disk"))), issuer);
  const without = await scriptedProvider({ options: byAssertion }).connect();
  assert.equal(without.useTokenEndpointAudience(), true);
  assert.equal(without.useTokenEndpointAudience(), false);
});

Deno.test("one key has one handle, which remembers its nonces, and none has none", async () => {
  const connection = await scriptedProvider().connect();
  const [one, other] = [await generateDpopKey(), await generateDpopKey()];
  const handle = await connection.dpop(one);
  assert.ok(handle);
  assert.equal(await connection.dpop({ ...one }), handle);
  assert.notEqual(await connection.dpop(other), handle);
  assert.equal(await connection.dpop(undefined), undefined);
});

Deno.test("the same warning is said once", async () => {
  const provider = scriptedProvider();
  const connection = await provider.connect();
  for (const message of ["a", "b", "a"]) connection.warnOnce(message);
  assert.deepEqual(provider.lines.map((line) => line.replace(/^.*\[(?=warn)/, "[").trim()), [
    "[warn] a",
    "[warn] b",
  ]);
});
