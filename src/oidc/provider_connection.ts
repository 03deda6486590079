import {
  allowInsecureRequests,
  clockSkew,
  clockTolerance,
  customFetch,
  DPoP,
} from "@panva/oauth4webapi";
import {
  type ClientAuthentication,
  clientAuthentication,
  type ClientAuthenticationOptions,
} from "./client_authentication/client_authentication.ts";
import { requireUsable } from "./discovery/check_metadata.ts";
import { learnMetadata } from "./discovery/learn_metadata.ts";
import { importDpopKey } from "./dpop/dpop_key.ts";
import type {
  AuthorizationServer,
  Client,
  DPoPHandle,
  JWKSCacheInput,
  TokenEndpointRequestOptions,
  ValidateSignatureOptions,
} from "./oauth_types.ts";
import { type OidcClientOptions, withoutClientId } from "./client_options.ts";
import { createProviderFetch, type Fetch } from "./provider_fetch.ts";

/** An endpoint that not every provider has. */
export type OptionalEndpoint =
  | "device_authorization_endpoint"
  | "pushed_authorization_request_endpoint"
  | "registration_endpoint"
  | "revocation_endpoint";

/** One provider as our OIDC client sees it: everything that a request to it needs. */
export interface ProviderConnection {
  /** The provider's metadata, checked. */
  server: AuthorizationServer;
  /** When the metadata was fetched, in milliseconds since the epoch. */
  readonly metadataFrom: number;
  /**
   * Whether the provider has this endpoint, by any of its documents; then `server` names it.
   *
   * @throws {ProxyError} `unsafe_endpoint`, or when a document cannot be asked at the moment
   */
  lookFor(endpoint: OptionalEndpoint, signal: AbortSignal): Promise<boolean>;
  /**
   * Says what is wrong with a member of the metadata that was taken out of it.
   *
   * @throws {ProxyError} `unsafe_endpoint`
   */
  requireUsable(name: string): void;
  /** What was taken out of the metadata, each as a sentence. */
  refusedEndpoints(): readonly string[];
  /** Fetches the metadata anew. */
  refetchMetadata(signal: AbortSignal): Promise<void>;
  /** The provider's signing keys, once they were needed. */
  keys: JWKSCacheInput;
  /** What we are to it. */
  readonly client: Client;
  /** How we authenticate at its endpoints. */
  readonly method: ClientAuthentication["method"];
  /** Authenticates us there. */
  readonly authenticate: ClientAuthentication["authenticate"];
  /** Addresses later client assertions to the token endpoint; false when that changes nothing. */
  readonly useTokenEndpointAudience: NonNullable<ClientAuthentication["useTokenEndpointAudience"]>;
  /** Keeps for later starts that assertions are to be addressed to the token endpoint. */
  rememberAudience(): Promise<void>;
  /** What the configuration says. */
  readonly options: OidcClientOptions;
  /** The options of one request of `oauth4webapi`. */
  request(signal: AbortSignal): TokenEndpointRequestOptions & ValidateSignatureOptions;
  /** Proofs with this key; always the same object for it, since that remembers nonces. */
  dpop(key: JsonWebKey | undefined): Promise<DPoPHandle | undefined>;
  /** Says something at most once. */
  warnOnce(message: string): void;
  /** The present, in milliseconds since the epoch. */
  now(): number;
  /** The present by the provider's clock, as far as it is known. */
  providerNow(): number;
}

/**
 * By how many seconds the times of issue in an ID token may lie ahead, which came over TLS from the
 * token endpoint: machines that sign them have clocks of their own.
 */
export const maxAhead = 600;

