import { describe, ProxyError } from "../../base/errors.ts";

/** A private key that can sign client assertions. */
export interface ClientKey {
  /** The key, not extractable. */
  key: CryptoKey;
  /** Its id, when the file names one. */
  kid: string | undefined;
  /** The algorithm, as the assertion's header names it. */
  alg: string;
}

const curves: Readonly<Record<string, string>> = {
  "P-256": "ES256",
  "P-384": "ES384",
  "P-521": "ES512",
  Ed25519: "EdDSA",
};

/**
 * A private key from the text of a file: PEM (PKCS#8) or a JWK. The algorithm is the key's own:
 * the one a JWK names, that of its curve, else RS256 or what else the provider knows for RSA.
 *
 * @throws {ProxyError} `client_key`
 */
export async function importClientKey(
  text: string,
  algorithms: readonly string[] | undefined,
): Promise<ClientKey> {
  try {
    const jwk = text.trimStart().startsWith("{") ? JSON.parse(text) : await jwkOfPem(text);
    if (typeof jwk.d !== "string") throw new Error("it is not a private key");
    const alg = algorithmOf(jwk, algorithms);
    const { kty, crv, d, n, e, p, q, dp, dq, qi, x, y } = jwk;
    const key = await crypto.subtle.importKey(
      "jwk",
      { kty, crv, d, n, e, p, q, dp, dq, qi, x, y },
      webAlgorithm(alg, crv),
      false,
      ["sign"],
    );
    return { key, kid: typeof jwk.kid === "string" ? jwk.kid : undefined, alg };
  } catch (error) {
    throw new ProxyError({
      category: "Configuration error",
      what: `the client key cannot be used: ${describe(error)}`,
      fix:
        "set OIDC_CLIENT_KEY_FILE to a file with an unencrypted private key, PEM (PKCS#8) or JWK",
      reason: "client_key",
      // Not the cause: its message may quote the key.
    });
  }
}

// deno-lint-ignore no-explicit-any -- a JWK of unknown kind is looked at member by member
async function jwkOfPem(pem: string): Promise<any> {
  if (!/-----BEGIN (EC |RSA )?PRIVATE KEY-----/.test(pem)) {
    throw new Error(
      /ENCRYPTED/.test(pem) ? "it is encrypted" : "it is neither a PEM private key nor a JWK",
    );
  }
  const { createPrivateKey } = await import("node:crypto");
  return createPrivateKey(pem).export({ format: "jwk" });
}

function algorithmOf(
  jwk: { alg?: unknown; kty?: unknown; crv?: unknown },
  algorithms: readonly string[] | undefined,
): string {
  if (typeof jwk.alg === "string") return jwk.alg;
  if (jwk.kty === "RSA") {
    return ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"]
      .find((alg) => algorithms?.includes(alg)) ?? "RS256";
  }
  const alg = curves[String(jwk.crv)];
  if (!alg) throw new Error(`its kind (${jwk.kty}, ${jwk.crv}) is not supported`);
  const exact = alg === "EdDSA" && !algorithms?.includes("EdDSA") &&
    algorithms?.includes("Ed25519");
  return exact ? "Ed25519" : alg;
}

function webAlgorithm(alg: string, crv: unknown): RsaHashedImportParams | EcKeyImportParams {
  const hash = `SHA-${alg.slice(2)}`;
  if (/^RS(256|384|512)$/.test(alg)) return { name: "RSASSA-PKCS1-v1_5", hash };
  if (/^PS(256|384|512)$/.test(alg)) return { name: "RSA-PSS", hash };
  if (/^ES(256|384|512)$/.test(alg)) return { name: "ECDSA", namedCurve: String(crv) };
  if (alg === "EdDSA" || alg === "Ed25519") return { name: "Ed25519", namedCurve: "Ed25519" };
  throw new Error(`its algorithm ${alg} is not supported`);
}
