import { ProxyError } from "../../base/errors.ts";
import type { AuthorizationServer } from "../oauth_types.ts";
import { type RefusedEndpoints, takeOutUnsafe } from "./check_metadata.ts";
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
 * document says stays as it is; what is no safe URL is not taken over, but told.
 *
 * @throws {ProxyError} when a place cannot be asked at the moment
 */
export async function completeMetadata(
  { metadata, place, refused = {} }: Pick<DiscoveredProvider, "metadata"> & {
    place?: string;
    refused?: RefusedEndpoints;
  },
  { issuerUrl, ...options }: DiscoveryOptions & { issuerUrl: URL },
): Promise<{ metadata: AuthorizationServer; refused: RefusedEndpoints }> {
  let complete = metadata;
  let allRefused = refused;
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
    allRefused = { ...takeOutUnsafe(found, other), ...allRefused };
    const { mtls_endpoint_aliases: _aliases, ...more } = present(found);
    complete = { ...more, ...present(complete), issuer };
  }
  // One that another document names as it should be is not missed.
  const missed = Object.entries(allRefused).filter(([name]) => !complete[name]);
  return { metadata: complete, refused: Object.fromEntries(missed) };
}

/** The members that say something. */
function present(metadata: AuthorizationServer): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([, value]) =>
      value !== undefined && value !== null && value !== ""
    ),
  );
}
