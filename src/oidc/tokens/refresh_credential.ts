import { processRefreshTokenResponse, refreshTokenGrantRequest } from "@panva/oauth4webapi";
import type { Credential } from "../../base/credential.ts";
import { asProxyError, ProxyError } from "../../base/errors.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { RefreshError } from "../../base/refresh_error.ts";
import { readRefreshAnswer, type RefreshAnswer, refreshTokenFate } from "./refresh_token_fate.ts";
import { requestTokens } from "./request_tokens.ts";

/**
 * Trades the refresh token for a new credential (RFC 6749 section 6). What the answer leaves out,
 * the refresh token first of all, stays as it was. That a new ID token is about the same person is
 * for whoever stores it to check, and to act on (OpenID Connect Core section 12.2).
 *
 * @throws {RefreshError} with what has become of the refresh token
 */
export async function refreshCredential(
  connection: ProviderConnection,
  old: Credential,
  signal: AbortSignal,
): Promise<Credential> {
  const { client, authenticate } = connection;
  const { issuer } = connection.server;
  const { refreshToken, idToken, claims, scope } = old;
  if (refreshToken === undefined) {
    throw new ProxyError({
      category: "Authentication error",
      what: `${issuer} gave no refresh token`,
      fix: "sign in again",
      reason: "no_refresh_token",
    });
  }
  let answer: RefreshAnswer | undefined;
  try {
    const renewed = await requestTokens(connection, {
      dpopKey: old.dpopKey,
      // The refresh token is spent by then: without the answer, the person would be signed out.
      allowUnavailableJwks: true,
      maySpend: true,
      signal,
      send: async (options) => {
        answer = undefined;
        const { server } = connection;
        const response = await refreshTokenGrantRequest(
          server,
          client,
          authenticate,
          refreshToken,
          options,
        );
        answer = await readRefreshAnswer(response);
        return response;
      },
      process: (server, response) => processRefreshTokenResponse(server, client, response),
    });
    return {
      refreshToken,
      ...(idToken !== undefined && { idToken }),
      ...(claims !== undefined && { claims }),
      ...(scope !== undefined && { scope }),
      ...renewed,
    };
  } catch (error) {
    if (error instanceof ProxyError && error.reason === "no_id_token") {
      throw new ProxyError({
        category: "Authentication error",
        what: `${issuer} renews without a new ID token, which is what the backend is shown`,
        fix: "sign in again",
        reason: "invalid_grant",
      });
    }
    const cause = await providerError(error, {
      step: "the refresh request",
      issuer,
      method: connection.method,
      requested: connection.options,
    });
    // An answer that has come counts even when the program was told to end while it was checked.
    if (!(cause instanceof ProxyError) && answer === undefined) throw cause;
    const told = asProxyError(cause);
    const fate = refreshTokenFate(told, answer);
    const replacement = fate === "replaced" ? String(answer?.members?.refresh_token) : undefined;
    throw new RefreshError(told, { fate, replacement });
  }
}
