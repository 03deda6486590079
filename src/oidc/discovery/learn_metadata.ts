import { describe } from "../../base/errors.ts";
import type { AuthorizationServer } from "../oauth_types.ts";
import { isUnattendedFlow, type OidcClientOptions } from "../client_options.ts";
import type { Fetch } from "../provider_fetch.ts";
import { checkMetadata, type MetadataCheck, type RefusedEndpoints } from "./check_metadata.ts";
import { completeMetadata } from "./complete_metadata.ts";
import { discoverProvider } from "./discover_provider.ts";

/** Metadata and its age. */
export interface LearnedMetadata {
  /** The metadata, checked. */
  metadata: AuthorizationServer;
  /** When it was fetched, in milliseconds since the epoch. */
  fetchedAt: number;
  /** The URL that it came from; absent in what older versions noted. */
  place?: string;
  /** Whether the issuer's other documents were looked at too. */
  complete?: boolean;
  /** What was taken out of it; absent in what older versions noted. */
  refused?: RefusedEndpoints;
}

/** What {@linkcode learnMetadata} needs. */
export interface LearningOptions {
  /** Sends the requests. */
  fetch: Fetch;
  /** Ends the wait. */
  signal: AbortSignal;
  /** How old noted metadata may be, in milliseconds. */
  maxAge: number;
  /** What is known already, instead of a note. */
  known?: LearnedMetadata;
  /** Whether it is an error when the other documents cannot be asked at the moment. */
  strict?: boolean;
  /** Members that do not count as missing before the issuer's other documents were looked at. */
  wanted?: readonly (keyof AuthorizationServer)[];
  /** The present, in milliseconds since the epoch. */
  now: () => number;
}

const lifetime = 24 * 60 * 60_000;

/** The provider's metadata: from the notes when that is young enough, else from the provider. */
export async function learnMetadata(
  options: OidcClientOptions,
  { fetch, signal, maxAge, known, wanted = [], strict, now }: LearningOptions,
): Promise<LearnedMetadata> {
  const { issuerUrl, metadataUrl, issuerTemplate, oauthMetadataFirst, flow, notes, log } = options;
  const discovery = { metadataUrl, issuerTemplate, oauthMetadataFirst, fetch, signal };
  const isUnattended = isUnattendedFlow(flow);
  const isInteractive = !isUnattended && flow !== "device";
  const needed: MetadataCheck["needed"] = [
    ...isInteractive ? ["authorization_endpoint"] as const : [],
    "token_endpoint",
    // Before a tab opens for an ID token that could not be checked.
    ...options.scopes.includes("openid") && !isUnattended ? ["jwks_uri"] as const : [],
  ];
  // Both: wherever metadata comes from, it was found to be that of this issuer and no other.
  const key = [
    oauthMetadataFirst && !metadataUrl ? "oauth-metadata" : "metadata",
    issuerUrl.href,
    metadataUrl?.href,
  ].filter(Boolean).join(" ");
  const note = async (learned: LearnedMetadata) => {
    // A note that cannot be written costs a request next time and nothing else.
    await notes?.write(key, learned, lifetime).catch(() => {});
    return learned;
  };

  const learn = async (): Promise<LearnedMetadata> => {
    const noted = maxAge > 0 ? await notes?.read(key).catch(() => undefined) : undefined;
    if (isLearned(noted) && now() - noted.fetchedAt < maxAge) {
      // It may have been noted for another flow, which needs less.
      const source = noted.place ?? issuerUrl.href;
      const refused = checkMetadata(noted.metadata, { source, needed, refused: noted.refused });
      return { ...noted, refused };
    }
    log.debug(`asking ${issuerUrl.href} for its metadata`);
    const found = await discoverProvider(issuerUrl, discovery);
    const refused = checkMetadata(found.metadata, { source: found.place, needed });
    return await note({ ...found, refused, fetchedAt: now() });
  };

  const learned = known ?? await learn();
  const isMissing = (name: keyof AuthorizationServer) => !learned.metadata[name];
  // Whoever says where the metadata is means that document and no other.
  if (learned.complete || metadataUrl || !wanted.some(isMissing)) return learned;
  log.debug(`asking ${issuerUrl.href} for its other metadata, for ${wanted.join(", ")}`);
  try {
    const all = await completeMetadata(learned, { issuerUrl, ...discovery });
    return await note({ ...learned, ...all, complete: true });
  } catch (error) {
    signal.throwIfAborted();
    if (strict) throw error;
    log.debug(`the other metadata cannot be had: ${describe(error)}`);
    return learned;
  }
}

function isLearned(value: unknown): value is LearnedMetadata {
  if (typeof value !== "object" || value === null) return false;
  const { metadata, fetchedAt } = value as Partial<LearnedMetadata>;
  return typeof metadata?.issuer === "string" && typeof fetchedAt === "number";
}
