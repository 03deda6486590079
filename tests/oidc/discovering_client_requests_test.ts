/**
 * Whom a client that registers itself is to its provider, and when that is forgotten, without a network.
 *
 * @module
 */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { Credential, PendingAuthorization } from "../../src/base/credential.ts";
import type { ProviderNotes } from "../../src/base/provider_notes.ts";
import { createDiscoveringClient } from "../../src/oidc/discovering_client.ts";
import type { DiscoveringClientOptions } from "../../src/oidc/registration/discovery_options.ts";
import { holdWaits } from "../support/held_waits.ts";
import { failure } from "./rig.ts";
import {
  type Answer,
  began,
  issuer,
  refusal,
  type Script,
  scriptedProvider,
  tokens,
} from "./scripted_provider.ts";

const { signal } = new AbortController();
const redirectUrl = "http://127.0.0.1:0/auth/callback";

/** A client that knows its provider, and signs in by a terminal at which the answer is pasted. */
function client({ answers, options, metadata }: Script & {
  options?: Partial<DiscoveringClientOptions>;
} = {}) {
  const offers: PendingAuthorization[] = [];
  const kept = new Map<string, unknown>();
  let registered = 0;
  const notes: ProviderNotes = {
    read: (name) => Promise.resolve(kept.get(name)),
    write: (name, value) => Promise.resolve(void kept.set(name, value)),
    remove: (name) => Promise.resolve(void kept.delete(name)),
  };
  const provider = scriptedProvider({
    metadata: { registration_endpoint: `${issuer}/register`, ...metadata },
    answers: {
      "/token": tokens({ refresh_token: "r" }),
      "/register": () =>
        Response.json({
          client_id: `registered-${++registered}`,
          redirect_uris: [redirectUrl],
        }, { status: 201 }),
      ...answers,
    },
    options: { scopes: ["a"] },
  });
  const { clientId: _, issuerUrl, ...rest } = provider.options;
  const made = createDiscoveringClient({
    ...rest,
    issuerUrl,
    backendUrl: new URL("https://mcp.test/mcp"),
    scopesGiven: true,
    flow: "paste",
    notes,
    openTerminal: () =>
      Promise.resolve({
        readLine: () => Promise.resolve(`code=c&state=${offers.at(-1)!.state}`),
      }),
    ...options,
  });
  return {
    client: made,
    provider,
    offers,
    registrations: () => registered,
    signIn: (more: { resume?: PendingAuthorization } = {}) =>
      made.signIn({
        signal,
        onPending: (pending) => Promise.resolve(void offers.push(pending)),
        ...more,
      }),
  };
}

const credentialOf = (clientId: string, more: Partial<Credential> = {}): Credential => ({
  issuer: `${issuer}/`,
  clientId,
  accessToken: "old",
  tokenType: "Bearer",
  obtainedAt: began,
  refreshToken: "old-refresh",
  ...more,
});

Deno.test("a client registers once, and signs in as that one from then on", async () => {
  const run = client();
  assert.equal(run.client.unattended, false);
  assert.deepEqual(await run.client.clientOrigin(signal), { from: "new registration" });
  assert.equal(run.registrations(), 0);
  assert.equal((await run.signIn()).clientId, "registered-1");
  assert.equal((await run.signIn()).clientId, "registered-1");
  assert.deepEqual(await run.client.clientOrigin(signal), {
    from: "registration",
    clientId: "registered-1",
  });
  assert.equal(run.registrations(), 1);
});

Deno.test("what is missing is found out beforehand when that is wanted", async () => {
  const run = client();
  await run.client.configure(signal);
  assert.equal(run.registrations(), 1);
  assert.equal(run.offers.length, 0);
});

Deno.test("a provider that does not know the client has it register anew, the next time", async () => {
  for (const error of ["invalid_client", "unauthorized_client"]) {
    const run = client({
      answers: { "/token": [refusal(error), tokens({ refresh_token: "r" })] },
    });
    assert.equal((await failure(run.signIn())).reason, error);
    assert.equal(run.registrations(), 1);
    assert.equal((await run.signIn()).clientId, "registered-2");
  }
  const other = client({
    answers: { "/token": [refusal("invalid_grant"), tokens({ refresh_token: "r" })] },
  });
  assert.equal((await failure(other.signIn())).reason, "invalid_grant");
  assert.equal((await other.signIn()).clientId, "registered-1");
});

Deno.test("a person who never came back may have seen that the client is unknown", async () => {
  const run = client({ options: { openTerminal: undefined, flow: "browser" } });
  {
    using held = await holdWaits();
    const ended = failure(run.signIn());
    while (run.offers.length === 0) await setImmediate();
    held.release();
    assert.equal((await ended).reason, "login_timeout");
  }
  assert.deepEqual(await run.client.clientOrigin(signal), { from: "new registration" });
  // What was given to it may be good all the same.
  const renewed = await run.client.refresh(credentialOf("registered-1"), signal);
  assert.equal(renewed.clientId, "registered-1");
});

Deno.test("a refresh token is for whoever gave it", async () => {
  const run = client();
  const foreign = credentialOf("c", { issuer: "https://other.test/" });
  const error = await failure(run.client.refresh(foreign, signal));
  assert.equal(
    error.message,
    "Authentication error: https://mcp.test trusts another provider now, https://auth.test/. Fix: " +
      "sign in at that provider.",
  );
  assert.equal(error.reason, "invalid_grant");
  assert.deepEqual(await run.client.revoke(foreign, signal), {
    refreshToken: "kept",
    accessToken: "kept",
  });
  assert.equal(run.provider.sentTo("/token").length, 0);
  assert.equal(await run.client.hasProviderChanged(foreign, signal), true);
  assert.equal(await run.client.hasProviderChanged(credentialOf("c"), signal), false);
});

