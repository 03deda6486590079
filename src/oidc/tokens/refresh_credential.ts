import { processRefreshTokenResponse, refreshTokenGrantRequest } from "@panva/oauth4webapi";
import type { Credential } from "../../credential.ts";
import { ProxyError } from "../../errors.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { checkIdToken } from "./check_id_token.ts";
import { tokenCredential } from "./token_credential.ts";

/**
 * Trades the refresh token for a new credential (RFC 6749 section 6). What the answer leaves out,
 * the refresh token first of all, stays as it was; a new ID token must be about the same person
 * (OpenID Connect Core section 12.2).
 */
export async function refreshCredential(
  connection: ProviderConnection,
  old: Credential,
  signal: AbortSignal,
): Promise<Credential> {
  const { server, client, authenticate, now } = connection;
  const issuer = server.issuer;
  if (old.refreshToken === undefined) {
    throw new ProxyError({
      category: "Authentication error",
      what: `${issuer} gave no refresh token`,
      todo: "sign in again",
      reason: "no_refresh_token",
    });
  }
  try {
    const response = await refreshTokenGrantRequest(
      server,
      client,
      authenticate,
      old.refreshToken,
      connection.request(signal),
    );
    const receivedAt = now();
    const tokens = await processRefreshTokenResponse(server, client, response);
    await checkIdToken(tokens, { connection, response, signal });
    const renewed = tokenCredential(tokens, { issuer, receivedAt });
    if (renewed.claims && old.claims && renewed.claims.sub !== old.claims.sub) {
      throw new ProxyError({
        category: "Authentication error",
        what: `${issuer} renewed the credential for another person (sub ${
          JSON.stringify(renewed.claims.sub)
        } instead of ${JSON.stringify(old.claims.sub)})`,
        todo: "sign in again",
        reason: "subject_changed",
      });
    }
    const { refreshToken, idToken, claims, scope } = old;
    return {
      refreshToken,
      ...(idToken !== undefined && { idToken }),
      ...(claims !== undefined && { claims }),
      ...(scope !== undefined && { scope }),
      ...renewed,
    };
  } catch (error) {
    throw await providerError(error, { step: "the refresh request", issuer });
  }
}
