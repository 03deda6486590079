/**
 * What a person reads of an answer that does not keep to the protocol, case by case; that the library
 * throws these is what tests with providers show.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  JWT_CLAIM_COMPARISON,
  JWT_TIMESTAMP_CHECK,
  KEY_SELECTION,
  OperationProcessingError,
} from "@panva/oauth4webapi";
import { protocolError } from "../../src/oidc/protocol_error.ts";

const failed = { step: "the code exchange", issuer: "https://auth.test" };
const network = "do not trust this network or provider before you know why";
const administrator = "tell the provider's administrator";
const firewall =
  "check whether a proxy or firewall answers in its place, or tell the provider's administrator";
const settings = "check OIDC_ISSUER_URL and OIDC_CLIENT_ID";

type Row = {
  message?: string;
  code?: string;
  cause?: unknown;
  what: string;
  fix: string;
  reason: string;
};

const page = (status: number, type?: string) =>
  new Response(null, { status, headers: type === undefined ? {} : { "content-type": type } });

const rows: Row[] = [
  {
    cause: page(300, "text/html"),
    what: "HTTP 300 and no error that OAuth knows",
    fix: firewall,
    reason: "invalid_response",
  },
  {
    cause: page(299, "text/html"),
    what: "text/html instead of JSON",
    fix: firewall,
    reason: "invalid_response",
  },
  {
    cause: page(200),
    what: "nothing instead of JSON",
    fix: firewall,
    reason: "invalid_response",
  },
  {
    cause: page(200, "x".repeat(81)),
    what: `${"x".repeat(80)}… instead of JSON`,
    fix: firewall,
    reason: "invalid_response",
  },
  ...["jwk-set+json", "JSON Web Key Set"].map((message) => ({
    message: `"response" is no ${message}`,
    cause: page(404),
    what: "keys that cannot be had (HTTP 404 and no error that OAuth knows)",
    fix: firewall,
    reason: "invalid_response",
  })),
  ...['response parameter "iss" (issuer) missing', 'the "iss" (issuer) x parameter is missing'].map(
    (message) => ({
      message,
      what: "nothing that says that it is its own (iss), as its metadata promises",
      fix: network,
      reason: "invalid_response",
    }),
  ),
  {
    message: 'unexpected "iss" (issuer) response parameter value',
    cause: { parameters: new URLSearchParams({ iss: "https://other.test" }) },
    what: 'what is of another provider (iss "https://other.test")',
    fix: network,
    reason: "invalid_response",
  },
  {
    message: "JWE decryption is not configured",
    what: "an encrypted token (JWE), which is not supported",
    fix: "configure the provider to sign this client's ID tokens and not to encrypt them",
    reason: "encrypted_token",
  },
  {
    code: JWT_TIMESTAMP_CHECK,
    cause: { claim: "nbf" },
    what: "an ID token whose nbf does not fit the time",
    fix: "check the clocks of this machine and of the provider",
    reason: "id_token_time",
  },
  {
    code: JWT_CLAIM_COMPARISON,
    cause: { claim: "nonce" },
    what: "an ID token for another sign-in",
    fix: "sign in again",
    reason: "id_token_nonce",
  },
  {
    code: JWT_CLAIM_COMPARISON,
    cause: { claim: "aud", claims: { aud: ["a", "b"] }, expected: "c" },
    what: 'an ID token whose aud is ["a","b"], not "c"',
    fix: settings,
    reason: "id_token_aud",
  },
  {
    code: JWT_CLAIM_COMPARISON,
    cause: { claim: "azp", claims: {} },
    what: "an ID token whose azp is missing",
    fix: settings,
    reason: "id_token_azp",
  },
  {
    message: "multiple matching keys",
    code: KEY_SELECTION,
    what: "an ID token that does not say which of its keys it is signed with (kid)",
    fix: administrator,
    reason: "id_token_key",
  },
  {
    code: KEY_SELECTION,
    cause: { header: { kid: "k1", alg: "RS256" } },
    what: 'an ID token signed with a key (kid "k1") that its jwks_uri does not list',
    fix: administrator,
    reason: "id_token_key",
  },
  ...[{ alg: "none" }, { header: { alg: "none" } }].map((cause) => ({
    message: 'unexpected JWT "alg" header parameter',
    cause,
    what: 'a token signed with the algorithm "none", which is not accepted',
    fix: "configure the provider to sign the client's ID tokens with RS256, PS256, ES256 or EdDSA",
    reason: "id_token_alg",
  })),
  {
    message: "unsupported EcKeyAlgorithm namedCurve",
    cause: { alg: "ES256K" },
    what: 'a token signed with the algorithm "ES256K", which is not accepted',
    fix: "configure the provider to sign the client's ID tokens with RS256, PS256, ES256 or EdDSA",
    reason: "id_token_alg",
  },
  {
    message: "JWT signature verification failed",
    what: "an ID token whose signature is wrong",
    fix: network,
    reason: "id_token_signature",
  },
  ...([
    ["no JWE", {}],
    ["of a nonce", { cause: { claim: "nonce" } }],
    ["multiple answers", {}],
  ] as const).map(([message, more]) => ({
    message,
    ...more,
    what: `what the protocol does not allow (${message})`,
    fix: "check OIDC_ISSUER_URL, or tell the provider's administrator",
    reason: "invalid_response",
  })),
  {
    message: "something else",
    what: "what the protocol does not allow (something else)",
    fix: "check OIDC_ISSUER_URL, or tell the provider's administrator",
    reason: "invalid_response",
  },
];

for (const { message = "it", code, cause, what, fix, reason } of rows) {
  Deno.test(`protocol error: ${what.slice(0, 80)} (${message})`, () => {
    const thrown = new OperationProcessingError(message, { code, cause });
    const error = protocolError(thrown, failed);
    assert.equal(error.what, `https://auth.test answered the code exchange with ${what}`);
    assert.deepEqual([error.fix, error.reason], [fix, reason]);
    assert.equal(error.category, "Authentication error");
    assert.equal(error.cause, thrown);
  });
}
