import {
  JSON_ATTRIBUTE_COMPARISON,
  OperationProcessingError,
  processDiscoveryResponse,
} from "@panva/oauth4webapi";
import { ProxyError } from "../../errors.ts";
import type { AuthorizationServer } from "../oauth_types.ts";
import type { Fetch } from "../provider_fetch.ts";
import { templateForIssuer } from "./issuer_template.ts";

/** What {@linkcode discoverProvider} needs to know. */
export interface DiscoveryOptions {
  /** Where the metadata is, when not at a well-known place under the issuer. */
  metadataUrl?: URL;
  /** Whether `{tenantid}` in the metadata's issuer is accepted of any provider. */
  issuerTemplate?: boolean;
  /** Sends the request. */
  fetch: Fetch;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * The provider's metadata: from OpenID Connect Discovery's place, else from those of RFC 8414. Its
 * issuer must be the one that was asked for.
 */
export async function discoverProvider(
  issuerUrl: URL,
  options: DiscoveryOptions,
): Promise<AuthorizationServer> {
  const places = options.metadataUrl ? [options.metadataUrl.href] : wellKnownPlaces(issuerUrl);
  let first: ProxyError | undefined;
  for (const place of places) {
    const response = await options.fetch(place, {
      headers: { accept: "application/json" },
      signal: options.signal,
    }).catch((error) => {
      // To a page where a person is to sign in, for example, for want of anything at this place.
      if (!(error instanceof ProxyError) || error.reason !== "provider_redirect") throw error;
      return error;
    });
    if (response instanceof ProxyError) {
      first ??= response;
    } else if (response.status === 200) {
      const metadata = await readMetadata(issuerUrl, { place, response, options });
      if (!(metadata instanceof ProxyError)) return metadata;
      first ??= metadata;
    } else {
      first ??= unusable(place, `answered ${response.status}`);
    }
  }
  throw first;
}

/** Where an issuer's metadata may be: OpenID Connect Discovery section 4, RFC 8414 sections 3.1, 5. */
export function wellKnownPlaces(issuerUrl: URL): string[] {
  const { origin } = issuerUrl;
  const path = issuerUrl.pathname.replace(/\/$/, "");
  return [
    ...new Set([
      `${origin}${path}/.well-known/openid-configuration`,
      `${origin}/.well-known/oauth-authorization-server${path}`,
      `${origin}/.well-known/openid-configuration${path}`,
    ]),
  ];
}

/** The metadata, or why another place may be tried; throws when none should. */
async function readMetadata(
  issuerUrl: URL,
  { place, response, options }: { place: string; response: Response; options: DiscoveryOptions },
): Promise<AuthorizationServer | ProxyError> {
  try {
    const template = await templateForIssuer(issuerUrl, response.clone(), options.issuerTemplate);
    const metadata = await processDiscoveryResponse(template ?? issuerUrl, response);
    return metadata;
  } catch (error) {
    if (!(error instanceof OperationProcessingError)) throw error;
    if (error.code !== JSON_ATTRIBUTE_COMPARISON) {
      return unusable(place, "did not answer with the JSON metadata of a provider", error);
    }
    const { body } = error.cause as { body: { issuer: string } };
    throw new ProxyError({
      category: "Configuration error",
      what: `${place} names the issuer ${JSON.stringify(body.issuer.slice(0, 200))} instead of ${
        JSON.stringify(issuerUrl.href)
      }`,
      fix: "set OIDC_ISSUER_URL to exactly what the provider calls itself",
      reason: "issuer_mismatch",
      cause: error,
    });
  }
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
