import type { ClientAuth } from "../oauth_types.ts";
import { presentAssertion, type Presentation } from "./present_assertion.ts";

/**
 * Authenticates the client by the JWT that its platform gave it, as federated credentials have it
 * (RFC 7523 section 2.2). It is read anew for each request.
 */
export function authenticateByAssertion(
  { signal, ...connection }: Presentation & { signal: AbortSignal },
): ClientAuth {
  return async (_server, client, body) => {
    const { token } = await presentAssertion(connection, signal);
    body.set("client_id", client.client_id);
    body.set("client_assertion", token);
    body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  };
}
