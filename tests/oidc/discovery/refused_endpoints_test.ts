/**
 * Endpoints that a provider names and that must not be used: whatever does not need them goes on, and
 * whatever does says which one it is, its value, and why.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { OidcClientOptions } from "../../../src/oidc/client_options.ts";
import { createDiscoveringClient } from "../../../src/oidc/discovering_client.ts";
import { createLog } from "../../../src/base/log.ts";
import type { ProviderNotes } from "../../../src/base/provider_notes.ts";
import { startProvider, type TestProvider } from "../../support/provider.ts";
import { createRig, failure } from "../rig.ts";

const { signal } = new AbortController();
const unsafe = "http://insecure.example/here";

function createNotes(): ProviderNotes {
  const values = new Map<string, string>();
  return {
    read: (name) => Promise.resolve(JSON.parse(values.get(name) ?? "null")),
    write: (name, value) => Promise.resolve(void values.set(name, JSON.stringify(value))),
    remove: (name) => Promise.resolve(void values.delete(name)),
  };
}

/** A provider whose metadata has these members instead of its own. */
async function startWith(changes: Record<string, unknown>): Promise<TestProvider> {
  const provider = await startProvider({ revocation: true, deviceFlow: true, registration: true });
  const place = `${provider.issuer}/.well-known/openid-configuration`;
  const metadata = await (await fetch(place)).json();
  provider.intercept(({ endpoint }) =>
    endpoint === "discovery" ? { status: 200, body: { ...metadata, ...changes } } : undefined
  );
  return provider;
}

/** Fails unless the error says which endpoint it is, its value, and why it must not be used. */
function isAbout(error: { reason: string; what: string }, name: string, why = "is not https") {
  assert.equal(error.reason, "unsafe_endpoint");
  assert.ok(
    error.what.endsWith(`has "${unsafe}" as its ${name}, which ${why}`),
    error.what,
  );
}

const uses: Record<string, Partial<OidcClientOptions>> = {
  pushed_authorization_request_endpoint: { pushedAuthorization: true },
  device_authorization_endpoint: { flow: "device" },
  authorization_endpoint: {},
  token_endpoint: {},
  jwks_uri: {},
};
for (const [name, options] of Object.entries(uses)) {
  Deno.test(`a sign-in that needs a refused ${name} says which it is and why`, async () => {
    await using provider = await startWith({ [name]: unsafe });
    isAbout(await failure(createRig(provider, options).signIn().credential), name);
  });
}

Deno.test("a refused revocation endpoint costs no sign-in, and logout says why it cannot revoke", async () => {
  await using provider = await startWith({ revocation_endpoint: unsafe });
  const notes = createNotes();
  const credential = await createRig(provider, { notes }).signIn().credential;
  // Another process has the metadata from the notes.
  for (const rig of [createRig(provider, { notes }), createRig(provider)]) {
    const { error, ...fates } = await rig.client.revoke(credential, signal);
    assert.deepEqual(fates, { refreshToken: "kept", accessToken: "kept" });
    isAbout(error!, "revocation_endpoint");
  }
});

Deno.test("a refused registration endpoint is not told to be none", async () => {
  await using provider = await startWith({ registration_endpoint: unsafe });
  const client = createDiscoveringClient({
    backendUrl: new URL("http://127.0.0.1:9/mcp"),
    issuerUrl: new URL(provider.issuer),
    scopes: ["openid"],
    scopesGiven: false,
    redirectUrls: [new URL("http://127.0.0.1:0/auth/callback")],
    loginTimeout: 30_000,
    log: createLog({ level: "error", write: () => {} }),
  });
  isAbout(await failure(client.signIn({ signal })), "registration_endpoint");
  isAbout(await failure(client.clientOrigin(signal)), "registration_endpoint");
});

Deno.test("without openid, keys at a refused address are no reason to refuse a sign-in", async () => {
  await using provider = await startWith({ jwks_uri: unsafe });
  const { accessToken } = await createRig(provider, { scopes: ["profile"] }).signIn().credential;
  assert.ok(provider.secrets.access_token.has(accessToken));
});

Deno.test("with a client certificate, its own refused endpoint is told, not the other one asked", async () => {
  await using provider = await startWith({ mtls_endpoint_aliases: { token_endpoint: unsafe } });
  const rig = createRig(provider, { clientAuthentication: "tls_client_auth" });
  isAbout(await failure(rig.signIn().credential), "mtls_endpoint_aliases.token_endpoint");
  assert.equal(provider.count("token"), 0);
});

Deno.test("an endpoint that only the other document names, and wrongly, is told", async () => {
  await using provider = await startProvider({ revocation: true });
  const place = "/.well-known/openid-configuration";
  const { revocation_endpoint: _, ...metadata } = await (await fetch(`${provider.issuer}${place}`))
    .json();
  provider.intercept(({ url }) => {
    if (url === place) return { status: 200, body: metadata };
    return url === "/.well-known/oauth-authorization-server"
      ? { status: 200, body: { ...metadata, revocation_endpoint: unsafe } }
      : undefined;
  });
  const rig = createRig(provider);
  const { error } = await rig.client.revoke(await rig.signIn().credential, signal);
  isAbout(error!, "revocation_endpoint");
  assert.match(error!.what, /oauth-authorization-server has/);
});

Deno.test("an endpoint that is wrong in one document is taken from the other", async () => {
  await using provider = await startProvider({ revocation: true });
  const place = "/.well-known/openid-configuration";
  const metadata = await (await fetch(`${provider.issuer}${place}`)).json();
  provider.intercept(({ url }) => {
    if (url === place) return { status: 200, body: { ...metadata, revocation_endpoint: unsafe } };
    return url === "/.well-known/oauth-authorization-server"
      ? { status: 200, body: metadata }
      : undefined;
  });
  const rig = createRig(provider);
  const { error, refreshToken } = await rig.client.revoke(await rig.signIn().credential, signal);
  assert.equal(error, undefined);
  assert.equal(refreshToken, "revoked");
});
