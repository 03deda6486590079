import assert from "node:assert/strict";
import type { ProviderNotes } from "../../../src/base/provider_notes.ts";
import { unverifiedClaims } from "../../../src/oidc/discovery/issuer_template.ts";
import { confidentialClient, startProvider } from "../../support/provider.ts";
import { createRig, failure } from "../rig.ts";

Deno.test("a provider that wants assertions for its token endpoint gets them", async () => {
  const client = confidentialClient("client_secret_jwt");
  await using provider = await startProvider({
    clients: [client],
    configuration: { clientAuthMethods: ["client_secret_jwt"] },
    dpop: "nonce",
  });
  const audiences: unknown[] = [];
  provider.intercept(({ endpoint, parameters }) => {
    if (endpoint !== "token") return undefined;
    const { aud } = unverifiedClaims(parameters.get("client_assertion") ?? "");
    audiences.push(aud);
    if (aud === `${provider.issuer}/token`) return undefined;
    return {
      status: 401,
      body: {
        error: "invalid_client",
        // As Okta says it.
        error_description:
          "The audience claim for client_assertion must be the endpoint invoked for the request.",
      },
    };
  });
  const rig = createRig(provider, { clientSecret: client.client_secret, dpop: true });
  const credential = await rig.signIn().credential;
  assert.equal(credential.claims?.sub, "ada");
  assert.equal(audiences[0], provider.issuer);
  await rig.client.refresh(credential, new AbortController().signal);
  assert.deepEqual(new Set(audiences.slice(1)), new Set([`${provider.issuer}/token`]));
});

Deno.test("assertions and proofs are dated in whole seconds, none of them ahead of the provider", async () => {
  const client = confidentialClient("client_secret_jwt");
  await using provider = await startProvider({
    clients: [client],
    configuration: { clientAuthMethods: ["client_secret_jwt"] },
    dpop: "offered",
  });
  const sent: { iat?: unknown; nbf?: unknown; exp?: unknown }[] = [];
  const rig = createRig(provider, {
    clientSecret: client.client_secret,
    dpop: true,
    fetch: async (url, init) => {
      const proof = new Headers(init?.headers).get("dpop");
      const assertion = new URLSearchParams(String(init?.body ?? "")).get("client_assertion");
      for (const jwt of [proof, assertion]) if (jwt) sent.push(unverifiedClaims(jwt));
      return await fetch(url, init);
    },
  });
  await rig.signIn().credential;
  assert.equal(sent.length, 2, "one assertion and one proof");
  for (const { iat, nbf, exp } of sent) {
    for (const time of [iat, nbf ?? iat, exp ?? iat]) {
      assert.ok(Number.isInteger(time), `${time} has a fraction`);
    }
    assert.ok(Number(iat) * 1000 <= Date.now(), "it is issued in the provider's future");
  }
});

// How Glewlwyd 2.7 refuses an assertion whose audience is not its token endpoint, and one without reasons.
const silent: Record<string, { status: number; body?: Record<string, unknown> }> = {
  "HTTP 403 and no body": { status: 403 },
  "invalid_client and no description": { status: 401, body: { error: "invalid_client" } },
};

for (const [name, refusal] of Object.entries(silent)) {
  Deno.test(`a provider that refuses an assertion with ${name} is asked once more for its endpoint, and that is kept`, async () => {
    await using room = await startAssertionProvider((isForEndpoint) =>
      isForEndpoint ? undefined : refusal
    );
    const notes = memoryNotes();
    const credential = await room.rig({ notes }).signIn().credential;
    assert.deepEqual(room.audiences, ["issuer", "token endpoint"]);
    // Another start, whose refresh must not be the one to find out.
    room.audiences.length = 0;
    await room.rig({ notes }).client.refresh(credential, new AbortController().signal);
    assert.deepEqual(room.audiences, ["token endpoint"]);
  });
}

Deno.test("an assertion that is refused without a word for both audiences is sent no third time", async () => {
  await using room = await startAssertionProvider(() => ({ status: 403 }));
  const notes = memoryNotes();
  await assert.rejects(room.rig({ notes }).signIn().credential, /HTTP 403 and no error/);
  assert.deepEqual(room.audiences, ["issuer", "token endpoint"]);
  const kept = [...notes.kept.keys()].filter((name) => name.startsWith("assertion audience"));
  assert.deepEqual(kept, [], "what did not help is not kept");
});

Deno.test("a refresh token is not sent again after an answer without a word, which may have spent it", async () => {
  let refuses = false;
  await using room = await startAssertionProvider(() => refuses ? { status: 403 } : undefined);
  const rig = room.rig({ notes: memoryNotes() });
  const credential = await rig.signIn().credential;
  refuses = true;
  room.audiences.length = 0;
  await assert.rejects(rig.client.refresh(credential, new AbortController().signal), /HTTP 403/);
  assert.deepEqual(room.audiences, ["issuer"]);
});

/** A provider whose token endpoint refuses assertions, by whether they are addressed to it. */
async function startAssertionProvider(
  refuse: (
    isForEndpoint: boolean,
  ) => { status: number; body?: Record<string, unknown> } | undefined,
) {
  const client = confidentialClient("client_secret_jwt");
  const provider = await startProvider({
    clients: [client],
    configuration: { clientAuthMethods: ["client_secret_jwt"] },
  });
  const audiences: string[] = [];
  provider.intercept(({ endpoint, parameters }) => {
    if (endpoint !== "token") return undefined;
    const { aud } = unverifiedClaims(parameters.get("client_assertion") ?? "");
    audiences.push(aud === provider.issuer ? "issuer" : "token endpoint");
    return refuse(aud === `${provider.issuer}/token`);
  });
  return {
    audiences,
    rig: ({ notes }: { notes: ProviderNotes }) =>
      createRig(provider, { clientSecret: client.client_secret, notes }),
    [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose](),
  };
}

/** Notes that last as long as the test. */
function memoryNotes(): ProviderNotes & { kept: Map<string, unknown> } {
  const kept = new Map<string, unknown>();
  return {
    kept,
    read: (name) => Promise.resolve(kept.get(name)),
    write: (name, value) => Promise.resolve(void kept.set(name, value)),
    remove: (name) => Promise.resolve(void kept.delete(name)),
  };
}

Deno.test("tokens that are not bound to the key they were asked for with are refused", async () => {
  await using provider = await startProvider({ dpop: "offered" });
  provider.intercept(({ endpoint }) =>
    endpoint === "token"
      ? { status: 200, body: { access_token: "opaque", token_type: "Bearer", expires_in: 60 } }
      : undefined
  );
  const error = await failure(createRig(provider, { dpop: true }).signIn().credential);
  assert.equal(error.reason, "dpop_ignored");
});
