/**
 * One request to the token endpoint, answer by answer, without a network.
 *
 * @module
 */
import assert from "node:assert/strict";
import { processRefreshTokenResponse, refreshTokenGrantRequest } from "@panva/oauth4webapi";
import { nextTurn } from "../../../src/base/timer.ts";
import { unverifiedClaims } from "../../../src/oidc/discovery/issuer_template.ts";
import { generateDpopKey } from "../../../src/oidc/dpop/dpop_key.ts";
import { requestTokens } from "../../../src/oidc/tokens/request_tokens.ts";
import { failure } from "../rig.ts";
import {
  type Answer,
  began,
  clientId,
  idToken,
  issuer,
  refusal,
  type Script,
  scriptedProvider,
  tokens,
} from "../scripted_provider.ts";

const { signal } = new AbortController();
const dpopKey = await generateDpopKey();

/** Asks for tokens as a refresh does. */
async function request(
  answer: Answer | Answer[],
  { more = {}, ...script }: Script & {
    more?: Partial<Parameters<typeof requestTokens>[1]>;
  } = {},
) {
  const provider = scriptedProvider({
    ...script,
    answers: { "/token": answer, ...script.answers },
  });
  const connection = await provider.connect();
  const seen: (string | undefined)[] = [];
  const credential = requestTokens(connection, {
    dpopKey: undefined,
    signal,
    send: (options) =>
      refreshTokenGrantRequest(
        connection.server,
        connection.client,
        connection.authenticate,
        "refresh",
        options,
      ),
    process: (server, response, token) => {
      seen.push(token);
      return processRefreshTokenResponse(server, connection.client, response);
    },
    ...more,
  });
  credential.catch(() => {});
  const asked = () => provider.sentTo("/token");
  return { credential, provider, asked, seen };
}

const plain = { issuer: `${issuer}/`, clientId, tokenType: "Bearer", obtainedAt: began };

Deno.test("an answer becomes a credential of the issuer and client that are set", async () => {
  const { credential, seen } = await request(tokens({ expires_in: 5 }));
  assert.deepEqual(await credential, {
    ...plain,
    accessToken: "access",
    expiresAt: began + 5_000,
  });
  assert.deepEqual(seen, [undefined]);
  const token = await idToken();
  const shown = await request(tokens({ id_token: token, expires_in: 5 }), {
    options: { presentedToken: "id" },
  });
  const { accessToken, expiresAt, idToken: kept, claims } = await shown.credential;
  assert.deepEqual([accessToken, expiresAt, kept], [token, began + 299_000, token]);
  assert.equal(claims?.sub, "ada");
  const beside = await request(tokens({ id_token: token, expires_in: 5 }));
  assert.deepEqual(
    await beside.credential.then(({ accessToken, expiresAt }) => [accessToken, expiresAt]),
    ["access", began + 5_000],
  );
  assert.deepEqual(shown.seen, [token]);
});

Deno.test("every request has the parameters that are set, and the resource", async () => {
  const { credential, asked } = await request(tokens(), {
    options: { tokenParameters: { tenant: "t", x: "y" }, resource: "https://mcp.test/" },
  });
  await credential;
  const [{ form, method }] = asked();
  assert.equal(method, "POST");
  assert.deepEqual(Object.fromEntries(form), {
    grant_type: "refresh_token",
    refresh_token: "refresh",
    client_id: clientId,
    tenant: "t",
    x: "y",
    resource: "https://mcp.test/",
  });
  const without = await request(tokens());
  await without.credential;
  assert.equal(without.asked()[0].form.has("resource"), false);
});

const bound = (members: Record<string, unknown> = {}) => tokens({ token_type: "DPoP", ...members });
const wantsNonce = (nonce: string): Answer => () =>
  Response.json({ error: "use_dpop_nonce" }, { status: 400, headers: { "dpop-nonce": nonce } });
const noncesOf = (sent: { headers: Headers }[]) =>
  sent.map(({ headers }) => unverifiedClaims(headers.get("dpop") ?? "").nonce);

Deno.test("with a key each request has a proof, and the credential the key", async () => {
  const { credential, asked } = await request(bound(), { more: { dpopKey } });
  assert.deepEqual(await credential, {
    ...plain,
    accessToken: "access",
    tokenType: "DPoP",
    dpopKey,
  });
  assert.deepEqual(noncesOf(asked()), [undefined]);
  const shown = await request(bound({ id_token: await idToken() }), {
    options: { presentedToken: "id" },
    more: { dpopKey },
  });
  assert.equal((await shown.credential).tokenType, "Bearer", "an ID token is bound to nothing");
  const without = await request(tokens());
  assert.equal("dpopKey" in await without.credential, false);
  assert.equal(without.asked()[0].headers.has("dpop"), false);
});

