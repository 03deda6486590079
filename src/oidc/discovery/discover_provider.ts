import {
  JSON_ATTRIBUTE_COMPARISON,
  OperationProcessingError,
  processDiscoveryResponse,
} from "@panva/oauth4webapi";
import { ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import type { AuthorizationServer } from "../oauth_types.ts";
import type { Fetch } from "../provider_fetch.ts";
import { templateForIssuer } from "./issuer_template.ts";

/** What {@linkcode discoverProvider} needs to know. */
export interface DiscoveryOptions {
  /** Where the metadata is, when not at a well-known place under the issuer. */
  metadataUrl?: URL;
  /** Whether `{tenantid}` in the metadata's issuer is accepted of any provider. */
  issuerTemplate?: boolean;
  /** Whether RFC 8414's places come before OpenID Connect's. */
  oauthMetadataFirst?: boolean;
  /** Sends the request. */
  fetch: Fetch;
  /** Ends the wait. */
  signal: AbortSignal;
}

/** Metadata and where it was. */
export interface DiscoveredProvider {
  /** The metadata. */
  metadata: AuthorizationServer;
  /** The URL that it came from. */
  place: string;
}

/**
 * The provider's metadata: from OpenID Connect Discovery's place, else from those of RFC 8414, or
 * the other way round. Its issuer must be the one that was asked for.
 */
export async function discoverProvider(
  issuerUrl: URL,
  options: DiscoveryOptions,
): Promise<DiscoveredProvider> {
  const places = options.metadataUrl
    ? [options.metadataUrl.href]
    : wellKnownPlaces(issuerUrl, { oauthFirst: options.oauthMetadataFirst });
  let first: ProxyError | undefined;
  for (const place of places) {
    const metadata = await metadataAt(place, { issuerUrl, ...options });
    if (!(metadata instanceof ProxyError)) return { metadata, place };
    first ??= metadata;
  }
  throw first;
}

/**
 * The metadata at one place, or why another one may be tried.
 *
 * @throws {ProxyError} when none should: it is another issuer's, or nobody answers
 */
export async function metadataAt(
  place: string,
  { issuerUrl, ...options }: DiscoveryOptions & { issuerUrl: URL },
): Promise<AuthorizationServer | ProxyError> {
  const response = await options.fetch(place, {
    headers: { accept: "application/json" },
    signal: options.signal,
  }).catch((error) => {
    // To a page where a person is to sign in, for example, for want of anything at this place.
    if (!(error instanceof ProxyError) || error.reason !== "provider_redirect") throw error;
    return error;
  });
  if (response instanceof ProxyError) return response;
  if (response.status !== 200) return unusable(place, `answered ${response.status}`);
  return await readMetadata(issuerUrl, { place, response, options });
}

/** Where an issuer's metadata may be: OpenID Connect Discovery section 4, RFC 8414 sections 3.1, 5. */
export function wellKnownPlaces(
  issuerUrl: URL,
  { oauthFirst }: { oauthFirst?: boolean } = {},
): string[] {
  const { origin } = issuerUrl;
  const path = issuerUrl.pathname.replace(/\/$/, "");
  const oauth = `${origin}/.well-known/oauth-authorization-server${path}`;
  const openid = `${origin}${path}/.well-known/openid-configuration`;
  return [
    ...new Set([
      ...oauthFirst ? [oauth, openid] : [openid, oauth],
      `${origin}/.well-known/openid-configuration${path}`,
    ]),
  ];
}

/** The metadata, or why another place may be tried; throws when none should. */
async function readMetadata(
  issuerUrl: URL,
  { place, response, options }: { place: string; response: Response; options: DiscoveryOptions },
): Promise<AuthorizationServer | ProxyError> {
  const issuer = await issuerIn(response.clone());
  if (typeof issuer === "string" && !URL.canParse(issuer)) {
    throw otherIssuer(place, {
      issuer,
      issuerUrl,
      fix:
        "tell the provider's administrator that the issuer must be a URL, or check OIDC_ISSUER_URL",
    });
  }
  try {
    const template = await templateForIssuer(issuerUrl, response.clone(), options.issuerTemplate);
    return await processDiscoveryResponse(template ?? issuerUrl, response);
  } catch (error) {
    if (!(error instanceof OperationProcessingError)) throw error;
    if (error.code !== JSON_ATTRIBUTE_COMPARISON || typeof issuer !== "string") {
      return unusable(place, "did not answer with the JSON metadata of a provider", error);
    }
    throw otherIssuer(place, {
      issuer,
      issuerUrl,
      fix: "set OIDC_ISSUER_URL to exactly what the provider calls itself",
      cause: error,
    });
  }
}

async function issuerIn(response: Response): Promise<unknown> {
  try {
    return (await response.json()).issuer;
  } catch {
    return undefined;
  }
}

function otherIssuer(
  place: string,
  { issuer, issuerUrl, ...rest }: { issuer: string; issuerUrl: URL; fix: string; cause?: unknown },
): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `${place} names the issuer ${JSON.stringify(excerpt(issuer))} instead of ${
      JSON.stringify(issuerUrl.href)
    }`,
    reason: "issuer_mismatch",
    ...rest,
  });
}

function unusable(place: string, what: string, cause?: unknown): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `${place} ${what}`,
    fix: "check OIDC_ISSUER_URL, or set OIDC_METADATA_URL if the provider puts it elsewhere",
    reason: "no_metadata",
    cause,
  });
}
