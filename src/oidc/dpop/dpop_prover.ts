import {
  allowInsecureRequests,
  customFetch,
  DPoP,
  protectedResourceRequest,
} from "@panva/oauth4webapi";
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
  const handle = DPoP({}, await importDpopKey(key));
  const nonces = new Map<string, string>();

  // The bridge sends its requests itself: here the library only makes the proof, and is told the
  // nonce as if an answer had brought it.
  const prove = async ({ method, url, accessToken }: ProvenRequest, nonce?: string) => {
    let proof = "";
    await protectedResourceRequest(accessToken, method, url, undefined, undefined, {
      DPoP: handle,
      [allowInsecureRequests]: true,
      [customFetch]: (_url, { headers }) => {
        proof = headers.dpop;
        return Promise.resolve(
          new Response(null, nonce === undefined ? {} : { headers: { "dpop-nonce": nonce } }),
        );
      },
    });
    return proof;
  };

  return {
    async proof(request) {
      const nonce = nonces.get(request.url.origin);
      if (nonce !== undefined) {
        nonces.delete(request.url.origin);
        await prove(request, nonce);
      }
      return await prove(request);
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
