import {
  authorizationCodeGrantRequest,
  processAuthorizationCodeResponse,
  validateAuthResponse,
  validateJwtAuthResponse,
} from "@panva/oauth4webapi";
import type { Credential, PendingAuthorization } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import { requestedScope } from "./requested_scope.ts";
import { unverifiedClaims } from "../discovery/issuer_template.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { requestTokens } from "../tokens/request_tokens.ts";

/** What {@linkcode exchangeCode} redeems. */
export interface CodeExchange {
  /** The authorization request that was made. */
  pending: PendingAuthorization;
  /** What came back to the redirect URL. */
  parameters: URLSearchParams;
  /** Called when the response is found to be good, before its code is redeemed. */
  onRedeem?(): Promise<void>;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * Checks the authorization response (`state`, `iss`, `error`, a JWT's signature), redeems its code
 * with the PKCE verifier and validates what comes back, the ID token's nonce included.
 */
export async function exchangeCode(
  connection: ProviderConnection,
  { pending, parameters, onRedeem, signal }: CodeExchange,
): Promise<Credential> {
  const { server, client, authenticate, options } = connection;
  const { issuer } = server;
  let step = "the authorization request";
  try {
    const checked = parameters.has("response")
      ? await validateJwtAuthResponse(
        server,
        client,
        parameters,
        pending.state,
        connection.request(signal),
      )
      : validateAuthResponse(server, client, parameters, pending.state);
    if (options.authorizationParameters?.response_mode?.endsWith("jwt")) {
      requireJwtResponse(parameters);
    }
    await onRedeem?.();
    step = "the code exchange";
    const credential = await requestTokens(connection, {
      dpopKey: pending.dpopKey,
      signal,
      send: (options) =>
        authorizationCodeGrantRequest(
          server,
          client,
          authenticate,
          checked,
          pending.redirectUrl,
          pending.codeVerifier,
          options,
        ),
      process: (server, response, idToken) =>
        processAuthorizationCodeResponse(
          server,
          client,
          response,
          idToken !== undefined && pending.nonce ? { expectedNonce: pending.nonce } : {},
        ),
    });
    if (credential.idToken === undefined && pending.nonce) {
      connection.warnOnce(`${issuer} gave no ID token: who signed in is not known, the rest works`);
    }
    // An answer that names no scope grants what was asked for (RFC 6749 section 5.1).
    return { scope: requestedScope(options.scopes), ...credential };
  } catch (error) {
    throw await providerError(error, {
      step,
      issuer,
      method: connection.method,
      requested: connection.options,
    });
  }
}

/** The `state` of an authorization response, of a JWT-secured one too; not verified yet. */
export function stateOf(parameters: URLSearchParams): string {
  const response = parameters.get("response");
  const state = response ? unverifiedClaims(response).state : parameters.get("state");
  return typeof state === "string" ? state : "";
}

/** What was asked for as a JWT must not be accepted without its signature. */
function requireJwtResponse(parameters: URLSearchParams): void {
  if (parameters.has("response")) return;
  throw new ProxyError({
    category: "Authentication error",
    what: "the authorization response is not the signed JWT that was asked for",
    fix: "allow JARM for the client at the provider, or leave response_mode out",
    reason: "unsigned_response",
  });
}
