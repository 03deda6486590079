/**
 * A new key to bind tokens to (RFC 9449), as it is stored beside them. It has to outlive the
 * process, so it is extractable once, here; in use it is not.
 */
export async function generateDpopKey(): Promise<JsonWebKey> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
  ]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return { kty, crv, x, y, d };
}

/** The key pair of a stored key; its private half cannot be read out again. */
export async function importDpopKey(jwk: JsonWebKey): Promise<CryptoKeyPair> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { d: _, ...open } = jwk;
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]),
    crypto.subtle.importKey("jwk", open, algorithm, true, ["verify"]),
  ]);
  return { privateKey, publicKey };
}
