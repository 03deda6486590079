/**
 * A connection to a provider as {@linkcode connectProvider} makes it, whose token endpoint is a
 * function of the test.
 *
 * @module
 */
import type { OidcClientOptions } from "../../src/oidc/client_options.ts";
import { connectProvider, type ProviderConnection } from "../../src/oidc/provider_connection.ts";
import { silentLog } from "../../src/cli/doctor/silent_log.ts";
import { type Answer, createNetwork, type Network, type Sent } from "./network.ts";

/** The issuer of that provider. */
export const issuer = "https://auth.test";

/** A good answer of a token endpoint. */
export const tokens = { access_token: "new", token_type: "Bearer", expires_in: 60 };

/** A refusal of a token endpoint. */
export function refusal(error: string, status = 400): Response {
  return Response.json({ error, error_description: "no" }, { status });
}

/** A connection, and what was asked of the endpoints of its provider. */
export async function createConnection(
  options: Partial<OidcClientOptions>,
  { answer = () => tokens, metadata = {} }: {
    answer?(sent: Sent): Answer | Promise<Answer>;
    metadata?: Record<string, unknown>;
  } = {},
): Promise<{ connection: ProviderConnection; network: Network }> {
  const network = createNetwork((sent) => {
    if (sent.url.origin !== issuer) return answer(sent);
    if (sent.url.pathname === "/.well-known/openid-configuration") {
      return {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        ...metadata,
      };
    }
    return sent.url.pathname.startsWith("/.well-known/") ? undefined : answer(sent);
  });
  const connection = await connectProvider({
    issuerUrl: new URL(issuer),
    clientId: "client",
    scopes: ["openid", "tools"],
    redirectUrls: [],
    loginTimeout: 0,
    log: silentLog,
    fetch: network.fetch,
    ...options,
  }, { signal: new AbortController().signal, maxAge: 0 });
  network.sent.length = 0;
  return { connection, network };
}
