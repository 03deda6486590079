import {
  authorizationCodeGrantRequest,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from "@panva/oauth4webapi";
import type { Credential, PendingAuthorization } from "../../credential.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { checkIdToken } from "../tokens/check_id_token.ts";
import { hasIdToken } from "../tokens/has_id_token.ts";
import { tokenCredential } from "../tokens/token_credential.ts";

/** What {@linkcode exchangeCode} redeems. */
export interface CodeExchange {
  /** The authorization request that was made. */
  pending: PendingAuthorization;
  /** What came back to the redirect URL. */
  parameters: URLSearchParams;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * Checks the authorization response (`state`, `iss`, `error`), redeems its code with the PKCE
 * verifier and validates what comes back, the ID token's signature and nonce included.
 */
export async function exchangeCode(
  connection: ProviderConnection,
  { pending, parameters, signal }: CodeExchange,
): Promise<Credential> {
  const { server, client, authenticate, now } = connection;
  const issuer = server.issuer;
  let step = "the authorization request";
  try {
    const checked = validateAuthResponse(server, client, parameters, pending.state);
    step = "the code exchange";
    const response = await authorizationCodeGrantRequest(
      server,
      client,
      authenticate,
      checked,
      pending.redirectUrl,
      pending.codeVerifier,
      connection.request(signal),
    );
    const receivedAt = now();
    const tokens = await processAuthorizationCodeResponse(
      server,
      client,
      response,
      await hasIdToken(response) ? { expectedNonce: pending.nonce } : {},
    );
    if (tokens.id_token === undefined) connection.warnNoIdToken();
    await checkIdToken(tokens, { connection, response, signal });
    return tokenCredential(tokens, { issuer, receivedAt });
  } catch (error) {
    throw await providerError(error, { step, issuer });
  }
}
