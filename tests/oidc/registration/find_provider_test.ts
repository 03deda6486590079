import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { DiscoveringClientOptions } from "../../../src/oidc/registration/discovery_options.ts";
import { findProvider } from "../../../src/oidc/registration/find_provider.ts";
import { brokenNotes } from "../network.ts";
import { backendUrl, createSurroundings, issuer, type Surroundings } from "./discovering.ts";

const { signal } = new AbortController();
const day = 24 * 60 * 60_000;
const now = Date.UTC(2026, 10, 26);

function find(
  surroundings: ReturnType<typeof createSurroundings>,
  { maxAge = day, ...changes }: Partial<DiscoveringClientOptions> & { maxAge?: number } = {},
) {
  return findProvider(surroundings.options({ now: () => now, ...changes }), { signal, maxAge });
}

const noted = `advertised ${backendUrl.href}`;

Deno.test("the provider that the backend names, with its resource", async () => {
  const surroundings = createSurroundings({ resource: { scopes_supported: ["tools"] } });
  const { network, told, notes } = surroundings;
  const { metadataWith: _, fetch: _fetch, metadata, ...found } = await find(surroundings);
  assert.deepEqual(found, {
    issuerUrl: `${issuer}/`,
    oauthMetadataFirst: true,
    scopes: ["tools"],
    resource: backendUrl.href,
  });
  assert.equal(metadata.token_endpoint, `${issuer}/token`);
  assert.equal(network.urls().at(-1), `${issuer}/.well-known/oauth-authorization-server`);
  assert.deepEqual(told, ["https://mcp.test trusts the provider https://auth.test"]);
  assert.deepEqual(notes.values.get(noted), {
    issuer,
    resource: backendUrl.href,
    scopes: ["tools"],
  });
  assert.equal(notes.lifetimes.get(noted), day);
});

Deno.test("a provider that is set is not asked for at the backend, and has no resource of it", async () => {
  const surroundings = createSurroundings();
  const { metadataWith: _, fetch: _fetch, metadata: _metadata, ...found } = await find(
    surroundings,
    { issuerUrl: new URL(issuer), resource: "https://r.test" },
  );
  assert.deepEqual(found, {
    issuerUrl: `${issuer}/`,
    oauthMetadataFirst: false,
    scopes: ["openid", "profile", "email"],
  });
  assert.deepEqual(surroundings.network.urls(), [`${issuer}/.well-known/openid-configuration`]);
});

Deno.test("the resource is what is set, else what the backend says, unless it is left out", async () => {
  const resource = async (changes: Partial<DiscoveringClientOptions>) =>
    (await find(createSurroundings(), changes)).resource;
  assert.equal(await resource({ resource: "https://r.test" }), "https://r.test");
  assert.equal(await resource({ withoutResource: true, resource: "https://r.test" }), undefined);
});

Deno.test("the scopes to ask for", async () => {
  const rows: [Surroundings, Partial<DiscoveringClientOptions>, readonly string[]][] = [
    [{ resource: { scopes_supported: ["a"] } }, { scopesGiven: true, scopes: ["b"] }, ["b"]],
    [{ resource: { scopes_supported: ["a", "b"] } }, {}, ["a", "b"]],
    [{}, {}, []],
    [{ metadata: { scopes_supported: ["x", "offline_access"] } }, {}, []],
    [{ metadata: { scopes_supported: ["email", "openid"] } }, {}, ["openid", "email"]],
    [
      { metadata: { scopes_supported: ["email", "openid", "offline_access"] } },
      {},
      ["openid", "email", "offline_access"],
    ],
    [
      {
        resource: { scopes_supported: ["a"] },
        metadata: { scopes_supported: ["openid", "offline_access"] },
      },
      {},
      ["a", "offline_access"],
    ],
    [
      {
        resource: { scopes_supported: ["offline_access", "a"] },
        metadata: { scopes_supported: ["offline_access"] },
      },
      {},
      ["offline_access", "a"],
    ],
    [
      {
        resource: { scopes_supported: [] },
        metadata: { scopes_supported: ["openid"] },
      },
      {},
      ["openid"],
    ],
  ];
  for (const [given, changes, scopes] of rows) {
    const found = await find(createSurroundings(given), changes);
    assert.deepEqual(found.scopes, scopes, JSON.stringify([given, changes]));
  }
});

