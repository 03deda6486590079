import {
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  JSON_ATTRIBUTE_COMPARISON,
  OperationProcessingError,
  processDiscoveryResponse,
} from "@panva/oauth4webapi";
import type { AuthorizationServer } from "../oauth_types.ts";
import { ProxyError } from "../../errors.ts";
import type { Fetch } from "../provider_fetch.ts";
import { checkMetadata } from "./check_metadata.ts";

/** What {@linkcode discoverProvider} needs to know. */
export interface DiscoveryOptions {
  /** Sends the request. */
  fetch: Fetch;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * The provider's metadata (OpenID Connect Discovery section 4), checked: the issuer is the
 * configured one, and the endpoints are there and safe to use.
 */
export async function discoverProvider(
  issuerUrl: URL,
  { fetch, signal }: DiscoveryOptions,
): Promise<AuthorizationServer> {
  const response = await discoveryRequest(issuerUrl, {
    [customFetch]: fetch,
    // Plain http away from loopback is refused by the fetch itself.
    [allowInsecureRequests]: true,
    signal,
  });
  const wellKnown = `${issuerUrl.href.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const unusable = (what: string, cause?: unknown) =>
    new ProxyError({
      category: "Configuration error",
      what: `${wellKnown} ${what}`,
      todo: "check OIDC_ISSUER_URL",
      reason: "no_metadata",
      cause,
    });
  if (response.status !== 200) throw unusable(`answered ${response.status}`);
  let metadata: AuthorizationServer;
  try {
    metadata = await processDiscoveryResponse(issuerUrl, response);
  } catch (error) {
    if (!(error instanceof OperationProcessingError)) throw error;
    if (error.code !== JSON_ATTRIBUTE_COMPARISON) {
      throw unusable("did not answer with the JSON metadata of an OpenID Provider", error);
    }
    const { body } = error.cause as { body: { issuer: string } };
    throw new ProxyError({
      category: "Configuration error",
      what: `${wellKnown} names the issuer ${JSON.stringify(body.issuer)} instead of ${
        JSON.stringify(issuerUrl.href)
      }`,
      todo: "set OIDC_ISSUER_URL to exactly what the provider calls itself",
      reason: "issuer_mismatch",
      cause: error,
    });
  }
  checkMetadata(metadata, wellKnown);
  return metadata;
}
