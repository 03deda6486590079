import {
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
} from "@panva/oauth4webapi";
import type { PendingAuthorization } from "../../credential.ts";
import type { ProviderConnection } from "../provider_connection.ts";

/** What an authorization request asks for. */
export interface AuthorizationRequestOptions {
  /** The redirect URL, with the port that is really listened on. */
  redirectUrl: string;
  /** The scopes. */
  scopes: readonly string[];
  /** When the person has waited too long, in milliseconds since the epoch. */
  expiresAt: number;
}

/**
 * A new authorization request (RFC 6749 section 4.1.1) with PKCE S256, `state` and, because OpenID
 * Connect is asked for, `nonce`. What the authorization endpoint's own query says is kept.
 */
export async function authorizationRequest(
  { server, client, now }: ProviderConnection,
  { redirectUrl, scopes, expiresAt }: AuthorizationRequestOptions,
): Promise<PendingAuthorization> {
  const state = generateRandomState();
  const nonce = generateRandomNonce();
  const codeVerifier = generateRandomCodeVerifier();
  const url = new URL(server.authorization_endpoint!);
  const parameters = {
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirectUrl,
    scope: scopes.join(" "),
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return {
    authorizationUrl: url.href,
    redirectUrl,
    state,
    nonce,
    codeVerifier,
    startedAt: now(),
    expiresAt,
  };
}