Deno.test("a nonce that is asked for is sent, twice and no more often", async () => {
  const twice = await request([wantsNonce("n1"), wantsNonce("n2"), bound()], { more: { dpopKey } });
  assert.equal((await twice.credential).tokenType, "DPoP");
  assert.deepEqual(noncesOf(twice.asked()), [undefined, "n1", "n2"]);
  const always = await request(wantsNonce("n"), { more: { dpopKey } });
  await assert.rejects(always.credential, { error: "use_dpop_nonce" });
  assert.equal(always.asked().length, 3);
  // Without a key there is nothing to put it in.
  const keyless = await request(wantsNonce("n"));
  await assert.rejects(keyless.credential, { error: "use_dpop_nonce" });
  assert.equal(keyless.asked().length, 1);
});

Deno.test("no other refusal is asked again", async () => {
  for (const more of [{}, { dpopKey }]) {
    const { credential, asked } = await request(refusal("invalid_grant"), { more });
    await assert.rejects(credential, { error: "invalid_grant" });
    assert.equal(asked().length, 1);
  }
});

Deno.test("tokens that are not bound to the key are not taken", async () => {
  const { credential } = await request(tokens(), { more: { dpopKey } });
  const error = await failure(credential);
  assert.equal(
    error.message,
    "Configuration error: https://auth.test gave tokens that are not bound to our key (DPoP). " +
      "Fix: allow DPoP for this client at the provider, or leave OIDC_DPOP out.",
  );
  assert.equal(error.reason, "dpop_ignored");
});

Deno.test("an ID token is checked, with the keys and without them where that is allowed", async () => {
  const refused = await request(tokens({ id_token: await idToken({ azp: "other" }) }));
  assert.equal((await failure(refused.credential)).reason, "id_token_azp");
  const jwks = () => new Response(null, { status: 503 });
  for (const allowed of [undefined, false, true]) {
    const { credential } = await request(tokens({ id_token: await idToken() }), {
      answers: { "/jwks": jwks },
      more: { allowUnavailableJwks: allowed },
    });
    if (allowed) assert.equal((await credential).claims?.sub, "ada");
    else assert.equal((await failure(credential)).reason, "provider_down");
  }
});

Deno.test("an ID token that cannot be read at all is handed on as it is", async () => {
  const rows: [body: string, token: string | undefined][] = [
    ['{"id_token":7}', "7"],
    ['{"id_token":""}', ""],
    ['{"id_token":null}', undefined],
    ["{}", undefined],
    ["null", undefined],
    ["<html>", undefined],
  ];
  for (const [body, token] of rows) {
    const { credential, seen } = await request(() =>
      new Response(body, { headers: { "content-type": "application/json" } })
    );
    await assert.rejects(credential);
    assert.deepEqual(seen, [token], body);
  }
});

Deno.test("an ID token may be signed with any public key's algorithm, and no other", async () => {
  let supported: readonly string[] | undefined;
  const { credential } = await request(tokens({ id_token: await idToken() }), {
    metadata: { id_token_signing_alg_values_supported: ["RS256"] },
    more: {
      process: (server) => {
        supported = server.id_token_signing_alg_values_supported;
        assert.equal(server.jwks_uri, `${issuer}/jwks`, "the rest is the provider's");
        return Promise.reject(new Error("enough"));
      },
    },
  });
  await assert.rejects(credential, /enough/);
  assert.deepEqual(supported, [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
  ]);
});

Deno.test("an ID token of a tenant is expected to name that tenant", async () => {
  const names: string[] = [];
  const template = "https://login.microsoftonline.com/{tenantid}/v2.0";
  const provider = scriptedProvider({
    options: { issuerUrl: new URL("https://login.microsoftonline.com/common/v2.0") },
    answers: {
      "/common/v2.0/.well-known/openid-configuration": () =>
        Response.json({
          issuer: template,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
        }),
    },
  });
  const connection = await provider.connect();
  for (const id_token of [undefined, await idToken({ tid: "contoso" })]) {
    await assert.rejects(requestTokens(connection, {
      dpopKey: undefined,
      signal,
      send: () => Promise.resolve(Response.json({ id_token })),
      process: (server) => {
        names.push(server.issuer);
        return Promise.reject(new Error("enough"));
      },
    }));
  }
  assert.deepEqual(names, [template, "https://login.microsoftonline.com/contoso/v2.0"]);
});

