/**
 * What a person reads when a provider answers in a way that OAuth does not know.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Fault, startHostileProvider } from "../support/hostile_provider.ts";
import { createRig, failure } from "./rig.ts";

const token = (answer: () => Response): Fault => ({ instead }) => {
  instead["/token"] = answer;
};
const html = (status: number) => () =>
  new Response("<html>", { status, headers: { "content-type": "text/html; charset=utf-8" } });

const said: Record<string, [Fault, RegExp]> = {
  "an error with status 200": [
    token(() =>
      Response.json({ error: "bad_code", error_description: "it expired, hostile-code" })
    ),
    /answered the code exchange with bad_code: it expired, \[redacted\]\. Fix: /,
  ],
  "a page that a firewall made": [
    token(html(403)),
    /answered the code exchange with HTTP 403 and no error that OAuth knows\. Fix: check whether a proxy/,
  ],
  "an address that is not there": [
    token(() => new Response(null, { status: 404 })),
    /HTTP 404 and/,
  ],
  "an error of some other kind": [
    token(() => Response.json({ message: "no such app" }, { status: 400 })),
    /HTTP 400 and no error that OAuth knows/,
  ],
  "a page in place of tokens": [
    token(html(200)),
    /answered the code exchange with text\/html; charset=utf-8 instead of JSON\. Fix: check whether/,
  ],
  "keys that are not there": [
    ({ instead }) => {
      instead["/jwks"] = () => new Response(null, { status: 404 });
    },
    /with keys that cannot be had \(HTTP 404 and no error that OAuth knows\)\. Fix: /,
  ],
  "an ID token that may be signed with either key": [
    ({ jwks, idTokenHeader }, { publicJwk }) => {
      jwks.keys = [publicJwk, { ...publicJwk, kid: "other" }];
      delete idTokenHeader.kid;
    },
    /does not say which of its keys it is signed with \(kid\)\. Fix: /,
  ],
  "an encrypted ID token": [
    ({ tokens }) => {
      tokens.id_token = "a.b.c.d.e";
    },
    /with an encrypted token \(JWE\), which is not supported\. Fix: configure the provider to sign/,
  ],
  "the answer of another provider": [
    ({ redirect }) => {
      redirect.iss = "https://evil.test";
    },
    /with what is of another provider \(iss "https:\/\/evil\.test"\)\. Fix: do not trust/,
  ],
  "an answer without the promised iss": [
    ({ metadata }) => {
      metadata.authorization_response_iss_parameter_supported = true;
    },
    /with nothing that says that it is its own \(iss\), as its metadata promises\. Fix: do not trust/,
  ],
};

for (const [name, [fault, message]] of Object.entries(said)) {
  Deno.test(`the error says it: ${name}`, async () => {
    await using provider = startHostileProvider(fault);
    const error = await failure(createRig(provider, { flow: "browser" }).signIn().credential);
    assert.match(error.message, message);
  });
}

Deno.test("a lifetime of nothing counts as none that is known", async () => {
  await using provider = startHostileProvider(({ tokens }) => {
    tokens.expires_in = 0;
  });
  const credential = await createRig(provider, { flow: "browser" }).signIn().credential;
  assert.equal(credential.expiresAt, undefined);
});

Deno.test("members of an answer that are null count as left out", async () => {
  await using provider = startHostileProvider(({ tokens }) => {
    Object.assign(tokens, { refresh_token: null, expires_in: null, scope: null });
  });
  const credential = await createRig(provider, { flow: "browser" }).signIn().credential;
  assert.equal(credential.refreshToken, undefined);
  assert.equal(credential.expiresAt, undefined);
  assert.equal(credential.scope, "openid profile email");
});