Deno.test("what the backend said is believed as long as it is noted", async () => {
  const surroundings = createSurroundings();
  await find(surroundings);
  const asked = () => surroundings.network.urls().filter((url) => url === backendUrl.href).length;
  const first = asked();
  for (const maxAge of [day, 1]) await find(surroundings, { maxAge });
  assert.equal(asked(), first);
  // A person waits for the present.
  await find(surroundings, { maxAge: 0 });
  assert.equal(asked(), 2 * first);
});

Deno.test("a note that says nothing of a provider is passed over, and so are notes that fail", async () => {
  const none = [null, "text", { issuer: "https://evil.test" }, { resource: backendUrl.href }];
  for (const value of none) {
    const surroundings = createSurroundings();
    surroundings.notes.values.set(noted, value);
    assert.equal((await find(surroundings)).issuerUrl, `${issuer}/`);
  }
  for (const notes of [undefined, brokenNotes]) {
    assert.equal((await find(createSurroundings(), { notes })).issuerUrl, `${issuer}/`);
  }
});

Deno.test("metadata is never older than a minute where it has to be current, and never asked for twice", async () => {
  const surroundings = createSurroundings();
  const asked = () => surroundings.network.urls().filter((url) => url.startsWith(issuer)).length;
  await find(surroundings, { maxAge: 0 });
  assert.equal(asked(), 1);
  await find(surroundings, { maxAge: 0, now: () => now + 59_999 });
  assert.equal(asked(), 1);
  await find(surroundings, { maxAge: 0, now: () => now + 60_000 });
  assert.equal(asked(), 2);
  await find(surroundings, { maxAge: 120_000, now: () => now + 179_999 });
  assert.equal(asked(), 2);
});

Deno.test("members that the first document lacks are looked for in the others", async () => {
  const surroundings = createSurroundings({
    answer: ({ url }) =>
      url.href === `${issuer}/.well-known/openid-configuration`
        ? {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          device_authorization_endpoint: `${issuer}/device`,
          revocation_endpoint: "http://insecure.test/",
        }
        : undefined,
  });
  const provider = await find(surroundings);
  assert.equal(provider.metadata.device_authorization_endpoint, undefined);
  const { metadata, refused } = await provider.metadataWith(["device_authorization_endpoint"]);
  assert.equal(metadata.device_authorization_endpoint, `${issuer}/device`);
  assert.deepEqual(Object.keys(refused), ["revocation_endpoint"]);
  const none = await provider.metadataWith(["token_endpoint"]);
  assert.equal(none.metadata.device_authorization_endpoint, undefined);
  assert.deepEqual(none.refused, {});
});

Deno.test("what an older version noted of a provider has no refused endpoints", async () => {
  const surroundings = createSurroundings();
  await find(surroundings);
  const [key] = [...surroundings.notes.values.keys()].filter((key) => key.startsWith("oauth"));
  const { refused: _, ...old } = surroundings.notes.values.get(key!) as Record<string, unknown>;
  surroundings.notes.values.set(key!, old);
  const provider = await find(surroundings);
  assert.deepEqual((await provider.metadataWith(["token_endpoint"])).refused, {});
});

Deno.test("what the backend said is noted before anybody else is asked", async () => {
  const events: string[] = [];
  const surroundings = createSurroundings({
    answer({ url }) {
      if (url.origin === issuer) events.push("asked");
      return undefined;
    },
  });
  const { notes } = surroundings;
  await find(surroundings, {
    notes: {
      ...notes,
      async write(name, value) {
        await setImmediate();
        await notes.write(name, value);
        if (name === noted) events.push("noted");
      },
    },
  });
  assert.deepEqual(events, ["noted", "asked"]);
});

Deno.test("keys that must not be used do not matter before it is known whether any are needed", async () => {
  const surroundings = createSurroundings({ metadata: { jwks_uri: "http://insecure.test/" } });
  assert.equal((await find(surroundings)).metadata.jwks_uri, undefined);
});

Deno.test("a provider's clock is compared with the time that is given", async () => {
  const surroundings = createSurroundings({
    answer: ({ url }) =>
      url.origin === issuer
        ? Response.json({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
        }, { headers: { date: new Date(now + 60_000).toUTCString() } })
        : undefined,
  });
  await find(surroundings);
  assert.match(surroundings.told.at(-1)!, /^the clock of this machine is 60 s behind/);
});

Deno.test("the fetch of a provider sends where it is told to", async () => {
  const surroundings = createSurroundings({
    answer: ({ url }) => url.pathname === "/own" ? { own: true } : undefined,
  });
  const { fetch } = await find(surroundings);
  assert.deepEqual(await (await fetch(`${issuer}/own`)).json(), { own: true });
});
