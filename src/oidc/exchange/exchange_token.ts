import {
  genericTokenEndpointRequest,
  processGenericTokenEndpointResponse,
} from "@panva/oauth4webapi";
import type { Credential } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import { requestedScope } from "../flows/requested_scope.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { requestTokens } from "../tokens/request_tokens.ts";
import { exchangeError } from "./exchange_error.ts";
import { type TokenType, tokenTypeUri } from "./token_types.ts";

/** What {@linkcode exchangeToken} sends. */
export interface TokenExchange {
  /** Who it is about. */
  subject: SubjectToken;
  /** What is wanted of it; an access token when absent. */
  requested?: TokenType;
  /** Whom the new token is for, as the provider calls it. */
  audience?: string;
  /** The resource indicator (RFC 8707). */
  resource?: string;
  /** The scopes to ask for. */
  scopes: readonly string[];
  /** The key that the new token is to be bound to. */
  dpopKey: JsonWebKey | undefined;
  /** Ends the wait. */
  signal: AbortSignal;
}

/** The token that an exchange begins with. */
export interface SubjectToken {
  /** The token. */
  token: string;
  /** What it is. */
  type: TokenType;
}

const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

/**
 * Exchanges a token for another one at the provider that gave it (RFC 8693 section 2).
 *
 * @throws {ProxyError} that says what whoever administers the provider has to do
 */
export async function exchangeToken(
  connection: ProviderConnection,
  exchange: TokenExchange,
): Promise<Credential> {
  const { client, authenticate, server: { issuer } } = connection;
  const { subject, requested, audience, resource, scopes, dpopKey, signal } = exchange;
  const scope = requestedScope(scopes);
  let issuedType: unknown;
  try {
    const issued = await requestTokens(connection, {
      dpopKey,
      signal,
      send: ({ additionalParameters, ...rest }) => {
        const parameters = new URLSearchParams(additionalParameters as Record<string, string>);
        // What the sign-in asked for is not what is asked for now.
        parameters.delete("resource");
        const wanted = {
          subject_token: subject.token,
          subject_token_type: tokenTypeUri(subject.type),
          requested_token_type: tokenTypeUri(requested ?? "access_token"),
          audience,
          resource,
          scope,
        };
        for (const [name, value] of Object.entries(wanted)) {
          // Auth0 wants types of the company's own, which are given as parameters of every request.
          if (value !== undefined && !parameters.has(name)) parameters.set(name, value);
        }
        return genericTokenEndpointRequest(
          connection.server,
          client,
          authenticate,
          tokenExchange,
          parameters,
          rest,
        );
      },
      process: async (server, response) => {
        const tokens = await processGenericTokenEndpointResponse(server, client, response, {
          // What is no access token has none (RFC 8693 section 2.2.1).
          recognizedTokenTypes: { n_a: () => {} },
        });
        issuedType = tokens.issued_token_type;
        return tokens;
      },
    });
    if (requested && issuedType !== tokenTypeUri(requested)) {
      throw new ProxyError({
        category: "Authentication error",
        what: `${issuer} was asked for an ${requested} and gave ${
          excerpt(JSON.stringify(issuedType) ?? "something that it does not name")
        }`,
        fix: "ask the provider's administrator whether it can give ID-JAGs",
        reason: "invalid_response",
      });
    }
    return issued;
  } catch (error) {
    signal.throwIfAborted();
    const told = await providerError(error, {
      step: "the token exchange",
      issuer,
      method: connection.method,
    });
    throw exchangeError(told, { issuer, clientId: connection.client.client_id, ...exchange });
  }
}
