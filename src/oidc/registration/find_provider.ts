import { type AdvertisedProvider, askBackend } from "../discovery/advertised_provider.ts";
import { createBackendFetch } from "../discovery/backend_fetch.ts";
import type { RefusedEndpoints } from "../discovery/check_metadata.ts";
import { type LearnedMetadata, learnMetadata } from "../discovery/learn_metadata.ts";
import type { AuthorizationServer } from "../oauth_types.ts";
import { createProviderFetch, type Fetch } from "../provider_fetch.ts";
import type { DiscoveringClientOptions } from "./discovery_options.ts";

/** Where to sign in, and what for. */
export interface FoundProvider {
  /** The issuer. */
  issuerUrl: string;
  /** Whether the backend named it, so that RFC 8414's metadata comes first. */
  oauthMetadataFirst: boolean;
  /** The scopes to ask for. */
  scopes: readonly string[];
  /** The resource indicator. */
  resource?: string;
  /** What the provider says of itself. */
  metadata: AuthorizationServer;
  /** The same, with these members looked for in all its documents, and what must not be used. */
  metadataWith(
    wanted: readonly (keyof AuthorizationServer)[],
  ): Promise<{ metadata: AuthorizationServer; refused: RefusedEndpoints }>;
  /** Sends requests to the provider. */
  fetch: Fetch;
}

/** How current the answers must be, and what ends the wait. */
export interface FindOptions {
  /** Ends the wait. */
  signal: AbortSignal;
  /** How old what was noted may be, in milliseconds. */
  maxAge: number;
}

const noteLifetime = 24 * 60 * 60_000;

/** The provider that the settings or else the backend name; nothing is changed anywhere. */
export async function findProvider(
  options: DiscoveringClientOptions,
  { signal, maxAge }: FindOptions,
): Promise<FoundProvider> {
  const { log, now = Date.now } = options;
  const fetch = createProviderFetch({ fetch: options.fetch, log, now });
  const advertised = options.issuerUrl
    ? undefined
    : await advertisedBy(options, { signal, maxAge });
  const issuerUrl = options.issuerUrl ?? new URL(advertised!.issuer);
  const oauthMetadataFirst = advertised !== undefined;
  const learn = async (more: {
    known?: LearnedMetadata;
    wanted?: readonly (keyof AuthorizationServer)[];
  }) =>
    await learnMetadata(
      // Which scopes there will be, and whether an ID token comes of them, is not known yet.
      { ...options, scopes: [], issuerUrl, oauthMetadataFirst, clientId: "" },
      { fetch, signal, maxAge: Math.max(maxAge, 60_000), now, ...more },
    );
  const known = await learn({});
  const { metadata } = known;
  return {
    issuerUrl: issuerUrl.href,
    oauthMetadataFirst,
    scopes: options.scopesGiven || !advertised
      ? options.scopes
      : scopesFor(advertised.scopes, { metadata, defaults: options.scopes }),
    ...(advertised && !options.withoutResource && {
      resource: options.resource ?? advertised.resource,
    }),
    metadata,
    async metadataWith(wanted) {
      const { metadata, refused = {} } = await learn({ known, wanted });
      return { metadata, refused };
    },
    fetch,
  };
}

async function advertisedBy(
  options: DiscoveringClientOptions,
  { signal, maxAge }: { signal: AbortSignal; maxAge: number },
): Promise<AdvertisedProvider> {
  const { backendUrl, notes, log } = options;
  const name = `advertised ${backendUrl.href}`;
  const noted = maxAge > 0 ? await notes?.read(name).catch(() => undefined) : undefined;
  if (isAdvertised(noted)) return noted;
  const advertised = await askBackend(backendUrl, {
    fetch: await createBackendFetch(options),
    signal,
  });
  log.info(`${backendUrl.origin} trusts the provider ${advertised.issuer}`);
  await notes?.write(name, advertised, noteLifetime).catch(() => {});
  return advertised;
}

function isAdvertised(value: unknown): value is AdvertisedProvider {
  if (typeof value !== "object" || value === null) return false;
  const { issuer, resource } = value as Partial<AdvertisedProvider>;
  return typeof issuer === "string" && typeof resource === "string";
}

/**
 * The scopes to ask for where a backend names its provider: those that it names. When it names none,
 * an OpenID Provider is asked for the default ones that it knows, as many refuse a request without any;
 * at other authorization servers no scope is sent, which means their default (MCP 2025-11-25).
 */
function scopesFor(
  advertised: readonly string[] = [],
  { metadata, defaults }: { metadata: AuthorizationServer; defaults: readonly string[] },
): readonly string[] {
  const known = metadata.scopes_supported ?? [];
  const wanted = advertised.length > 0
    ? advertised
    : known.includes("openid")
    ? defaults.filter((scope) => known.includes(scope))
    : [];
  // A refresh token spares the person sign-ins; some providers give one only for this scope.
  const isOfflineMissing = wanted.length > 0 && known.includes("offline_access") &&
    !wanted.includes("offline_access");
  return isOfflineMissing ? [...wanted, "offline_access"] : wanted;
}