Deno.test("a renewal by a client that was forgotten ends the sign-in, and the registration", async () => {
  for (const reason of ["invalid_client", "unauthorized_client"]) {
    const run = client({
      answers: { "/token": [tokens({ refresh_token: "r" }), refusal(reason)] },
    });
    const credential = await run.signIn();
    const error = await failure(run.client.refresh(credential, signal));
    assert.equal(
      error.message,
      "Authentication error: https://auth.test/ has forgotten the client that was registered there. " +
        "Fix: sign in again, which registers a new client.",
    );
    assert.equal(error.reason, "invalid_grant");
    assert.deepEqual(await run.client.clientOrigin(signal), { from: "new registration" });
  }
  const other = client({
    answers: { "/token": [tokens({ refresh_token: "r" }), refusal("invalid_grant", "ended")] },
  });
  const ended = await failure(other.client.refresh(await other.signIn(), signal));
  assert.match(ended.what, /invalid_grant: ended$/);
  assert.equal((await other.client.clientOrigin(signal)).from, "registration");
  const set = client({
    options: { clientId: "set" },
    answers: { "/token": refusal("invalid_client") },
  });
  assert.equal(
    (await failure(set.client.refresh(credentialOf("set"), signal))).reason,
    "invalid_client",
  );
});

Deno.test("a client that is set is never registered, and refused scopes are told of as they are", async () => {
  const run = client({
    options: { clientId: "set" },
    answers: { "/token": [tokens({ refresh_token: "r" }), refusal("invalid_scope")] },
  });
  assert.equal((await run.signIn()).clientId, "set");
  assert.equal((await failure(run.signIn())).reason, "invalid_scope");
  assert.equal(run.registrations(), 0);
});

Deno.test("a client that was refused scopes registers for them, once", async () => {
  let isRefused = true;
  const scopes: unknown[] = [];
  const run = client({
    answers: {
      "/register": async (sent) => {
        const { scope } = JSON.parse([...sent.form.entries()].flat().join("") || "{}");
        scopes.push(scope);
        return await Response.json({
          client_id: `registered-${scopes.length}`,
          redirect_uris: [redirectUrl],
        }, { status: 201 });
      },
      "/token": (sent) => {
        const refused = isRefused;
        isRefused = false;
        return (refused ? refusal("invalid_scope") : tokens({ refresh_token: "r" }))(sent);
      },
    },
  });
  assert.equal((await run.signIn()).clientId, "registered-2");
  assert.equal(scopes.length, 2);
  assert.ok(
    run.provider.lines.join("").includes(
      "signing in again, as a client that is registered for these scopes",
    ),
  );
});

Deno.test("nobody is registered only to be asked about", async () => {
  const run = client({
    answers: {
      "/auth": () =>
        new Response(null, { status: 302, headers: { location: "http://127.0.0.1:8080/back" } }),
    },
  });
  const request = { redirectUrl: "http://127.0.0.1:8080/back", signal };
  assert.deepEqual(await run.client.askSilently(request), { kind: "unclear", status: 0 });
  assert.equal(run.registrations(), 0);
  await run.signIn();
  assert.deepEqual(await run.client.askSilently(request), { kind: "known" });
  const nowhere = client({ metadata: { registration_endpoint: undefined } });
  assert.deepEqual(await nowhere.client.askSilently(request), { kind: "unclear", status: 0 });
});

Deno.test("what the provider says of itself is heard without being anybody there", async () => {
  const run = client({ metadata: { revocation_endpoint: "http://auth.test/revoke" } });
  assert.equal((await run.client.metadata(signal)).token_endpoint, `${issuer}/token`);
  assert.match((await run.client.refusedEndpoints(signal)).join(), /revocation_endpoint/);
  assert.equal(run.registrations(), 0);
});

Deno.test("a step-up is asked for by whatever client is found", async () => {
  const run = client();
  run.client.setStepUp({ scopes: ["b"] });
  await run.signIn();
  const scope = (pending: PendingAuthorization) =>
    new URL(pending.authorizationUrl).searchParams.get("scope");
  assert.equal(scope(run.offers[0]), "a b");
  run.client.setStepUp({ scopes: [] });
  await run.signIn();
  assert.equal(scope(run.offers[1]), "a");
});

Deno.test("the answer of another provider is not redeemed here", async () => {
  const run = client();
  const first = await run.signIn().then(() => run.offers[0]);
  const own = client({ answers: { "/token": tokens({ refresh_token: "own" }) } });
  const foreign = { ...first, issuer: "https://other.test/" };
  await own.signIn({ resume: foreign });
  assert.equal(own.offers.length, 1, "it has begun anew");
});

Deno.test("a credential is revoked by the client that it was given to", async () => {
  const revoke: Answer = () => new Response(null, { status: 200 });
  const run = client({
    metadata: { revocation_endpoint: `${issuer}/revoke` },
    answers: { "/revoke": revoke },
  });
  assert.deepEqual(await run.client.revoke(credentialOf("somebody"), signal), {
    refreshToken: "revoked",
    accessToken: "revoked",
  });
  assert.equal(run.provider.sentTo("/revoke")[0].form.get("client_id"), "somebody");
  assert.equal(run.registrations(), 0);
});
