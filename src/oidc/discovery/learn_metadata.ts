import type { AuthorizationServer } from "../oauth_types.ts";
import type { OidcClientOptions } from "../oidc_client.ts";
import type { Fetch } from "../provider_fetch.ts";
import { checkMetadata } from "./check_metadata.ts";
import { discoverProvider } from "./discover_provider.ts";

/** Metadata and its age. */
export interface LearnedMetadata {
  /** The metadata, checked. */
  metadata: AuthorizationServer;
  /** When it was fetched, in milliseconds since the epoch. */
  fetchedAt: number;
}

const lifetime = 24 * 60 * 60_000;

/** The provider's metadata: from the notes when that is young enough, else from the provider. */
export async function learnMetadata(
  options: OidcClientOptions,
  { fetch, signal, maxAge, now }: {
    fetch: Fetch;
    signal: AbortSignal;
    maxAge: number;
    now: () => number;
  },
): Promise<LearnedMetadata> {
  const { issuerUrl, metadataUrl, issuerTemplate, flow, notes, log } = options;
  const check = {
    source: metadataUrl?.href ?? issuerUrl.href,
    interactive: flow !== "client-credentials" && flow !== "device",
  };
  // Both: wherever metadata comes from, it was found to be that of this issuer and no other.
  const key = ["metadata", issuerUrl.href, metadataUrl?.href].filter(Boolean).join(" ");
  const noted = maxAge > 0 ? await notes?.read(key).catch(() => undefined) : undefined;
  if (isLearned(noted) && now() - noted.fetchedAt < maxAge) {
    // It may have been noted for another flow, which needs less.
    checkMetadata(noted.metadata, check);
    return noted;
  }
  log.debug(`asking ${issuerUrl.href} for its metadata`);
  const metadata = await discoverProvider(issuerUrl, {
    metadataUrl,
    issuerTemplate,
    fetch,
    signal,
  });
  checkMetadata(metadata, check);
  const learned = { metadata, fetchedAt: now() };
  // A note that cannot be written costs a request next time and nothing else.
  await notes?.write(key, learned, lifetime).catch(() => {});
  return learned;
}

function isLearned(value: unknown): value is LearnedMetadata {
  if (typeof value !== "object" || value === null) return false;
  const { metadata, fetchedAt } = value as Partial<LearnedMetadata>;
  return typeof metadata?.issuer === "string" && typeof fetchedAt === "number";
}
