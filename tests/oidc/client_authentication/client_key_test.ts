import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { importClientKey } from "../../../src/oidc/client_authentication/client_key.ts";
import { failure } from "../rig.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const pem = rsa.export({ format: "pem", type: "pkcs8" }).toString();

const algorithms: [string, string, string[] | undefined, string][] = [
  ["RSA in PEM", pem, undefined, "RS256"],
  [
    "RSA in a JWK that names another",
    JSON.stringify({ ...rsa.export({ format: "jwk" }), alg: "PS384", kid: "one" }),
    undefined,
    "PS384",
  ],
];
const ofRsa = ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"];
for (const [index, alg] of ofRsa.entries()) {
  algorithms.push([`RSA where only ${alg} is known`, pem, ["ES256", alg], alg]);
  algorithms.push([`RSA where ${alg} and later ones are known`, pem, ofRsa.slice(index), alg]);
}
for (const [curve, alg] of [["P-256", "ES256"], ["P-384", "ES384"]]) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
  algorithms.push([
    curve,
    privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    undefined,
    alg,
  ]);
}
for (const [name, text, known, alg] of algorithms) {
  Deno.test(`the algorithm of a client key: ${name}`, async () => {
    const key = await importClientKey(text, known);
    assert.equal(key.alg, alg);
    assert.equal(key.key.extractable, false);
    assert.equal(key.kid, name.includes("names another") ? "one" : undefined);
  });
}

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const unusable: [string, string, RegExp][] = [
  ["encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nabc\n", /it is encrypted/],
  ["a public key", JSON.stringify(publicKey.export({ format: "jwk" })), /not a private key/],
  ["a certificate", "-----BEGIN CERTIFICATE-----\nabc\n", /neither a PEM private key nor a JWK/],
  ["half a JWK", '{"kty":"RSA","d":"c2VjcmV0', /cannot be used/],
  ["another kind", '{"kty":"OKP","crv":"X25519","d":"c2VjcmV0","x":"eA"}', /OKP, X25519/],
];
for (const [name, text, message] of unusable) {
  Deno.test(`a client key that cannot be used: ${name}`, async () => {
    const error = await failure(importClientKey(text, undefined));
    assert.equal(error.reason, "client_key");
    assert.match(error.message, message);
    assert.ok(!error.message.includes("c2VjcmV0"));
  });
}
