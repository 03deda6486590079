/**
 * What a person reads when a provider answers in a way that OAuth does not know.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from "@panva/oauth4webapi";
import { ProxyError } from "../../src/base/errors.ts";
import { providerError } from "../../src/oidc/provider_error.ts";
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

const failed = { step: "the code exchange", issuer: "https://auth.test" };
const shown = async (error: unknown) => {
  const { what, reason, fix, cause } = await providerError(error, failed) as ProxyError;
  assert.equal(cause, error);
  return { what, reason, fix };
};
/** What only the status can tell. */
const secret =
  "check OIDC_CLIENT_ID, and if the client is a confidential one, set OIDC_CLIENT_SECRET";

Deno.test("an error of ours, or one that nobody knows, stays what it is", async () => {
  const own = new ProxyError({ category: "Network error", what: "w", fix: "f", reason: "r" });
  assert.equal(await providerError(own, failed), own);
  for (const other of [new TypeError("t"), "thrown", undefined]) {
    assert.equal(await providerError(other, failed), other);
  }
});

Deno.test("an OAuth error is repeated, with the status that it came with", async () => {
  const cause = { error: "unauthorized_client" };
  const response = new Response(null, { status: 401 });
  const inBody = new ResponseBodyError("x", { cause, response });
  assert.deepEqual(await shown(inBody), {
    what: "https://auth.test answered the code exchange with unauthorized_client",
    reason: "unauthorized_client",
    fix: secret,
  });
  const inBrowser = new AuthorizationResponseError("x", {
    cause: new URLSearchParams({ error: "access_denied", error_description: "you said no" }),
  });
  assert.deepEqual(await shown(inBrowser), {
    what: "https://auth.test answered the code exchange with access_denied: you said no",
    reason: "access_denied",
    fix: "sign in again and agree, or ask the provider's administrator for access",
  });
});

Deno.test("a challenge says what is wrong when its body does not", async () => {
  const challenge = (body: BodyInit | null, ...parameters: Record<string, string>[]) =>
    new WWWAuthenticateChallengeError("x", {
      cause: [
        { scheme: "negotiate", parameters: {} },
        ...parameters.map((each) => ({ scheme: "bearer" as const, parameters: each })),
      ],
      response: new Response(body, { status: 401 }),
    });
  const answered = "https://auth.test answered the code exchange with ";
  const inHeader = { error: "unauthorized_client", error_description: "in the header" };
  const rows: [BodyInit | null, Record<string, string>[], string][] = [
    [
      JSON.stringify({ error: "e", error_description: "in the body" }),
      [inHeader],
      "e: in the body",
    ],
    [JSON.stringify({ error: "e" }), [inHeader], "e: in the header"],
    [JSON.stringify({ error: "", error_description: "" }), [
      inHeader,
    ], "unauthorized_client: in the header"],
    [JSON.stringify({ error: 7, error_description: 7 }), [], "invalid_client"],
    ["null", [{ realm: "r" }, inHeader], "unauthorized_client: in the header"],
    ["7", [inHeader], "unauthorized_client: in the header"],
    ["<html>", [inHeader], "unauthorized_client: in the header"],
    [null, [], "invalid_client"],
    [null, [{ error: "unauthorized_client" }], "unauthorized_client"],
  ];
  for (const [body, parameters, what] of rows) {
    const error = await shown(challenge(body, ...parameters));
    assert.equal(error.what, answered + what, String(body));
    assert.equal(error.reason, what.split(":")[0]);
  }
  assert.equal((await shown(challenge(null, { error: "unauthorized_client" }))).fix, secret);
});

Deno.test("an answer that does not keep to the protocol is explained", async () => {
  for (const kind of [OperationProcessingError, UnsupportedOperationError]) {
    const { what, reason } = await shown(new kind("something else"));
    assert.match(what, /^https:\/\/auth\.test answered .* what the protocol does not allow/);
    assert.equal(reason, "invalid_response");
  }
});
