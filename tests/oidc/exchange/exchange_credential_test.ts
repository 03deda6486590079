/**
 * Exchanges at a real provider, of credentials that a test makes: what a sign-in of the program does
 * not bring.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Credential } from "../../../src/base/credential.ts";
import type { OidcClientOptions } from "../../../src/oidc/client_options.ts";
import { exchangeCredential } from "../../../src/oidc/exchange/exchange_credential.ts";
import { createPolicy, exchangeGrant, tokenExchange } from "../../support/assertion_grants.ts";
import { publicClient, startProvider, type TestProvider } from "../../support/provider.ts";
import { createConnection, issuer } from "../connection.ts";
import { createRig, failure } from "../rig.ts";

const clients = [{ ...publicClient, grant_types: ["authorization_code", tokenExchange] }];

function credentialOf(provider: TestProvider, more: Partial<Credential> = {}): Credential {
  return {
    issuer: provider.issuer,
    clientId: provider.clientId,
    accessToken: "opaque",
    tokenType: "Bearer",
    obtainedAt: Date.now(),
    ...more,
  };
}

Deno.test("an ID-JAG takes an ID token that has not ended", async () => {
  await using provider = await startProvider({ clients, grants: [exchangeGrant(createPolicy())] });
  const { client } = createRig(provider, {
    exchange: {
      grant: "token-exchange",
      scopes: [],
      backend: { backendUrl: new URL("http://127.0.0.1:9/mcp"), clientId: "other" },
    },
  });
  const { signal } = new AbortController();
  const exp = Math.floor(Date.now() / 1000);
  const cases: [Partial<Credential>, RegExp][] = [
    [{}, /gave no ID token/],
    [{ idToken: "a.b.c", claims: { exp: exp - 1 } }, /has ended/],
    [{ idToken: "a.b.c", claims: { exp: exp + 5 } }, /has ended/],
  ];
  for (const [more, says] of cases) {
    const error = await failure(client.exchange(credentialOf(provider, more), { signal }));
    assert.equal(error.reason, "subject_expired");
    assert.match(error.what, says);
    assert.equal(error.final, false);
  }
  assert.equal(provider.count("token"), 0);
});

/** Answers of token endpoints to an exchange, and what comes of them. */
const answers: Readonly<
  Record<string, { body: Record<string, unknown>; status?: number; reason?: string; fix?: RegExp }>
> = {
  "a refresh token that nobody asked for": {
    body: { access_token: "new", token_type: "Bearer", expires_in: 60, refresh_token: "unwanted" },
  },
  "no type of what was issued": { body: { access_token: "new", token_type: "Bearer" } },
  "a grant that it does not know": {
    status: 400,
    body: { error: "unsupported_grant_type", error_description: "AADSTS70003" },
    reason: "unsupported_grant_type",
    fix: /switch token exchange \(RFC 8693\) on/,
  },
  "consent that nobody is asked for": {
    status: 400,
    body: { error: "interaction_required", error_description: "AADSTS65001: consent" },
    reason: "interaction_required",
    fix: /grant consent for a token for tools to the client authful-test, since nobody is asked/,
  },
  "a client that may not": {
    status: 400,
    body: { error: "unauthorized_client", error_description: "not allowed to exchange" },
    reason: "unauthorized_client",
    fix: /^ask the administrator of http:\S+ to allow the client authful-test token exchange/,
  },
  "a public client, as Keycloak has it": {
    status: 400,
    body: { error: "invalid_client", error_description: "Public client is not allowed to" },
    reason: "invalid_client",
    fix: /public clients may not exchange tokens at every provider/,
  },
  "a server in trouble": { status: 503, body: {}, reason: "provider_down" },
};

for (const [name, { body, status = 200, reason, fix }] of Object.entries(answers)) {
  Deno.test(`an exchange is answered with ${name}`, async () => {
    await using provider = await startProvider({
      clients,
      grants: [exchangeGrant(createPolicy())],
    });
    provider.intercept(({ endpoint }) => endpoint === "token" ? { status, body } : undefined);
    const { client } = createRig(provider, {
      exchange: { grant: "token-exchange", audience: "tools", scopes: [] },
    });
    const { signal } = new AbortController();
    const claims = { sub: "ada" };
    const exchanging = client.exchange(credentialOf(provider, { claims }), { signal });
    if (reason === undefined) {
      const { accessToken, refreshToken, claims: said } = await exchanging;
      assert.equal(accessToken, "new");
      assert.equal(refreshToken, undefined);
      assert.deepEqual(said, claims);
      return;
    }
    const error = await failure(exchanging);
    assert.equal(error.reason, reason);
    // What may be otherwise in a moment is tried again.
    assert.equal(error.final, status !== 503);
    if (fix) assert.match(error.fix, fix);
    assert.equal(provider.count("token", tokenExchange), 1);
  });
}

Deno.test("on-behalf-of says what Entra ID wants", async () => {
  await using provider = await startProvider({ clients });
  provider.intercept(({ endpoint }) =>
    endpoint === "token"
      ? { status: 200, body: { access_token: "new", token_type: "Bearer", expires_in: 60 } }
      : undefined
  );
  const { client } = createRig(provider, {
    exchange: { grant: "on-behalf-of", scopes: ["api://backend/.default"] },
  });
  const { accessToken } = await client.exchange(credentialOf(provider), {
    signal: new AbortController().signal,
  });
  assert.equal(accessToken, "new");
  const { parameters } = await provider.requested(({ endpoint }) => endpoint === "token");
  assert.deepEqual(Object.fromEntries(parameters), {
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    client_id: provider.clientId,
    assertion: "opaque",
    requested_token_use: "on_behalf_of",
    scope: "api://backend/.default",
  });
});

