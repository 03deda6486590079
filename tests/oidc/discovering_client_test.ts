import assert from "node:assert/strict";
import type { PendingAuthorization } from "../../src/base/credential.ts";
import { createLog } from "../../src/base/log.ts";
import { createDiscoveringClient } from "../../src/oidc/discovering_client.ts";
import type { ProviderNotes } from "../../src/base/provider_notes.ts";
import { startAdvertisingBackend } from "../support/advertising_backend.ts";
import { createPerson } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { failure } from "./rig.ts";
import { within } from "../support/within.ts";

const { signal } = new AbortController();

/** Notes that one process keeps and the next one finds. */
function createNotes(): ProviderNotes & { forgetAll(): void } {
  const notes = new Map<string, unknown>();
  return {
    read: (name) => Promise.resolve(notes.get(name)),
    write: (name, value) => Promise.resolve(void notes.set(name, value)),
    remove: (name) => Promise.resolve(void notes.delete(name)),
    forgetAll: () => notes.clear(),
  };
}

/** Two providers, and a backend that names the first of them until it is told to name the other. */
async function startTwoProviders({ scope = "openid" as string | undefined } = {}) {
  const settings = { clients: [], registration: true, revocation: true };
  const stack = new AsyncDisposableStack();
  const first = stack.use(await startProvider(settings));
  const second = stack.use(await startProvider(settings));
  const issuers = [first.issuer];
  const backend = stack.use(
    startAdvertisingBackend({ issuers, jwksUri: first.jwksUri, scope }),
  );
  const notes = createNotes();
  return {
    first,
    second,
    notes,
    nameTheSecond: () => issuers.splice(0, 1, second.issuer),
    /** One process. */
    start: (openBrowser: (url: URL) => Promise<void> = visit, loginTimeout = 30_000) =>
      createDiscoveringClient({
        backendUrl: backend.url,
        scopes: ["openid", "profile", "email"],
        scopesGiven: false,
        redirectUrls: [new URL("http://127.0.0.1:0/auth/callback")],
        loginTimeout,
        log: createLog({ level: "error", write: () => {} }),
        notes,
        openBrowser,
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const person = createPerson();

function visit(url: URL): Promise<void> {
  person.visit(url).catch(() => {});
  return Promise.resolve();
}

Deno.test("a refresh token never reaches another provider that the backend names later", async () => {
  await using rig = await startTwoProviders();
  const credential = await rig.start().signIn({ signal });
  assert.equal(credential.issuer, new URL(rig.first.issuer).href);
  assert.ok(credential.refreshToken);
  rig.nameTheSecond();
  // A day later, or in another process that has asked the backend anew.
  rig.notes.forgetAll();
  const later = rig.start();
  const error = await failure(later.refresh(credential, signal));
  assert.equal(error.reason, "invalid_grant");
  assert.match(error.message, /trusts another provider now/);
  assert.deepEqual(await later.revoke(credential, signal), {
    refreshToken: "kept",
    accessToken: "kept",
  });
  assert.equal(rig.second.count("token") + rig.second.count("revocation"), 0);
  assert.ok(await later.hasProviderChanged(credential, signal));
});

Deno.test("a credential of the provider that is named now is renewed, whoever signed in", async () => {
  await using rig = await startTwoProviders();
  const early = rig.start();
  const old = await early.signIn({ signal });
  rig.nameTheSecond();
  assert.ok(await early.hasProviderChanged(old, signal));
  const credential = await rig.start().signIn({ signal });
  assert.equal((await early.refresh(credential, signal)).issuer, new URL(rig.second.issuer).href);
});

Deno.test("a sign-in that nobody finishes costs no credential of the client before", async () => {
  await using rig = await startTwoProviders();
  const credential = await rig.start().signIn({ signal });
  const nobody = rig.start(() => Promise.resolve(), 50);
  assert.equal((await failure(nobody.signIn({ signal }))).reason, "login_timeout");
  const renewed = await rig.start().refresh(credential, signal);
  assert.equal(renewed.clientId, credential.clientId);
  assert.notEqual((await rig.start().signIn({ signal })).clientId, credential.clientId);
});

Deno.test("the answer of one provider is not redeemed at another one", async () => {
  await using rig = await startTwoProviders();
  const begun = Promise.withResolvers<PendingAuthorization>();
  const stop = new AbortController();
  const left = rig.start(() => Promise.resolve()).signIn({
    signal: stop.signal,
    onPending: (pending) => Promise.resolve(begun.resolve(pending)),
  });
  const resume = await within(begun.promise, { what: "the authorization request" });
  stop.abort(new Error("this process ends"));
  await assert.rejects(left);
  rig.nameTheSecond();
  const credential = await rig.start().signIn({ resume, signal });
  assert.equal(credential.issuer, new URL(rig.second.issuer).href);
  assert.equal(rig.first.count("token"), 0);
});

/** What a provider that lists no methods answers to a registration: a confidential client. */
const confidential = (method?: string) => ({
  status: 201,
  body: {
    client_id: "confidential-client",
    client_secret: "the secret of this registration",
    client_secret_expires_at: 0,
    ...(method && { token_endpoint_auth_method: method }),
  },
});

Deno.test("a client that registered itself with a secret renews and revokes with it", async () => {
  await using provider = await startProvider({
    clients: [],
    registration: true,
    revocation: true,
    configuration: { clientAuthMethods: ["client_secret_basic"] },
  });
  await using backend = startAdvertisingBackend({
    issuers: [provider.issuer],
    jwksUri: provider.jwksUri,
    scope: "openid",
  });
  const notes = createNotes();
  const start = (openBrowser: (url: URL) => Promise<void> = visit) =>
    createDiscoveringClient({
      backendUrl: backend.url,
      scopes: ["openid"],
      scopesGiven: false,
      redirectUrls: [new URL("http://127.0.0.1:0/auth/callback")],
      loginTimeout: openBrowser === visit ? 30_000 : 50,
      log: createLog({ level: "error", write: () => {} }),
      notes,
      openBrowser,
    });
  const credential = await start().signIn({ signal });
  // The next one to sign in as is another client, since nobody finished a sign-in as this one.
  assert.equal(
    (await failure(start(() => Promise.resolve()).signIn({ signal }))).reason,
    "login_timeout",
  );
  assert.notEqual((await start().signIn({ signal })).clientId, credential.clientId);
  const renewed = await start().refresh(credential, signal);
  assert.equal(renewed.clientId, credential.clientId);
  // This provider cannot take back access tokens that are JWTs.
  assert.deepEqual(await start().revoke(renewed, signal), {
    refreshToken: "revoked",
    accessToken: "kept",
  });
});

Deno.test("to renew, to revoke, to doubt and to ask for metadata registers no client", async () => {
  await using rig = await startTwoProviders();
  const credential = await rig.start().signIn({ signal });
  rig.notes.forgetAll();
  const client = rig.start();
  assert.equal((await client.clientOrigin(signal)).from, "new registration");
  await client.metadata(signal);
  assert.equal(await client.hasProviderChanged(credential, signal), false);
  await client.refresh(credential, signal);
  await client.revoke(credential, signal);
  assert.equal(rig.first.count("registration"), 1);
  await client.signIn({ signal });
  assert.equal((await client.clientOrigin(signal)).from, "registration");
});

for (const method of [undefined, "client_secret_basic", "client_secret_post", "none"] as const) {
  const answer = method ?? "nothing about it";
  Deno.test(`a provider that lists no methods and answers ${answer} to a registration`, async () => {
    await using provider = await startProvider({ clients: [], registration: true });
    const wellKnown = `${provider.issuer}/.well-known/openid-configuration`;
    const { token_endpoint_auth_methods_supported: _, ...metadata } = await (await fetch(wellKnown))
      .json();
    const asked = Promise.withResolvers<{ headers: Headers; parameters: URLSearchParams }>();
    provider.intercept((request) => {
      if (request.endpoint === "discovery") return { status: 200, body: metadata };
      if (request.endpoint === "registration") return confidential(method);
      if (request.endpoint !== "pushed_authorization_request") return undefined;
      asked.resolve(request);
      return { status: 400, body: { error: "invalid_request" } };
    });
    // The first request that the client authenticates for is that which pushes the other.
    metadata.pushed_authorization_request_endpoint = `${provider.issuer}/request`;
    await using backend = startAdvertisingBackend({
      issuers: [provider.issuer],
      jwksUri: provider.jwksUri,
    });
    await failure(
      createDiscoveringClient({
        backendUrl: backend.url,
        scopes: ["openid", "profile", "email"],
        scopesGiven: false,
        redirectUrls: [new URL("http://127.0.0.1:0/auth/callback")],
        loginTimeout: 1_000,
        pushedAuthorization: true,
        log: createLog({ level: "error", write: () => {} }),
        openBrowser: visit,
      }).signIn({ signal }),
    );
    const { headers, parameters } = await within(asked.promise, { what: "the pushed request" });
    assert.equal(
      headers.has("authorization"),
      method !== "none" && method !== "client_secret_post",
    );
    assert.equal(parameters.has("client_secret"), method === "client_secret_post");
  });
}

/**
 * Makes the first provider give clients no scope but those that they named when they registered, as
 * Spring Authorization Server 7 and others do; with `refuses` it takes no such registration.
 */
function giveOnlyRegisteredScopes(
  { first }: Awaited<ReturnType<typeof startTwoProviders>>,
  refuses?: { status: number; body?: Record<string, string> },
) {
  first.intercept(({ endpoint, parameters }) => {
    if (endpoint === "registration" && first.count("registration") > 1) return refuses;
    if (endpoint !== "authorization") return undefined;
    const isRegisteredFor = first.requests.some(({ endpoint, answer }) =>
      endpoint === "registration" && answer?.client_id === parameters.get("client_id") &&
      answer?.scope !== undefined
    );
    if (isRegisteredFor) return undefined;
    const answer = new URL(parameters.get("redirect_uri")!);
    answer.searchParams.set("error", "invalid_scope");
    answer.searchParams.set("error_description", "OAuth 2.0 Parameter: scope");
    answer.searchParams.set("state", parameters.get("state")!);
    answer.searchParams.set("iss", first.issuer);
    return { status: 302, headers: { location: answer.href } };
  });
}

Deno.test("at a backend that names no scopes, an OpenID Provider is asked for those of the default that it knows", async () => {
  await using rig = await startTwoProviders({ scope: "" });
  await rig.start().signIn({ signal });
  const { parameters } = await rig.first.requested(({ endpoint }) => endpoint === "authorization");
  assert.equal(parameters.get("scope"), "openid profile email offline_access");
});

Deno.test("a client that was given no scopes registers once more, naming them", async () => {
  await using rig = await startTwoProviders();
  giveOnlyRegisteredScopes(rig);
  let tabs = 0;
  const open = (url: URL) => (tabs++, visit(url));
  const credential = await rig.start(open).signIn({ signal });
  assert.equal(rig.first.count("registration"), 2);
  assert.equal(tabs, 2);
  // The next process signs in as the client that may have them.
  const next = await rig.start(open).signIn({ signal });
  assert.equal(next.clientId, credential.clientId);
  assert.equal(rig.first.count("registration"), 2);
  assert.equal(tabs, 3);
});

Deno.test("a client that cannot register for scopes says what was refused, and why", async () => {
  const refusals = {
    "400": { status: 400, body: { error: "invalid_scope", error_description: "none for you" } },
    "401": { status: 401, body: { error: "invalid_token", error_description: "used before" } },
    // Keycloak 26.
    "403": {
      status: 403,
      body: {
        error: "insufficient_scope",
        error_description: "Policy 'Allowed Client Scopes' rejected request to " +
          "client-registration service. Details: Not permitted to use specified clientScope",
      },
    },
  };
  for (const [status, refusal] of Object.entries(refusals)) {
    await using rig = await startTwoProviders();
    giveOnlyRegisteredScopes(rig, refusal);
    const error = await failure(rig.start().signIn({ signal }));
    assert.equal(error.reason, "invalid_scope");
    assert.match(error.what, /invalid_scope: OAuth 2.0 Parameter: scope; the client registered/);
    assert.match(error.what, new RegExp(refusal.body.error_description));
    assert.match(error.fix, /set OIDC_CLIENT_ID/);
    assert.equal(/OIDC_REGISTRATION_TOKEN_FILE/.test(error.fix), status === "401");
    assert.equal(rig.first.count("registration"), 2);
  }
});
