/**
 * What a refresh makes of each answer, without a network: the credential that it brings, or the words
 * for why not and what has become of the refresh token.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Credential } from "../../../src/base/credential.ts";
import { RefreshError } from "../../../src/base/refresh_error.ts";
import { refreshCredential } from "../../../src/oidc/tokens/refresh_credential.ts";
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

const old: Credential = {
  issuer,
  clientId,
  accessToken: "old-access",
  tokenType: "Bearer",
  obtainedAt: 0,
  refreshToken: "old-refresh",
};

async function refresh(
  answer: Answer | Answer[],
  { credential = old, signal = new AbortController().signal, ...script }: Script & {
    credential?: Credential;
    signal?: AbortSignal;
  } = {},
) {
  const provider = scriptedProvider({
    ...script,
    answers: { "/token": answer, ...script.answers },
  });
  const connection = await provider.connect();
  const renewed = refreshCredential(connection, credential, signal);
  renewed.catch(() => {});
  return { renewed, provider };
}

/** The error of a refresh, with what has become of the token. */
async function fateOf(answer: Answer | Answer[], more: Parameters<typeof refresh>[1] = {}) {
  const { renewed } = await refresh(answer, more);
  const error = await failure(renewed);
  assert.ok(error instanceof RefreshError, error.message);
  return error;
}

Deno.test("what the answer leaves out stays as it was, and what it brings is new", async () => {
  const before = { ...old, idToken: "old-id", claims: { sub: "old" }, scope: "old" };
  const kept = await refresh(tokens({ expires_in: 5 }), { credential: before });
  assert.deepEqual(await kept.renewed, {
    issuer: `${issuer}/`,
    clientId,
    accessToken: "access",
    tokenType: "Bearer",
    obtainedAt: began,
    expiresAt: began + 5_000,
    refreshToken: "old-refresh",
    idToken: "old-id",
    claims: { sub: "old" },
    scope: "old",
  });
  const [{ form }] = kept.provider.sentTo("/token");
  assert.deepEqual([form.get("grant_type"), form.get("refresh_token")], [
    "refresh_token",
    "old-refresh",
  ]);
  const token = await idToken();
  const replaced = await refresh(
    tokens({ refresh_token: "new-refresh", id_token: token, scope: "new" }),
    { credential: before },
  );
  const { refreshToken, idToken: newId, claims, scope } = await replaced.renewed;
  assert.deepEqual([refreshToken, newId, claims?.sub, scope], ["new-refresh", token, "ada", "new"]);
  const bare = await (await refresh(tokens())).renewed;
  assert.deepEqual(Object.keys(bare).sort(), [
    "accessToken",
    "clientId",
    "issuer",
    "obtainedAt",
    "refreshToken",
    "tokenType",
  ]);
});

Deno.test("without a refresh token nobody is asked", async () => {
  const { refreshToken: _, ...credential } = old;
  const { renewed, provider } = await refresh(tokens(), { credential });
  const error = await failure(renewed);
  assert.equal(
    error.message,
    "Authentication error: https://auth.test gave no refresh token. Fix: sign in again.",
  );
  assert.equal(error.reason, "no_refresh_token");
  assert.equal(provider.sentTo("/token").length, 0);
});

Deno.test("a refresh that should bring an ID token and does not ends the sign-in", async () => {
  const { renewed } = await refresh(tokens(), { options: { presentedToken: "id" } });
  const error = await failure(renewed);
  assert.equal(
    error.message,
    "Authentication error: https://auth.test renews without a new ID token, which is what the " +
      "backend is shown. Fix: sign in again.",
  );
  assert.equal(error.reason, "invalid_grant");
});

