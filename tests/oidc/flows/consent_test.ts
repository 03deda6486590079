/**
 * `offline_access` at providers that give a refresh token only when they are asked with
 * `prompt=consent`; `oidc-provider` with its own defaults is one (OpenID Connect Core section 11).
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ProviderNotes } from "../../../src/base/provider_notes.ts";
import { startProvider, type TestProvider } from "../../support/provider.ts";
import { createRig } from "../rig.ts";

const strict = { refreshTokens: "offline_access" } as const;
const scopes = ["openid", "offline_access"];

function memory(): ProviderNotes & { values: Map<string, unknown> } {
  const values = new Map<string, unknown>();
  return {
    values,
    read: (name) => Promise.resolve(values.get(name)),
    write: (name, value) => Promise.resolve(void values.set(name, value)),
    remove: (name) => Promise.resolve(void values.delete(name)),
  };
}

function prompts({ requests }: TestProvider): (string | null)[] {
  return requests.filter(({ endpoint, url }) => endpoint === "authorization" && url.includes("?"))
    .map(({ parameters }) => parameters.get("prompt"));
}

function noted(notes: ReturnType<typeof memory>): unknown {
  return [...notes.values].find(([name]) => name.startsWith("consent "))?.[1];
}

Deno.test("a provider that gives no refresh token is asked for consent in the same tab, once", async () => {
  await using provider = await startProvider(strict);
  const notes = memory();
  let stored = 0;
  const rig = createRig(provider, {
    scopes,
    notes,
    onCredential: () => Promise.resolve(void stored++),
  });
  const run = rig.signIn();
  assert.ok((await run.credential).refreshToken);
  const page = await run.page;
  assert.equal(page.status, 200);
  assert.match(page.html, /You are signed in.*renewed by itself/s);
  assert.deepEqual(prompts(provider), [null, "consent"]);
  assert.equal(stored, 2, "what the first request brought is kept at once");
  assert.equal(noted(notes), true);
  // From now on it is asked at once.
  assert.ok((await createRig(provider, { scopes, notes }).signIn().credential).refreshToken);
  assert.deepEqual(prompts(provider).slice(2), ["consent"]);
});

Deno.test("asking for consent that brings nothing keeps the sign-in, and is not repeated", async () => {
  await using provider = await startProvider({ ...strict, refreshTokens: "never" });
  const notes = memory();
  const first = await createRig(provider, { scopes, notes }).signIn().credential;
  assert.equal(first.refreshToken, undefined);
  assert.equal(first.claims?.sub, "ada");
  assert.equal(noted(notes), false);
  await createRig(provider, { scopes, notes }).signIn().credential;
  assert.deepEqual(prompts(provider), [null, "consent", null]);
});

Deno.test("a second question that the provider refuses keeps the first credential", async () => {
  await using provider = await startProvider(strict);
  provider.intercept(({ endpoint, parameters }) =>
    endpoint === "authorization" && parameters.get("prompt") === "consent"
      ? {
        status: 303,
        headers: {
          location: `${parameters.get("redirect_uri")}?${new URLSearchParams({
            error: "access_denied",
            state: parameters.get("state")!,
            iss: provider.issuer,
          })}`,
        },
      }
      : undefined
  );
  const notes = memory();
  const rig = createRig(provider, { scopes, notes });
  const run = rig.signIn();
  assert.equal((await run.credential).claims?.sub, "ada");
  assert.match((await run.page).html, /You are signed in.*until the access token expires/s);
  assert.equal(noted(notes), false);
});

Deno.test("nobody is asked for consent where it is not needed", async () => {
  for (
    const [options, changes] of [
      [{}, { scopes }],
      [strict, { scopes: ["openid"] }],
      [strict, { scopes, authorizationParameters: { prompt: "consent" } }],
    ] as const
  ) {
    await using provider = await startProvider(options);
    await createRig(provider, changes).signIn().credential;
    assert.equal(prompts(provider).length, 1);
  }
});
