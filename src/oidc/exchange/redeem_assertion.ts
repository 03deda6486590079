import {
  genericTokenEndpointRequest,
  processGenericTokenEndpointResponse,
} from "@panva/oauth4webapi";
import type { Credential } from "../../base/credential.ts";
import { asProxyError, ProxyError } from "../../base/errors.ts";
import { requestedScope } from "../flows/requested_scope.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { isFinal } from "./is_final.ts";
import { providerError } from "../provider_error.ts";
import { requestTokens } from "../tokens/request_tokens.ts";

/** What {@linkcode redeemAssertion} sends. */
export interface AssertionGrant {
  /** The JWT. */
  assertion: string;
  /** The scopes to ask for. */
  scopes: readonly string[];
  /** The audience parameter of providers that have one. */
  audience?: string;
  /** What else the request says. */
  parameters?: Readonly<Record<string, string>>;
  /** The key that the token is to be bound to. */
  dpopKey: JsonWebKey | undefined;
  /** What it is called in messages: `the workload's JWT`. */
  step: string;
  /** Ends the wait. */
  signal: AbortSignal;
}

/** `grant_type` of RFC 7523 section 2.1. */
const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/**
 * Presents a JWT as the grant itself (RFC 7523 section 2.1). One request; a refusal of it is final.
 *
 * @throws {ProxyError} with the provider's code as its reason
 */
export async function redeemAssertion(
  connection: ProviderConnection,
  { assertion, scopes, audience, parameters: more = {}, dpopKey, step, signal }: AssertionGrant,
): Promise<Credential> {
  const { client, authenticate, server: { issuer } } = connection;
  const scope = requestedScope(scopes);
  try {
    return await requestTokens(connection, {
      dpopKey,
      signal,
      send: ({ additionalParameters, ...rest }) => {
        const parameters = new URLSearchParams(additionalParameters as Record<string, string>);
        parameters.set("assertion", assertion);
        if (scope !== undefined) parameters.set("scope", scope);
        if (audience !== undefined) parameters.set("audience", audience);
        for (const [name, value] of Object.entries(more)) parameters.set(name, value);
        return genericTokenEndpointRequest(
          connection.server,
          client,
          authenticate,
          jwtBearer,
          parameters,
          rest,
        );
      },
      process: (server, response) => processGenericTokenEndpointResponse(server, client, response),
    });
  } catch (error) {
    const told = asProxyError(
      await providerError(error, {
        step,
        issuer,
        method: connection.method,
        requested: { scopes, resource: connection.options.resource },
      }),
    );
    signal.throwIfAborted();
    throw new ProxyError({ ...told, final: isFinal(told), cause: told.cause ?? error });
  }
}
