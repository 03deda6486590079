import assert from "node:assert/strict";
import type { ExchangeOptions } from "../../../src/oidc/client_options.ts";
import type { Derivation } from "../../../src/oidc/exchange/derivation.ts";
import { deriveCredential } from "../../../src/oidc/exchange/derive_credential.ts";
import { generateDpopKey } from "../../../src/oidc/dpop/dpop_key.ts";
import { createConnection, tokens } from "../connection.ts";
import { failure } from "../rig.ts";

async function derive(
  exchange: ExchangeOptions | undefined,
  changes: Partial<Derivation> = {},
  answer: Record<string, unknown> = tokens,
) {
  const { connection, network } = await createConnection({ exchange }, { answer: () => answer });
  const credential = await deriveCredential(connection, {
    subject: { token: "subject", type: "access_token" },
    dpopKey: undefined,
    signal: new AbortController().signal,
    ...changes,
  });
  const [sent, ...more] = network.sent;
  assert.deepEqual(more, []);
  return { credential, sent: Object.fromEntries(sent!.parameters), headers: sent!.headers };
}

Deno.test("an exchange is one for the audience, the resource and the scopes that are set", async () => {
  const { sent } = await derive({
    grant: "token-exchange",
    audience: "a",
    resource: "https://r.test",
    scopes: ["x", "y"],
  }, { moreScopes: ["y", "z"] });
  assert.equal(sent.grant_type, "urn:ietf:params:oauth:grant-type:token-exchange");
  assert.deepEqual(
    [sent.subject_token, sent.audience, sent.resource, sent.scope],
    ["subject", "a", "https://r.test", "x y z"],
  );
  const bare = await derive({ grant: "token-exchange", resource: "none", scopes: [] });
  assert.deepEqual(
    [bare.sent.audience, bare.sent.resource, bare.sent.scope],
    [undefined, undefined, undefined],
  );
});

Deno.test("on-behalf-of presents the token as an assertion", async () => {
  const { sent } = await derive({ grant: "on-behalf-of", audience: "a", scopes: ["x"] }, {
    moreScopes: ["z"],
  });
  assert.deepEqual(sent, {
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    client_id: "client",
    assertion: "subject",
    requested_token_use: "on_behalf_of",
    scope: "x z",
  });
});

Deno.test("either is bound to the key", async () => {
  const dpopKey = await generateDpopKey();
  for (const grant of ["token-exchange", "on-behalf-of"] as const) {
    const bound = { ...tokens, token_type: "DPoP" };
    const { credential, headers } = await derive({ grant, scopes: [] }, { dpopKey }, bound);
    assert.deepEqual(credential.dpopKey, dpopKey);
    assert.ok(headers.has("dpop"));
  }
});

Deno.test("what comes of it is about the same person, and cannot be refreshed", async () => {
  const options: ExchangeOptions = { grant: "token-exchange", scopes: [] };
  const answer = { ...tokens, refresh_token: "unwanted", scope: "given" };
  const claims = { sub: "ada" };
  const { credential } = await derive(options, { claims }, answer);
  const { obtainedAt, expiresAt, ...rest } = credential;
  assert.equal(expiresAt! - obtainedAt, 60_000);
  assert.deepEqual(rest, {
    issuer: "https://auth.test/",
    clientId: "client",
    accessToken: "new",
    tokenType: "Bearer",
    scope: "given",
    claims: { sub: "ada" },
  });
  assert.notEqual(credential.claims, claims);
  assert.ok(!("claims" in (await derive(options, {}, answer)).credential));
});

Deno.test("without anything to exchange for, the setting is named", async () => {
  const error = await failure(derive(undefined));
  assert.equal(
    error.message,
    "Configuration error: the token of the sign-in is to be exchanged, and nothing says for what. " +
      "Fix: set OIDC_EXCHANGE_AUDIENCE or OIDC_EXCHANGE_RESOURCE.",
  );
  assert.equal(error.reason, "missing_setting");
});