/** Learns what there is to know of the provider and prepares to talk to it. */
export async function connectProvider(
  options: OidcClientOptions,
  { signal, maxAge }: { signal: AbortSignal; maxAge: number },
): Promise<ProviderConnection> {
  const { issuerUrl, clientId, clientSecret, readClientKey, notes, log, now = Date.now } = options;
  const audienceNote = `assertion audience ${issuerUrl.href} ${clientId}`;
  let ahead = 0;
  const onClock = (difference: number) => void (ahead = difference);
  const fetch = createProviderFetch({ fetch: options.fetch, log, now, onClock });
  // A document of RFC 8414 need not say what OpenID Connect has to be checked by.
  const wanted = options.oauthMetadataFirst && options.scopes.includes("openid")
    ? ["jwks_uri", "id_token_signing_alg_values_supported"] as const
    : [];
  let learned = await learnMetadata(options, { fetch, signal, maxAge, wanted, now });
  const { method, authenticate, useTokenEndpointAudience = () => false } = await authenticationOf({
    server: learned.metadata,
    method: options.clientAuthentication ?? "auto",
    clientSecret,
    readClientKey,
    wantsTokenEndpoint: async () =>
      await notes?.read(audienceNote).catch(() => undefined) === "token endpoint",
    log,
  }, { options, signal, providerNow: () => now() + ahead });
  const handles = new Map<string, DPoPHandle>();
  const said = new Set<string>();
  const client: Client = {
    client_id: clientId,
    // By the provider's clock, as its last answer told it; by which it judges our assertions, too.
    // Whole seconds, rounded down: some providers refuse times of issue with fractions, or ahead.
    get [clockSkew]() {
      return Math.floor((now() + ahead - Date.now()) / 1000);
    },
    // For a time of issue that lies ahead; how long ago one ended is judged by `checkIdToken`.
    [clockTolerance]: maxAhead,
  };
  const mutualTls = method === "tls_client_auth";
  if (mutualTls) {
    client.use_mtls_endpoint_aliases = true;
    requireUsable(learned.refused ?? {}, "token_endpoint", { mutualTls });
  }
  const connection: ProviderConnection = {
    server: learned.metadata,
    metadataFrom: learned.fetchedAt,
    async lookFor(endpoint, signal) {
      const wanted = [endpoint];
      learned = await learnMetadata(options, {
        fetch,
        signal,
        maxAge,
        known: learned,
        strict: true,
        wanted,
        now,
      });
      connection.server = learned.metadata;
      connection.requireUsable(endpoint);
      return Boolean(learned.metadata[endpoint]);
    },
    requireUsable: (name) => requireUsable(learned.refused ?? {}, name, { mutualTls }),
    refusedEndpoints: () => Object.values(learned.refused ?? {}),
    async refetchMetadata(signal) {
      learned = await learnMetadata(options, { fetch, signal, maxAge: 0, wanted, now });
      connection.server = learned.metadata;
      connection.keys = {};
    },
    keys: {},
    client,
    method,
    authenticate,
    useTokenEndpointAudience,
    rememberAudience: async () =>
      await notes?.write(audienceNote, "token endpoint").catch(() => {}),
    options,
    request: (signal) => requestOptions(fetch, signal),
    async dpop(key) {
      if (!key) return undefined;
      const name = `${key.x} ${key.y}`;
      const handle = handles.get(name) ?? DPoP(client, await importDpopKey(key));
      handles.set(name, handle);
      return handle;
    },
    warnOnce(message) {
      if (said.has(message)) return;
      said.add(message);
      log.warn(message);
    },
    now,
    providerNow: () => now() + ahead,
  };
  return connection;
}

/** How we authenticate: as a workload by its JWT, or not at all when it is no client, else as set. */
async function authenticationOf(
  configured: ClientAuthenticationOptions,
  { options, signal, providerNow }: {
    options: OidcClientOptions;
    signal: AbortSignal;
    providerNow: () => number;
  },
): Promise<ClientAuthentication> {
  const { server } = configured;
  if (options.workload?.use === "client") {
    const { authenticateByAssertion } = await import("./workload/authenticate_by_assertion.ts");
    return {
      method: "private_key_jwt",
      authenticate: authenticateByAssertion({ server, options, signal, providerNow }),
    };
  }
  if (options.clientId === withoutClientId) return { method: "none", authenticate: () => {} };
  return await clientAuthentication(configured);
}

function requestOptions(fetch: Fetch, signal: AbortSignal) {
  // Plain http away from loopback is refused by the fetch itself.
  return { [customFetch]: fetch, [allowInsecureRequests]: true as const, signal };
}
