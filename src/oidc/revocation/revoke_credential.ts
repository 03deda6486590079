import {
  processRevocationResponse,
  ResponseBodyError,
  revocationRequest,
} from "@panva/oauth4webapi";
import type { Credential } from "../../credential.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";

/** What a provider made worthless: nothing at all, the refresh token only, or the access token too. */
export type Revocation = "nothing" | "refresh token" | "everything";

/**
 * Revokes a credential at the provider (RFC 7009): the refresh token, with which providers end the
 * whole grant, then the access token, which those that issue JWTs often cannot take back.
 *
 * @throws {ProxyError} when the provider cannot be reached or refuses
 */
export async function revokeCredential(
  connection: ProviderConnection,
  credential: Credential,
  signal: AbortSignal,
): Promise<Revocation> {
  const { server, client, authenticate } = connection;
  if (!server.revocation_endpoint) return "nothing";
  const revoke = async (hint: "refresh_token" | "access_token", token: string) => {
    const response = await revocationRequest(server, client, authenticate, token, {
      ...connection.request(signal),
      additionalParameters: { token_type_hint: hint },
    });
    try {
      await processRevocationResponse(response);
      return true;
    } catch (error) {
      if (error instanceof ResponseBodyError && error.error === "unsupported_token_type") {
        return false;
      }
      throw error;
    }
  };
  try {
    const { refreshToken, accessToken, idToken } = credential;
    const refresh = refreshToken !== undefined && await revoke("refresh_token", refreshToken);
    // An ID token is shown to the backend instead: nobody can take that back.
    const isIdToken = accessToken === idToken;
    if (!isIdToken && await revoke("access_token", accessToken)) return "everything";
    return refresh ? "refresh token" : "nothing";
  } catch (error) {
    throw await providerError(error, {
      step: "the revocation request",
      issuer: server.issuer,
      method: connection.method,
    });
  }
}