/** What an assertion of the client was addressed to. */
const audiences = (sent: { form: URLSearchParams }[]) =>
  sent.map(({ form }) => unverifiedClaims(form.get("client_assertion") ?? "").aud);

const byAssertion: Script["options"] = {
  clientSecret: "a-secret-of-the-client-of-32-bytes",
  clientAuthentication: "client_secret_jwt",
};

Deno.test("an assertion that may be addressed wrongly is addressed to the endpoint, once", async () => {
  const empty = (status: number): Answer => () => new Response(null, { status });
  const rows: [refused: Answer, isReaddressed: boolean, maySpend?: boolean][] = [
    [refusal("invalid_client"), true],
    [refusal("invalid_client", ""), true],
    [refusal("invalid_client", "The Audience is wrong"), true],
    [refusal("invalid_client", "aud must be the endpoint"), true],
    [refusal("invalid_client", "audiences"), false],
    [refusal("invalid_client", "wrong secret"), false],
    [refusal("invalid_grant", "wrong audience"), false],
    [refusal("invalid_client"), true, true],
    [empty(401), true],
    [empty(403), true],
    [empty(400), false],
    [empty(401), false, true],
    [() => new Response("no", { status: 401 }), false],
  ];
  for (const [refused, isReaddressed, maySpend] of rows) {
    const written: unknown[][] = [];
    const { credential, asked } = await request([refused, tokens()], {
      options: {
        ...byAssertion,
        notes: {
          read: () => Promise.resolve(undefined),
          write: (...note) => Promise.resolve(void written.push(note)),
          remove: () => Promise.resolve(),
        },
      },
      more: { maySpend },
    });
    const kept = () => written.filter(([name]) => String(name).startsWith("assertion"));
    if (isReaddressed) {
      assert.equal((await credential).accessToken, "access");
      assert.deepEqual(audiences(asked()), [issuer, `${issuer}/token`]);
      assert.deepEqual(kept(), [[
        "assertion audience https://auth.test/ client",
        "token endpoint",
      ]]);
    } else {
      await assert.rejects(credential);
      assert.deepEqual([audiences(asked()), kept()], [[issuer], []]);
    }
  }
  const always = await request(refusal("invalid_client"), { options: byAssertion });
  await assert.rejects(always.credential, { error: "invalid_client" });
  assert.equal(always.asked().length, 2);
  // What is proven otherwise is addressed to nobody.
  const basic = await request(refusal("invalid_client"), { options: { clientSecret: "secret" } });
  await assert.rejects(basic.credential);
  assert.equal(basic.asked().length, 1);
});

Deno.test("that another address is wanted is noted before anything goes on", async () => {
  const noting = Promise.withResolvers<void>();
  const noted = Promise.withResolvers<void>();
  const { credential } = await request([refusal("invalid_client"), tokens()], {
    options: {
      ...byAssertion,
      notes: {
        read: () => Promise.resolve(undefined),
        write: (name) => {
          if (!name.startsWith("assertion")) return Promise.resolve();
          noting.resolve();
          return noted.promise;
        },
        remove: () => Promise.resolve(),
      },
    },
  });
  let isDone = false;
  credential.then(() => isDone = true);
  await noting.promise;
  await nextTurn();
  assert.equal(isDone, false);
  noted.resolve();
  await credential;
});

Deno.test("what needs no other address keeps no note of one", async () => {
  const written: unknown[] = [];
  const { credential } = await request(tokens(), {
    options: {
      ...byAssertion,
      notes: {
        read: () => Promise.resolve(undefined),
        write: (name) => Promise.resolve(void written.push(name)),
        remove: () => Promise.resolve(),
      },
    },
  });
  await credential;
  assert.equal(written.some((name) => String(name).startsWith("assertion")), false);
});

Deno.test("an assertion that is addressed anew may still need a nonce", async () => {
  const { credential, asked } = await request(
    [wantsNonce("n1"), refusal("invalid_client"), bound()],
    { options: byAssertion, more: { dpopKey } },
  );
  assert.equal((await credential).tokenType, "DPoP");
  assert.equal(asked().length, 3);
  const other = await request(
    [refusal("invalid_client"), wantsNonce("n1"), bound()],
    { options: byAssertion, more: { dpopKey } },
  );
  assert.equal((await other.credential).tokenType, "DPoP");
});

Deno.test("whoever ends the wait ends the request", async () => {
  const stop = new AbortController();
  stop.abort(new Error("enough"));
  const { credential, asked } = await request(tokens(), { more: { signal: stop.signal } });
  await assert.rejects(credential, /enough/);
  assert.equal(asked().length, 0);
});
