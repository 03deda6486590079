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

const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });

Deno.test("a key of Ed25519 signs by the name that the provider knows", async () => {
  const rows: [string[] | undefined, string][] = [
    [undefined, "EdDSA"],
    [["EdDSA"], "EdDSA"],
    [["Ed25519", "EdDSA"], "EdDSA"],
    [["Ed25519"], "Ed25519"],
    [["ES256"], "EdDSA"],
  ];
  for (const [known, alg] of rows) {
    const { key, alg: found } = await importClientKey(JSON.stringify(ed25519), known);
    assert.equal(found, alg);
    assert.equal(key.algorithm.name, "Ed25519");
  }
  assert.equal((await importClientKey(JSON.stringify({ ...ed25519, kid: 7 }), [])).kid, undefined);
});

Deno.test("a key can do what its algorithm says, and nothing else", async () => {
  const rows: [string, string, string | undefined][] = [
    ["RS256", "RSASSA-PKCS1-v1_5", "SHA-256"],
    ["RS512", "RSASSA-PKCS1-v1_5", "SHA-512"],
    ["PS384", "RSA-PSS", "SHA-384"],
  ];
  for (const [alg, name, hash] of rows) {
    const { key } = await importClientKey(pem, [alg]);
    const algorithm = key.algorithm as RsaHashedKeyAlgorithm;
    assert.deepEqual([algorithm.name, algorithm.hash.name], [name, hash]);
    assert.deepEqual(key.usages, ["sign"]);
  }
  const ec = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  assert.equal(
    (await importClientKey(JSON.stringify(ec.export({ format: "jwk" })), ["Ed25519"])).alg,
    "ES384",
  );
  const { key } = await importClientKey(JSON.stringify(ec.export({ format: "jwk" })), []);
  assert.deepEqual(key.algorithm, { name: "ECDSA", namedCurve: "P-384" });
});

const knowsP521 = await crypto.subtle
  .generateKey({ name: "ECDSA", namedCurve: "P-521" }, false, ["sign", "verify"])
  .then(() => true, () => false);

Deno.test({
  name: "a key of P-521 signs with ES512 (needs a Deno that knows the curve)",
  ignore: !knowsP521,
  async fn() {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-521" });
    const { alg } = await importClientKey(JSON.stringify(privateKey.export({ format: "jwk" })), []);
    assert.equal(alg, "ES512");
  },
});

Deno.test("a key may be written in any of the usual forms", async () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const forms = [
    rsa.export({ format: "pem", type: "pkcs1" }).toString(),
    ec.export({ format: "pem", type: "sec1" }).toString(),
    `\n  ${JSON.stringify(ec.export({ format: "jwk" }))}`,
    `a comment\n${pem}`,
  ];
  for (const text of forms) assert.equal((await importClientKey(text, [])).key.type, "private");
});

Deno.test("an algorithm that a key names and that does not exist is named", async () => {
  const unknown = [
    "none",
    "HS256",
    "RS257",
    "XRS256",
    "RS2560",
    "XPS256",
    "PS2560",
    "XES256",
    "ES2560",
  ];
  for (const alg of unknown) {
    const error = await failure(
      importClientKey(JSON.stringify({ ...rsa.export({ format: "jwk" }), alg }), undefined),
    );
    assert.equal(
      error.message,
      `Configuration error: the client key cannot be used: its algorithm ${alg} is not supported. ` +
        "Fix: set OIDC_CLIENT_KEY_FILE to a file with an unencrypted private key, PEM (PKCS#8) or JWK.",
    );
    assert.equal(error.cause, undefined, "it may quote the key");
  }
});

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
