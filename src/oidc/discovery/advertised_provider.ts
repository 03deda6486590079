import { ProxyError } from "../../base/errors.ts";
import { excerpt, excerpts } from "../../base/excerpt.ts";
import { programName, version } from "../../base/version.ts";
import type { Fetch } from "../provider_fetch.ts";
import { tokenChallenge } from "../refusal/challenges.ts";
import { readResourceMetadata } from "./resource_metadata.ts";

/** What a backend says of the authorization it wants (RFC 9728). */
export interface AdvertisedProvider {
  /** The issuer of its one authorization server. */
  issuer: string;
  /** The resource indicator of the backend. */
  resource: string;
  /** The scopes to ask for; absent when it does not say. */
  scopes?: readonly string[];
}

/** What {@linkcode askBackend} needs. */
export interface AskBackendOptions {
  /** Sends the requests. */
  fetch: Fetch;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * Asks a backend which authorization server it trusts: by the challenge to a request without a
 * token, else at the well-known places of RFC 9728 section 3.1.
 *
 * @throws {ProxyError} `not_advertised`, `several_providers`, `resource_mismatch`
 */
export async function askBackend(
  backendUrl: URL,
  options: AskBackendOptions,
): Promise<AdvertisedProvider> {
  const challenge = await challengeTo(backendUrl, options);
  const metadata = await readResourceMetadata(backendUrl, { challenge, ...options });
  if (!metadata) throw notAdvertised(backendUrl);
  const { issuers, scopes: known } = metadata;
  if (issuers.length === 0) throw notAdvertised(backendUrl, metadata.refused);
  if (issuers.length > 1) throw severalProviders(backendUrl, issuers);
  const { scope } = tokenChallenge(challenge)?.parameters ?? {};
  const scopes = scope?.split(" ").filter((scope) => scope !== "") ?? known;
  return {
    issuer: issuers[0],
    resource: resourceOf(metadata.resource, backendUrl),
    ...(scopes && { scopes }),
  };
}

/** The header fields of the refusal of a request without a token; empty when none is refused. */
async function challengeTo(
  backendUrl: URL,
  { fetch, signal }: AskBackendOptions,
): Promise<Headers> {
  for (const { headers, ...message } of probes) {
    const response = await fetch(backendUrl.href, {
      method: "POST",
      headers: {
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 0, ...message }),
      signal,
    });
    if (response.status === 401) return response.headers;
  }
  return new Headers();
}

const clientInfo = { name: programName, version };

/** Requests that change nothing, of either era; some backends let this or that through. */
const probes: readonly {
  method: string;
  params: Record<string, unknown>;
  headers?: Record<string, string>;
}[] = [
  { method: "tools/list", params: {} },
  {
    method: "tools/list",
    params: {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": clientInfo,
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
    headers: { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" },
  },
  {
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo },
  },
];

/** The metadata's resource, which must be the backend or what it is a part of. */
function resourceOf(resource: string | undefined, backendUrl: URL): string {
  const url = resource === undefined ? null : URL.parse(resource);
  const within = url?.origin === backendUrl.origin &&
    `${backendUrl.pathname}/`.startsWith(url.pathname.replace(/\/?$/, "/"));
  if (resource !== undefined && within) return resource;
  throw new ProxyError({
    category: "Backend error",
    what: `the metadata of ${backendUrl.href} is about ${
      excerpt(JSON.stringify(resource) ?? "nothing")
    }`,
    fix: "set OIDC_ISSUER_URL and OIDC_RESOURCE yourself if you trust it all the same",
    reason: "resource_mismatch",
  });
}

function severalProviders(backendUrl: URL, issuers: readonly string[]): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `${backendUrl.href} trusts several authorization servers: ${excerpts(issuers)}`,
    fix: "set OIDC_ISSUER_URL to the one to sign in at",
    reason: "several_providers",
  });
}

function notAdvertised(backendUrl: URL, refused?: string): ProxyError {
  const said = refused === undefined ? "does not advertise a provider" : `names ${refused}`;
  return new ProxyError({
    category: "Configuration error",
    what: `OIDC_ISSUER_URL is not set, and ${backendUrl.href} ${said}`,
    fix: "set OIDC_ISSUER_URL and OIDC_CLIENT_ID",
    reason: "not_advertised",
  });
}