for (
  const [name, type, told] of [
    ["nothing that it names", undefined, "something that it does not name"],
    [
      "an access token",
      "urn:ietf:params:oauth:token-type:access_token",
      '"urn:ietf:.*access_token"',
    ],
  ] as const
) {
  Deno.test(`an exchange for an ID-JAG that brings ${name} is refused`, async () => {
    await using provider = await startProvider({ clients });
    const { client } = createRig(provider, {
      exchange: {
        grant: "token-exchange",
        scopes: ["a"],
        resource: "none",
        backend: {
          backendUrl: new URL("http://127.0.0.1:9/mcp"),
          issuerUrl: new URL(provider.issuer),
          clientId: "other",
        },
      },
    });
    provider.intercept(({ endpoint }) =>
      endpoint === "token"
        ? {
          status: 200,
          body: { access_token: "new", token_type: "N_A", issued_token_type: type },
        }
        : undefined
    );
    const exp = Math.floor(Date.now() / 1000) + 600;
    const credential = credentialOf(provider, { idToken: "a.b.c", claims: { exp } });
    const { signal } = new AbortController();
    const error = await failure(client.exchange(credential, { signal }));
    assert.match(error.what, new RegExp(`was asked for an \\S+ and gave ${told}`));
    assert.equal(error.reason, "invalid_response");
    assert.match(error.fix, /whether it can give ID-JAGs/);
    assert.equal(provider.count("token"), 1);
  });
}

const now = Date.UTC(2026, 10, 26);

/** The exchange of a credential for an ID-JAG, whatever becomes of it, and the token that it begins with. */
async function idJagOf(more: Partial<Credential>, options: Partial<OidcClientOptions> = {}) {
  const { connection, network } = await createConnection({
    now: () => now,
    exchange: {
      grant: "token-exchange",
      scopes: ["a"],
      resource: "none",
      backend: {
        backendUrl: new URL("https://mcp.test/mcp"),
        issuerUrl: new URL("https://other.test"),
        clientId: "other",
      },
    },
    ...options,
  }, {
    answer: ({ url }) =>
      url.origin === issuer
        ? Response.json({ error: "invalid_grant" }, { status: 400 })
        : { issuer: url.origin, token_endpoint: `${url.origin}/token` },
  });
  const error = await failure(
    exchangeCredential(connection, {
      issuer,
      clientId: "client",
      accessToken: "access",
      tokenType: "Bearer",
      obtainedAt: now,
      ...more,
    }, { signal: new AbortController().signal }),
  );
  const sent = network.sent.find(({ url }) => url.href === `${issuer}/token`)?.parameters;
  return {
    error,
    subject: sent && [sent.get("subject_token"), sent.get("subject_token_type")],
  };
}

Deno.test("an ID-JAG begins with the ID token as long as it lasts for ten seconds more", async () => {
  const until = (exp: unknown) => idJagOf({ idToken: "id", claims: { exp } });
  const { subject } = await until(now / 1000 + 10.001);
  assert.deepEqual(subject, ["id", "urn:ietf:params:oauth:token-type:id_token"]);
  for (const exp of [now / 1000 + 10, now / 1000, undefined, "never"]) {
    const { subject, error } = await until(exp);
    assert.equal(subject, undefined);
    assert.equal(
      error.message,
      "Authentication error: the ID token of https://auth.test, which an ID-JAG is exchanged for, " +
        "has ended. Fix: sign in again: authful-mcp-proxy login --force.",
    );
  }
  const { error } = await idJagOf({ idToken: "id" });
  assert.equal(error.reason, "subject_expired");
});

Deno.test("who asks for no ID token is told which setting that is", async () => {
  const { error } = await idJagOf({ claims: { exp: now } }, { scopes: ["tools"] });
  assert.equal(
    error.message,
    "Authentication error: https://auth.test gave no ID token, which an ID-JAG is exchanged for. " +
      "Fix: leave OIDC_NO_OPENID out and sign in again.",
  );
});

Deno.test("what comes of an exchange is of the same sign-in, with the same key", async () => {
  for (const signInId of ["the sign-in", undefined]) {
    const { connection, network } = await createConnection({
      exchange: { grant: "token-exchange", scopes: ["a"] },
    });
    const derived = await exchangeCredential(connection, {
      issuer,
      clientId: "client",
      accessToken: "access",
      idToken: "id",
      tokenType: "Bearer",
      obtainedAt: now,
      claims: { sub: "ada" },
      ...signInId && { signInId },
    }, { moreScopes: ["b"], signal: new AbortController().signal });
    assert.deepEqual(
      [derived.signInId, "signInId" in derived, derived.claims],
      [signInId, signInId !== undefined, { sub: "ada" }],
    );
    const { parameters } = network.sent[0]!;
    assert.equal(parameters.get("subject_token"), "access");
    assert.equal(
      parameters.get("subject_token_type"),
      "urn:ietf:params:oauth:token-type:access_token",
    );
    assert.equal(parameters.get("scope"), "a b");
  }
});
