import { redact } from "../../redactor.ts";
import type { Fetch } from "../provider_fetch.ts";
import { tokenChallenge } from "../refusal/challenges.ts";
import { isSafeUrl } from "./check_metadata.ts";

/** What a protected resource says of itself (RFC 9728 section 2). */
export interface ResourceMetadata {
  /** The resource identifier. */
  resource?: string;
  /** The issuers of the authorization servers it trusts. */
  issuers: readonly string[];
  /** The scopes it knows. */
  scopes?: readonly string[];
}

/** What {@linkcode readResourceMetadata} needs. */
export interface ResourceMetadataOptions {
  /** The header fields of an answer that may name the place in a challenge. */
  challenge: Headers;
  /** Sends the requests. */
  fetch: Fetch;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * A backend's metadata: where its challenge says (RFC 9728 section 5.1), else at the well-known
 * places of section 3.1; `undefined` when there is none.
 */
export async function readResourceMetadata(
  backendUrl: URL,
  { challenge, fetch, signal }: ResourceMetadataOptions,
): Promise<ResourceMetadata | undefined> {
  const named = tokenChallenge(challenge)?.parameters.resource_metadata;
  const path = backendUrl.pathname.replace(/\/$/, "");
  const wellKnown = `${backendUrl.origin}/.well-known/oauth-protected-resource`;
  const places = isSafeUrl(named, backendUrl.href)
    ? [named]
    : [...new Set([`${wellKnown}${path}`, wellKnown])];
  for (const place of places) {
    const response = await fetch(place, { headers: { accept: "application/json" }, signal });
    if (response.status !== 200) continue;
    const metadata = await response.json().catch(() => undefined);
    if (typeof metadata !== "object" || metadata === null) continue;
    const { resource, authorization_servers: servers, scopes_supported: scopes } = metadata;
    return {
      ...(typeof resource === "string" && { resource }),
      issuers: Array.isArray(servers)
        ? servers.slice(0, maxIssuers).filter((server) => isIssuer(server, backendUrl.href))
        : [],
      ...(Array.isArray(scopes) && {
        scopes: scopes.slice(0, maxScopes).filter((scope) => typeof scope === "string"),
      }),
    };
  }
}

/** More are of no use to a person who has to choose one. */
const maxIssuers = 20;
const maxScopes = 1_000;
/** Notes lie under the issuer, and a key of Deno KV has 2 KiB at most. */
const maxIssuerLength = 500;

/** A safe URL of some length, without what we told the backend in confidence: it is stored unsealed. */
function isIssuer(server: unknown, teller: string): server is string {
  return isSafeUrl(server, teller) && server.length <= maxIssuerLength && redact(server) === server;
}
