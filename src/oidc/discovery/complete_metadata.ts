import { ProxyError } from "../../errors.ts";
import type { AuthorizationServer } from "../oauth_types.ts";
import { isSafeUrl } from "./check_metadata.ts";
import {
  type DiscoveredProvider,
  type DiscoveryOptions,
  metadataAt,
  wellKnownPlaces,
} from "./discover_provider.ts";

/**
 * Metadata with what only other well-known documents of the same issuer say. Some providers name
 * their registration or revocation endpoint in the document of RFC 8414 alone (Django OAuth Toolkit,
 * Spring Authorization Server), others theirs for OpenID Connect in the other one. What the first
 * document says stays as it is; what is no safe URL is not taken over.
 *
 * @throws {ProxyError} when a place cannot be asked at the moment
 */
export async function completeMetadata(
  { metadata, place }: Pick<DiscoveredProvider, "metadata"> & { place?: string },
  { issuerUrl, ...options }: DiscoveryOptions & { issuerUrl: URL },
): Promise<AuthorizationServer> {
  let complete = metadata;
  for (const other of wellKnownPlaces(issuerUrl)) {
    if (other === place) continue;
    let found: AuthorizationServer | ProxyError;
    try {
      found = await metadataAt(other, { issuerUrl, ...options });
    } catch (error) {
      // A document of another issuer says nothing of this one.
      if (error instanceof ProxyError && error.reason === "issuer_mismatch") continue;
      throw error;
    }
    if (found instanceof ProxyError || found.issuer !== metadata.issuer) continue;
    const { issuer } = metadata;
    complete = { ...present(found, issuer), ...present(complete), issuer };
  }
  return complete;
}

/** The members that say something; with an issuer, of the URLs only those that it may name. */
function present(metadata: AuthorizationServer, issuer?: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name, value]) => {
      if (value === undefined || value === null || value === "") return false;
      if (issuer === undefined) return true;
      if (name === "mtls_endpoint_aliases") return false;
      return !/_endpoint$|^jwks_uri$/.test(name) || isSafeUrl(value, issuer);
    }),
  );
}
