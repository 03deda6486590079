import assert from "node:assert/strict";
import { generateDpopKey, importDpopKey } from "../../../src/oidc/dpop/dpop_key.ts";

const algorithm = { name: "ECDSA", hash: "SHA-256" };
const message = new TextEncoder().encode("proof");

Deno.test("a new key is a private one on P-256, another each time, and nothing besides", async () => {
  const [one, other] = [await generateDpopKey(), await generateDpopKey()];
  assert.deepEqual(Object.keys(one).sort(), ["crv", "d", "kty", "x", "y"]);
  assert.deepEqual([one.kty, one.crv], ["EC", "P-256"]);
  for (const member of [one.x, one.y, one.d]) assert.match(member!, /^[\w-]{43}$/);
  assert.notEqual(one.d, other.d);
});

Deno.test("the two halves of a stored key belong together, and the private one stays inside", async () => {
  const stored = await generateDpopKey();
  const { privateKey, publicKey } = await importDpopKey(stored);
  const signature = await crypto.subtle.sign(algorithm, privateKey, message);
  assert.ok(await crypto.subtle.verify(algorithm, publicKey, signature, message));
  assert.deepEqual([privateKey.type, privateKey.extractable, privateKey.usages], [
    "private",
    false,
    ["sign"],
  ]);
  assert.deepEqual([publicKey.type, publicKey.usages], ["public", ["verify"]]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", publicKey);
  assert.deepEqual({ kty, crv, x, y, d }, {
    kty: stored.kty,
    crv: stored.crv,
    x: stored.x,
    y: stored.y,
    d: undefined,
  });
});
