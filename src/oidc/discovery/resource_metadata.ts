import { excerpt } from "../../base/excerpt.ts";
import { redact } from "../../base/redactor.ts";
import type { Fetch } from "../provider_fetch.ts";
import { tokenChallenge } from "../refusal/challenges.ts";
import { urlFault } from "./check_metadata.ts";

/** What a protected resource says of itself (RFC 9728 section 2). */
export interface ResourceMetadata {
  /** The resource identifier. */
  resource?: string;
  /** The issuers of the authorization servers it trusts. */
  issuers: readonly string[];
  /** The scopes it knows. */
  scopes?: readonly string[];
  /** What it names and must not be used: which it is and why not, as the end of "it names …". */
  refused?: string;
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
  const fault = named === undefined ? undefined : urlFault(named, backendUrl.href);
  const places = named !== undefined && fault === undefined
    ? [named]
    : [...new Set([`${wellKnown}${path}`, wellKnown])];
  for (const place of places) {
    const response = await fetch(place, { headers: { accept: "application/json" }, signal });
    if (response.status !== 200) continue;
    const metadata = await response.json().catch(() => undefined);
    if (typeof metadata !== "object" || metadata === null) continue;
    const { resource, authorization_servers, scopes_supported: scopes } = metadata;
    const servers: unknown[] = Array.isArray(authorization_servers)
      ? authorization_servers.slice(0, maxIssuers)
      : [];
    const faulty = servers.find((server) => issuerFault(server, backendUrl.href) !== undefined);
    return {
      ...(typeof resource === "string" && { resource }),
      issuers: servers.filter((server): server is string =>
        issuerFault(server, backendUrl.href) === undefined
      ),
      ...(faulty !== undefined && {
        refused: `${shown(faulty)} as its authorization server, which ${
          issuerFault(faulty, backendUrl.href)
        }`,
      }),
      ...(Array.isArray(scopes) && {
        scopes: scopes.slice(0, maxScopes).filter((scope) => typeof scope === "string"),
      }),
    };
  }
  return fault === undefined
    ? undefined
    : { issuers: [], refused: `${shown(named)} as the place of its metadata, which ${fault}` };
}

function shown(value: unknown): string {
  return excerpt(JSON.stringify(value));
}

/** More are of no use to a person who has to choose one. */
const maxIssuers = 20;
const maxScopes = 1_000;
/** Notes lie under the issuer, and a key of Deno KV has 2 KiB at most. */
const maxIssuerLength = 500;

/** Why it is no safe URL of some length without what we told the backend in confidence: it is stored unsealed. */
function issuerFault(server: unknown, teller: string): string | undefined {
  const fault = urlFault(server, teller);
  if (fault !== undefined || typeof server !== "string") return fault;
  if (server.length > maxIssuerLength) return `is longer than ${maxIssuerLength} characters`;
  return redact(server) === server ? undefined : "repeats a secret";
}
