import assert from "node:assert/strict";
import {
  isReason,
  pointedTopic,
  type RefusalTopic,
} from "../../../src/oidc/refusal/pointed_topic.ts";

/** Words that point to one topic each. */
const pointing: Readonly<Record<RefusalTopic, readonly string[]>> = {
  type: ["at+jwt", "JOSE header TYP", "the header (type)"],
  scheme: ["a DPoP proof"],
  authentication: [
    "ACR is too low",
    "authentication level",
    "authentication context",
    "authentication strength",
    "no mfa",
  ],
  issuer: ["iss", "ISSUER", "issuers", 'unexpected "iss" claim value'],
  audience: ["aud", "Audience", "audiences"],
  signature: [
    "bad SIGNATURE",
    "no kid",
    "jwk",
    "jwks",
    "the key set",
    "signing key",
    "matching key",
    "public key",
  ],
  algorithm: ["alg", "algs", "ALGORITHM", "algorithms"],
  client: ["azp", "client_id", "Client ID", "clientid", "client-id", "cid", "appid"],
  scope: ["Scope", "scopes", "scp", "permission", "role", "roles", "privilege"],
  time: [
    "Signature has expired",
    "jwks expired",
    "JWT not active",
    "exp",
    "not yet valid",
    "nbf",
    "iat",
    "in the future",
    "used before",
    "clock",
  ],
  revoked: ["revoked", "Inactive", "not active", "isn't active", "introspection"],
  format: ["Malformed", "not a jwt", "not a valid jwt", "segments", "parse", "parsing", "compact"],
};
for (const [topic, sentences] of Object.entries(pointing)) {
  Deno.test(`words about the ${topic}`, () => {
    for (const words of sentences) assert.equal(pointedTopic([words]), topic, words);
  });
}

Deno.test("words that only contain such a word point nowhere", () => {
  const others = [
    "typical",
    "dpopper",
    "sacred",
    "issued",
    "audit",
    "skid",
    "algae",
    "lazy cider",
    "telescoped",
    "experience",
    "fiat",
    "sparse",
    "something is wrong",
    "",
  ];
  for (const words of others) assert.equal(pointedTopic([words]), undefined, words);
  assert.equal(pointedTopic([]), undefined);
});

Deno.test("of several topics the one whose word means the least else", () => {
  assert.equal(pointedTopic(["the scope is wrong", "so is the issuer"]), "issuer");
  assert.equal(pointedTopic(["expired", "typ"]), "type");
  assert.equal(pointedTopic(["scope", "audience"]), "audience");
});

Deno.test("what is said whatever the reason is gives none", () => {
  const empty = [
    "",
    "The token is Invalid, expired, or no longer recognized",
    "Invalid or expired token",
    "expired or invalid signature",
    "Missing or invalid audience",
    "invalid or missing scope",
    "Authentication required",
    "authentication required.",
    "Full authentication is required to access this scope",
    "unauthorized",
    "Forbidden.",
    "access denied",
    "token invalid",
    "The access token is invalid",
    "invalid token",
    "Invalid access token.",
  ];
  for (const words of empty) {
    assert.equal(isReason(words), false, words);
    assert.equal(pointedTopic([words]), undefined, words);
  }
  const telling = [
    "no authentication required",
    "authentication required for this scope",
    "the invalid token",
    "invalid token type",
    "access denied by policy",
    "invalid expired",
  ];
  for (const words of telling) assert.equal(isReason(words), true, words);
  assert.equal(pointedTopic(["invalid or expired token", "unexpected audience"]), "audience");
});
