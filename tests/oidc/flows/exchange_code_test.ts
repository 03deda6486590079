/**
 * What an authorization response is taken for, without a network.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { PendingAuthorization } from "../../../src/base/credential.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import { exchangeCode, stateOf } from "../../../src/oidc/flows/exchange_code.ts";
import { generateDpopKey } from "../../../src/oidc/dpop/dpop_key.ts";
import { failure } from "../rig.ts";
import {
  began,
  clientId,
  idToken,
  issuer,
  refusal,
  type Script,
  scriptedProvider,
  tokens,
} from "../scripted_provider.ts";

const pending: PendingAuthorization = {
  issuer,
  authorizationUrl: `${issuer}/auth`,
  redirectUrl: "http://localhost:8080/auth/callback",
  state: "the-state",
  nonce: "the-nonce",
  codeVerifier: "the-verifier-of-at-least-43-characters-1234567",
  startedAt: began,
  expiresAt: began + 60_000,
};
const good = { code: "the-code", state: "the-state" };
const idTokenOf = (nonce?: string) => idToken({ nonce });

async function exchange(
  parameters: Record<string, string>,
  { answer, request = pending, onRedeem, ...script }: Script & {
    answer?: ReturnType<typeof tokens>;
    request?: PendingAuthorization;
    onRedeem?: () => Promise<void>;
  } = {},
) {
  const provider = scriptedProvider({
    ...script,
    metadata: { authorization_signing_alg_values_supported: ["ES256"], ...script.metadata },
    answers: {
      "/token": answer ?? tokens({ id_token: await idTokenOf(request.nonce) }),
      ...script.answers,
    },
  });
  const connection = await provider.connect();
  const credential = exchangeCode(connection, {
    pending: request,
    parameters: new URLSearchParams(parameters),
    onRedeem,
    signal: new AbortController().signal,
  });
  credential.catch(() => {});
  return { credential, provider, connection };
}

Deno.test("a good response is redeemed with the verifier, at the address that was asked with", async () => {
  const order: string[] = [];
  const { credential, provider } = await exchange(good, {
    answer: async (sent) => {
      order.push("redeemed");
      return await tokens({ id_token: await idTokenOf("the-nonce"), scope: "granted" })(sent);
    },
    onRedeem: async () => {
      await nextTurn();
      order.push("announced");
    },
  });
  const { claims, scope, issuer: from } = await credential;
  assert.deepEqual([claims?.sub, scope, from], ["ada", "granted", `${issuer}/`]);
  assert.deepEqual(order, ["announced", "redeemed"]);
  assert.deepEqual(Object.fromEntries(provider.sentTo("/token")[0].form), {
    grant_type: "authorization_code",
    code: "the-code",
    redirect_uri: "http://localhost:8080/auth/callback",
    code_verifier: "the-verifier-of-at-least-43-characters-1234567",
    client_id: clientId,
  });
  assert.deepEqual(provider.lines, []);
});

Deno.test("an answer that names no scope grants what was asked for", async () => {
  const asked = await exchange(good, { options: { scopes: ["openid", "a"] } });
  assert.equal((await asked.credential).scope, "openid a");
  const nothing = await exchange(good, {
    options: { scopes: [] },
    request: { ...pending, nonce: "" },
    answer: tokens(),
  });
  assert.equal((await nothing.credential).scope, undefined);
});

Deno.test("a response that is none of ours is not redeemed, and nobody is told that it is", async () => {
  const rows: [parameters: Record<string, string>, what: RegExp, reason: string][] = [
    [{ code: "c", state: "other" }, /the authorization request/, "invalid_response"],
    [{ ...good, iss: "https://evil.test" }, /\(iss "https:\/\/evil\.test"\)/, "invalid_response"],
    [
      { error: "access_denied", error_description: "no", state: "the-state" },
      /^https:\/\/auth\.test answered the authorization request with access_denied: no$/,
      "access_denied",
    ],
  ];
  for (const [parameters, what, reason] of rows) {
    let isTold = false;
    const { credential, provider } = await exchange(parameters, {
      onRedeem: () => Promise.resolve(void (isTold = true)),
    });
    const error = await failure(credential);
    assert.match(error.what, what);
    assert.deepEqual([error.reason, isTold], [reason, false]);
    assert.equal(provider.sentTo("/token").length, 0);
  }
});

Deno.test("a refusal at the exchange is one of the exchange, with its circumstances", async () => {
  const { credential } = await exchange(good, {
    answer: refusal("invalid_client", undefined, 401),
    options: { clientSecret: "secret", clientAuthentication: "client_secret_post" },
  });
  const { what, fix } = await failure(credential);
  assert.equal(what, "https://auth.test answered the code exchange with invalid_client");
  assert.match(fix, /sent by client_secret_post/);
  const target = await exchange(good, {
    answer: refusal("invalid_target"),
    options: { resource: "r" },
  });
  assert.match((await failure(target.credential)).fix, /^set OIDC_RESOURCE=none/);
});

Deno.test("the nonce of an ID token must be that of the request", async () => {
  for (const nonce of ["other", undefined]) {
    const { credential } = await exchange(good, {
      answer: tokens({ id_token: await idTokenOf(nonce) }),
    });
    const { reason, what } = await failure(credential);
    assert.ok(["id_token_nonce", "invalid_response"].includes(reason), what);
  }
  // Where none was asked for, none is expected, and a nonce is then somebody else's.
  const without = { ...pending, nonce: "" };
  const plain = await exchange(good, {
    request: without,
    answer: tokens({ id_token: await idTokenOf() }),
  });
  assert.equal((await plain.credential).claims?.sub, "ada");
  const other = await exchange(good, {
    request: without,
    answer: tokens({ id_token: await idTokenOf("x") }),
  });
  assert.equal((await failure(other.credential)).reason, "id_token_nonce");
});

Deno.test("a missing ID token is said once, where one was asked for", async () => {
  const { credential, provider, connection } = await exchange(good, { answer: tokens() });
  assert.equal((await credential).claims, undefined);
  await exchangeCode(connection, {
    pending,
    parameters: new URLSearchParams(good),
    signal: new AbortController().signal,
  });
  assert.equal(provider.lines.length, 1);
  assert.match(
    provider.lines[0],
    /\[warn\] https:\/\/auth\.test gave no ID token: who signed in is not known, the rest works$/m,
  );
  const unasked = await exchange(good, { request: { ...pending, nonce: "" }, answer: tokens() });
  await unasked.credential;
  assert.deepEqual(unasked.provider.lines, []);
});

Deno.test("the tokens are asked for with the key that the request named", async () => {
  const dpopKey = await generateDpopKey();
  const { credential, provider } = await exchange(good, {
    request: { ...pending, nonce: "", dpopKey },
    answer: tokens({ token_type: "DPoP" }),
  });
  assert.equal((await credential).dpopKey, dpopKey);
  assert.ok(provider.sentTo("/token")[0].headers.has("dpop"));
});

Deno.test("a signed response is taken for its signature alone", async () => {
  const response = await idToken({ ...good, aud: clientId, exp: began / 1000 + 60 });
  const { credential } = await exchange({ response });
  assert.equal((await credential).claims?.sub, "ada");
  const forged = await idToken(good, { by: "another" });
  const refused = await exchange({ response: forged });
  assert.equal((await failure(refused.credential)).reason, "id_token_signature");
});

Deno.test("where a signed response was asked for, no other one is taken", async () => {
  const options = (response_mode: string) => ({ authorizationParameters: { response_mode } });
  for (const mode of ["jwt", "query.jwt"]) {
    const { credential, provider } = await exchange(good, { options: options(mode) });
    const error = await failure(credential);
    assert.equal(
      error.message,
      "Authentication error: the authorization response is not the signed JWT that was asked for. " +
        "Fix: allow JARM for the client at the provider, or leave response_mode out.",
    );
    assert.equal(error.reason, "unsigned_response");
    assert.equal(provider.sentTo("/token").length, 0);
    const signed = await exchange({ response: await idToken(good) }, { options: options(mode) });
    assert.equal((await signed.credential).claims?.sub, "ada");
  }
  for (const given of [options("query"), { authorizationParameters: {} }, {}]) {
    const { credential } = await exchange(good, { options: given });
    assert.equal((await credential).claims?.sub, "ada");
  }
});

Deno.test("the state is found in either kind of response", () => {
  const jwt = (claims: unknown) => `h.${btoa(JSON.stringify(claims))}.s`;
  const rows: [Record<string, string>, string][] = [
    [{ state: "s" }, "s"],
    [{}, ""],
    [{ response: jwt({ state: "in it" }), state: "beside it" }, "in it"],
    [{ response: jwt({ state: 7 }), state: "beside it" }, ""],
    [{ response: jwt({}) }, ""],
    [{ response: "no jwt", state: "beside it" }, ""],
    [{ response: "", state: "s" }, "s"],
  ];
  for (const [parameters, state] of rows) {
    assert.equal(stateOf(new URLSearchParams(parameters)), state, JSON.stringify(parameters));
  }
});
