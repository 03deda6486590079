import { allowInsecureRequests, customFetch } from "@panva/oauth4webapi";
import type {
  AuthorizationServer,
  Client,
  ClientAuth,
  JWKSCacheInput,
  TokenEndpointRequestOptions,
  ValidateSignatureOptions,
} from "./oauth_types.ts";
import { clientAuthentication } from "./client_authentication/client_authentication.ts";
import { discoverProvider } from "./discovery/discover_provider.ts";
import type { OidcClientOptions } from "./oidc_client.ts";
import { createProviderFetch, type Fetch } from "./provider_fetch.ts";

/** One provider as our OIDC client sees it: everything that a request to it needs. */
export interface ProviderConnection {
  /** The provider's metadata, checked. */
  server: AuthorizationServer;
  /** The provider's signing keys, once they were needed. */
  keys: JWKSCacheInput;
  /** What we are to it. */
  client: Client;
  /** Authenticates us at its endpoints. */
  authenticate: ClientAuth;
  /** The options of one request of `oauth4webapi`. */
  request(signal: AbortSignal): TokenEndpointRequestOptions & ValidateSignatureOptions;
  /** Says, once, that the provider gave no ID token although `openid` was asked for. */
  warnNoIdToken(): void;
  /** The present, in milliseconds since the epoch. */
  now(): number;
}

/** Learns what there is to know of the provider and prepares to talk to it. */
export async function connectProvider(
  options: OidcClientOptions,
  signal: AbortSignal,
): Promise<ProviderConnection> {
  const { issuerUrl, clientId, clientSecret, log, now = Date.now } = options;
  const fetch = createProviderFetch({ fetch: options.fetch, log, now });
  log.debug(`asking ${issuerUrl.href} for its metadata`);
  const server = await discoverProvider(issuerUrl, { fetch, signal });
  let warned = false;
  return {
    server,
    keys: {},
    client: { client_id: clientId },
    authenticate: clientAuthentication({ server, clientSecret }),
    request: (signal) => requestSettings(fetch, signal),
    warnNoIdToken() {
      if (warned) return;
      warned = true;
      log.warn(`${server.issuer} gave no ID token: who signed in is not known, the rest works`);
    },
    now,
  };
}

function requestSettings(fetch: Fetch, signal: AbortSignal) {
  // Plain http away from loopback is refused by the fetch itself.
  return { [customFetch]: fetch, [allowInsecureRequests]: true as const, signal };
}
