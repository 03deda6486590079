import { type AdvertisedProvider, askBackend } from "../discovery/advertised_provider.ts";
import { learnMetadata } from "../discovery/learn_metadata.ts";
import type { ClientAuthenticationMethod } from "../client_authentication/methods.ts";
import type { AuthorizationServer } from "../oauth_types.ts";
import { createProviderFetch, type Fetch } from "../provider_fetch.ts";
import type { SelfConfiguringClientOptions } from "../self_configuring_client.ts";
import { registerClient, type RegisteredClient } from "./register_client.ts";

/** What was missing in the configuration. */
export interface FoundConfiguration {
  /** The issuer. */
  issuerUrl: string;
  /** The client id. */
  clientId: string;
  /** The client secret. */
  clientSecret?: string;
  /** How to authenticate. */
  clientAuthentication?: ClientAuthenticationMethod | "auto";
  /** The scopes to ask for. */
  scopes: readonly string[];
  /** The resource indicator. */
  resource?: string;
  /** Forgets the registration, so that the next time makes a new one. */
  forget(): Promise<void>;
}

const noteLifetime = 24 * 60 * 60_000;

/** Finds out what the settings leave open: the issuer by the backend, the client id by registering. */
export async function findConfiguration(
  options: SelfConfiguringClientOptions,
  { signal, maxAge }: { signal: AbortSignal; maxAge: number },
): Promise<FoundConfiguration> {
  const { log, now = Date.now } = options;
  const fetch = createProviderFetch({ fetch: options.fetch, log, now });
  const advertised = options.issuerUrl
    ? undefined
    : await advertisedBy(options, { signal, maxAge });
  const issuerUrl = options.issuerUrl ?? new URL(advertised!.issuer);
  const { metadata } = await learnMetadata(
    { ...options, issuerUrl, clientId: "" },
    { fetch, signal, maxAge: Math.max(maxAge, 60_000), now },
  );
  const scopes = options.scopesGiven || !advertised
    ? options.scopes
    : withOfflineAccess(advertised.scopes ?? [], metadata);
  const client = options.clientId !== undefined
    ? { clientId: options.clientId, forget: () => Promise.resolve() }
    : await ownClient(options, { metadata, fetch, signal });
  return {
    issuerUrl: issuerUrl.href,
    scopes,
    ...(advertised && !options.withoutResource && {
      resource: options.resource ?? advertised.resource,
    }),
    ...client,
  };
}

async function advertisedBy(
  options: SelfConfiguringClientOptions,
  { signal, maxAge }: { signal: AbortSignal; maxAge: number },
): Promise<AdvertisedProvider> {
  const { backendUrl, notes, log } = options;
  const name = `advertised ${backendUrl.href}`;
  const noted = maxAge > 0 ? await notes?.read(name).catch(() => undefined) : undefined;
  if (isAdvertised(noted)) return noted;
  const advertised = await askBackend(backendUrl, { fetch: await backendFetch(options), signal });
  log.info(`${backendUrl.origin} trusts the provider ${advertised.issuer}`);
  await notes?.write(name, advertised, noteLifetime).catch(() => {});
  return advertised;
}

/** A fetch that adds the person's header fields to what goes to the backend, and to nobody else. */
async function backendFetch(
  { backendUrl, backendHeaders, fetch: send, log, now }: SelfConfiguringClientOptions,
): Promise<Fetch> {
  const always = await backendHeaders?.() ?? {};
  const fetch = createProviderFetch({ fetch: send, setting: "MCP_BACKEND_URL", log, now });
  return (url, init) =>
    new URL(url).origin === backendUrl.origin
      ? fetch(url, { ...init, headers: { ...always, ...init?.headers as Record<string, string> } })
      : fetch(url, init);
}

function isAdvertised(value: unknown): value is AdvertisedProvider {
  if (typeof value !== "object" || value === null) return false;
  const { issuer, resource } = value as Partial<AdvertisedProvider>;
  return typeof issuer === "string" && typeof resource === "string";
}

/** A refresh token spares the person sign-ins; some providers give one only for this scope. */
function withOfflineAccess(
  scopes: readonly string[],
  { scopes_supported: known }: AuthorizationServer,
): readonly string[] {
  // Where no scope is asked for, the provider's default is wanted, not this one alone.
  const wanted = scopes.length > 0 && known?.includes("offline_access") &&
    !scopes.includes("offline_access");
  return wanted ? [...scopes, "offline_access"] : scopes;
}

/** Who we are at a provider where nobody registered us by hand. */
async function ownClient(
  options: SelfConfiguringClientOptions,
  { metadata, fetch, signal }: {
    metadata: AuthorizationServer;
    fetch: Fetch;
    signal: AbortSignal;
  },
) {
  const { clientMetadataUrl, redirectUrls, notes, log, now = Date.now } = options;
  const forgetNothing = () => Promise.resolve();
  if (clientMetadataUrl && metadata.client_id_metadata_document_supported) {
    return {
      clientId: clientMetadataUrl.href,
      clientAuthentication: "none" as const,
      forget: forgetNothing,
    };
  }
  const name = `client ${metadata.issuer} ${redirectUrls.map((url) => url.href).join(" ")}`;
  const noted = await notes?.read(name).catch(() => undefined);
  let client: RegisteredClient;
  if (isRegistered(noted) && !(noted.expiresAt !== undefined && noted.expiresAt < now() + 60_000)) {
    client = noted;
  } else {
    client = await registerClient(metadata, {
      redirectUrls,
      device: Boolean(metadata.device_authorization_endpoint),
      fetch,
      signal,
    });
    log.info(`registered as a client at ${metadata.issuer}`);
    await notes?.write(name, client).catch(() => {});
  }
  return {
    clientId: client.clientId,
    ...(client.clientSecret !== undefined && { clientSecret: client.clientSecret }),
    clientAuthentication: client.method,
    forget: async () => {
      await notes?.remove(name).catch(() => {});
    },
  };
}

function isRegistered(value: unknown): value is RegisteredClient {
  if (typeof value !== "object" || value === null) return false;
  const { clientId, method } = value as Partial<RegisteredClient>;
  return typeof clientId === "string" && typeof method === "string";
}
