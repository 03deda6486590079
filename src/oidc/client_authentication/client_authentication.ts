import { ClientSecretBasic, ClientSecretPost, None } from "@panva/oauth4webapi";
import type { AuthorizationServer, ClientAuth } from "../oauth_types.ts";
import { ProxyError } from "../../errors.ts";

/** What decides how we authenticate at the provider. */
export interface ClientAuthenticationOptions {
  /** The provider's metadata. */
  server: AuthorizationServer;
  /** The secret of a confidential client. */
  clientSecret: string | undefined;
}

/** The client authentication (OpenID Connect Core section 9) that the provider and we both know. */
export function clientAuthentication(
  { server, clientSecret }: ClientAuthenticationOptions,
): ClientAuth {
  if (clientSecret === undefined) return None();
  // The default is OpenID Connect Discovery section 3's.
  const offered = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  if (offered.includes("client_secret_basic")) return ClientSecretBasic(clientSecret);
  if (offered.includes("client_secret_post")) return ClientSecretPost(clientSecret);
  throw new ProxyError({
    category: "Configuration error",
    what: `a client secret is set, but ${server.issuer} knows only ${offered.join(", ") || "none"}`,
    todo: "leave OIDC_CLIENT_SECRET out, or allow client_secret_basic for the client",
    reason: "client_authentication",
  });
}
