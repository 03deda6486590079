import {
  customFetch,
  processRevocationResponse,
  ResponseBodyError,
  revocationRequest,
} from "@panva/oauth4webapi";
import type { Credential } from "../../base/credential.ts";
import { asProxyError, ProxyError } from "../../base/errors.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { createProviderFetch } from "../provider_fetch.ts";

/** What became of a token: worthless now, or as good as before; `none` when there was none. */
export type TokenFate = "revoked" | "kept" | "none";

/** What a provider made worthless. */
export interface Revocation {
  /** The refresh token. */
  refreshToken: TokenFate;
  /** The token that the backend is shown. */
  accessToken: TokenFate;
  /** Why a token was kept, when that is not only because the provider cannot revoke such tokens. */
  error?: ProxyError;
}

/** What is left when a provider is not asked at all. */
export function nothingRevoked({ refreshToken }: Credential): Revocation {
  return { refreshToken: refreshToken === undefined ? "none" : "kept", accessToken: "kept" };
}

/**
 * Revokes a credential at the provider (RFC 7009): the refresh token, with which providers end the
 * whole grant, then the access token, which those that issue JWTs often cannot take back.
 */
export async function revokeCredential(
  connection: ProviderConnection,
  credential: Credential,
  signal: AbortSignal,
): Promise<Revocation> {
  const revocation = nothingRevoked(credential);
  try {
    if (!await connection.lookFor("revocation_endpoint", signal)) return revocation;
  } catch (error) {
    // It names one, but not one that may be told a token.
    if (!(error instanceof ProxyError) || error.reason !== "unsafe_endpoint") throw error;
    return { ...revocation, error };
  }
  const { server, client, authenticate, options, now } = connection;
  // A body in an answer with 200 says nothing, not even that it is an error (RFC 7009 section 2.2).
  const fetch = createProviderFetch({
    fetch: options.fetch,
    log: options.log,
    now,
    asTheyCome: true,
  });
  const revoke = async (hint: "refresh_token" | "access_token", token: string) => {
    const response = await revocationRequest(server, client, authenticate, token, {
      ...connection.request(signal),
      [customFetch]: fetch,
      additionalParameters: { token_type_hint: hint },
    });
    if (response.ok) return true;
    try {
      await processRevocationResponse(response);
      return true;
    } catch (error) {
      const code = error instanceof ResponseBodyError ? error.error : undefined;
      // Nothing can be worth less than a token that the provider does not know.
      if (code === "invalid_token" || code === "invalid_grant") return true;
      if (code === "unsupported_token_type") return false;
      throw error;
    }
  };
  const { refreshToken, accessToken, idToken } = credential;
  const tokens = [
    ["refreshToken", "refresh_token", refreshToken],
    // An ID token is shown to the backend instead: nobody can take that back.
    ["accessToken", "access_token", accessToken === idToken ? undefined : accessToken],
  ] as const;
  for (const [name, hint, token] of tokens) {
    if (token === undefined) continue;
    try {
      if (await revoke(hint, token)) revocation[name] = "revoked";
    } catch (error) {
      revocation.error ??= asProxyError(
        await providerError(error, {
          step: "the revocation request",
          issuer: server.issuer,
          method: connection.method,
        }),
      );
      // Nobody is there: the next request would wait as long as this one.
      if (revocation.error.transient || signal.aborted) break;
    }
  }
  return revocation;
}
