import { generateProof } from "dpop";
import { importDpopKey } from "./dpop_key.ts";

/** One request that a proof is for. */
export interface ProvenRequest {
  /** The HTTP method. */
  method: string;
  /** The URL. */
  url: URL;
  /** The access token that goes with it. */
  accessToken: string;
}

/** Proves to a backend that we hold the key that an access token is bound to. */
export interface DpopProver {
  /** The `DPoP` header field (RFC 9449 section 4.2) for one request, `ath` and nonce included. */
  proof(request: ProvenRequest): Promise<string>;
  /** Takes note of the nonce that an answer gives for the next proof (RFC 9449 section 9). */
  answered(url: URL, headers: Headers): void;
}

/** A prover with the key of a credential. */
export async function createDpopProver(key: JsonWebKey): Promise<DpopProver> {
  const keys = await importDpopKey(key);
  const nonces = new Map<string, string>();
  return {
    proof({ method, url, accessToken }) {
      // RFC 9449 section 4.2: `htu` is without query and fragment.
      const address = url.origin + url.pathname;
      return generateProof(keys, address, method, nonces.get(url.origin), accessToken);
    },
    answered(url, headers) {
      const nonce = headers.get("dpop-nonce");
      if (nonce) nonces.set(url.origin, nonce);
    },
  };
}

/** Whether a challenge only asks for a proof with the nonce that it brings. */
export function asksForDpopNonce(headers: Headers): boolean {
  return headers.has("dpop-nonce") &&
    /\bdpop\b.*\berror="?use_dpop_nonce\b/i.test(headers.get("www-authenticate") ?? "");
}
