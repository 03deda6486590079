import {
  clientCredentialsGrantRequest,
  processClientCredentialsResponse,
} from "@panva/oauth4webapi";
import type { Credential } from "../../base/credential.ts";
import { generateDpopKey } from "../dpop/dpop_key.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { providerError } from "../provider_error.ts";
import { requestTokens } from "../tokens/request_tokens.ts";
import { personalScopes } from "./personal_scopes.ts";
import { requestedScope } from "./requested_scope.ts";

/** The client credentials grant (RFC 6749 section 4.4): the program signs in as itself. */
export async function signInAsClient(
  connection: ProviderConnection,
  signal: AbortSignal,
): Promise<Credential> {
  const { server, client, authenticate, options } = connection;
  const { issuer } = server;
  const scope = requestedScope(options.scopes.filter((scope) => !personalScopes.includes(scope)));
  try {
    return await requestTokens(connection, {
      dpopKey: options.dpop ? await generateDpopKey() : undefined,
      signal,
      send: ({ additionalParameters, ...rest }) => {
        const parameters = new URLSearchParams(additionalParameters as Record<string, string>);
        if (scope !== undefined) parameters.set("scope", scope);
        if (options.audience !== undefined) parameters.set("audience", options.audience);
        return clientCredentialsGrantRequest(server, client, authenticate, parameters, rest);
      },
      process: (server, response) => processClientCredentialsResponse(server, client, response),
    });
  } catch (error) {
    throw await providerError(error, {
      step: "the client credentials request",
      issuer,
      method: connection.method,
      requested: connection.options,
    });
  }
}