Deno.test("each end says what has become of the refresh token", async () => {
  const json = (body: unknown, status = 200): Answer => () => Response.json(body, { status });
  const rows: [Answer, fate: RefreshError["fate"], replacement?: string][] = [
    [refusal("invalid_grant"), "refused"],
    [refusal("invalid_client", undefined, 401), "unused"],
    [() => new Response(null, { status: 503 }), "uncertain"],
    [() => new Response(null, { status: 429 }), "unused"],
    [() => Promise.reject(new TypeError("cut")), "uncertain"],
    [
      json({ access_token: "a b", token_type: "bearer", refresh_token: "next" }),
      "replaced",
      "next",
    ],
    [json({ access_token: 7, token_type: "bearer", refresh_token: "n" }), "replaced", "n"],
    [json({ access_token: "a b", token_type: "bearer", refresh_token: "n m" }), "unreadable"],
    [json({}), "unreadable"],
    [json({}, 400), "unclear"],
    [json({}, 404), "unused"],
    [tokens({ id_token: await idToken({ azp: "x" }) }), "unused"],
    [tokens({ id_token: await idToken({ azp: "x" }), refresh_token: "next" }), "replaced", "next"],
  ];
  for (const [answer, fate, replacement] of rows) {
    const error = await fateOf(answer);
    assert.deepEqual([error.fate, error.replacement], [fate, replacement], error.message);
  }
});

Deno.test("the words are about the refresh, the way of authenticating and what was asked for", async () => {
  const refused = await fateOf(refusal("invalid_client", undefined, 401), {
    options: { clientSecret: "secret" },
  });
  assert.equal(
    refused.message,
    "Configuration error: https://auth.test answered the refresh request with invalid_client. Fix: " +
      "check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, which was sent by client_secret_basic (see " +
      "OIDC_CLIENT_AUTH), or unset the secret if the client is a public one.",
  );
  const target = await fateOf(refusal("invalid_target"), { options: { resource: "r" } });
  assert.match(target.fix, /^set OIDC_RESOURCE=none/);
});

Deno.test("an answer to another attempt than the last one says nothing about the token", async () => {
  // The first was refused for the client; the second is lost, or not looked at.
  const rows: [Answer, RefreshError["fate"]][] = [
    [() => Promise.reject(new TypeError("cut")), "uncertain"],
    [() => new Response(null, { status: 429 }), "unused"],
  ];
  for (const [second, fate] of rows) {
    const error = await fateOf([refusal("invalid_client"), second], {
      options: {
        clientSecret: "a-secret-of-the-client-of-32-bytes",
        clientAuthentication: "client_secret_jwt",
      },
    });
    assert.equal(error.fate, fate);
  }
});

Deno.test("a provider that says nothing may have spent the token, so nothing is sent again", async () => {
  const { renewed, provider } = await refresh(() => new Response(null, { status: 401 }), {
    options: {
      clientSecret: "a-secret-of-the-client-of-32-bytes",
      clientAuthentication: "client_secret_jwt",
    },
  });
  await assert.rejects(renewed);
  assert.equal(provider.sentTo("/token").length, 1);
});

Deno.test("keys that cannot be had do not lose the answer", async () => {
  const { renewed, provider } = await refresh(
    tokens({ id_token: await idToken(), refresh_token: "next" }),
    { answers: { "/jwks": () => new Response(null, { status: 503 }) } },
  );
  assert.equal((await renewed).refreshToken, "next");
  assert.match(provider.lines.join(""), /without its signature being checked/);
});

Deno.test("an end that comes before the answer is passed on, and one that comes after it counts", async () => {
  const early = new AbortController();
  early.abort(new Error("enough"));
  const { renewed } = await refresh(tokens(), { signal: early.signal });
  await assert.rejects(renewed, (error) => !(error instanceof RefreshError));
  const late = new AbortController();
  const error = await fateOf(
    tokens({ id_token: await idToken(), refresh_token: "next" }),
    {
      signal: late.signal,
      answers: {
        "/jwks": () => {
          late.abort(new Error("enough"));
          return Promise.reject(new Error("cut"));
        },
      },
    },
  );
  assert.deepEqual([error.fate, error.replacement], ["replaced", "next"]);
});
