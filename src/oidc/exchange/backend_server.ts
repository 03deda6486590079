import { ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import type { BackendClient, OidcClientOptions } from "../client_options.ts";
import { askBackend } from "../discovery/advertised_provider.ts";
import { createBackendFetch } from "../discovery/backend_fetch.ts";
import { connectProvider, type ProviderConnection } from "../provider_connection.ts";
import { inBackendWords } from "./in_backend_words.ts";

/** A backend's own authorization server. */
export interface BackendServer {
  /** What a request to it needs. */
  connection: ProviderConnection;
  /** Its issuer. */
  issuer: string;
  /** The resource identifier of the backend (RFC 9728). */
  resource: string;
  /** The scopes that the backend names; empty when it names none. */
  scopes: readonly string[];
}

/** How old what is known of it may be, in milliseconds. */
const maxAge = 24 * 60 * 60_000;

/**
 * The authorization server of the backend, as set, or as the backend names it. Whom it named first
 * it has to name for ever: who breaks into a backend must not get tokens sent to a server of theirs.
 *
 * @throws {ProxyError} `backend_issuer_changed`, `issuer_missing` about a secret for a server that
 *   the backend alone names
 */
export async function connectBackendServer(
  options: OidcClientOptions,
  signal: AbortSignal,
): Promise<BackendServer> {
  const backend = options.exchange!.backend!;
  const found = await findServer(options, backend, signal);
  const connection = await connect(options, { backend, issuer: found.issuer, signal });
  return { ...found, issuer: connection.server.issuer, connection };
}

async function connect(
  { log, fetch, now, notes, strict }: OidcClientOptions,
  { backend, issuer, signal }: { backend: BackendClient; issuer: string; signal: AbortSignal },
): Promise<ProviderConnection> {
  const { clientId, clientAuthentication, readClientKey } = backend;
  const clientSecret = await backend.readClientSecret?.() ?? backend.clientSecret;
  const issuerUrl = new URL(issuer);
  try {
    return await connectProvider({
      issuerUrl,
      clientId,
      clientSecret,
      clientAuthentication,
      readClientKey,
      oauthMetadataFirst: true,
      scopes: [],
      redirectUrls: [],
      loginTimeout: 0,
      // No endpoint is needed that a person is sent to.
      flow: "client-credentials",
      strict,
      notes,
      fetch,
      log,
      now,
    }, { signal, maxAge });
  } catch (error) {
    const server = { issuer };
    throw inBackendWords(error, { server, client: { client_id: clientId } });
  }
}

async function findServer(
  options: OidcClientOptions,
  backend: BackendClient,
  signal: AbortSignal,
): Promise<Omit<BackendServer, "connection">> {
  const { backendUrl, issuerUrl } = backend;
  const { resource: wanted, scopes: given } = options.exchange!;
  // Nobody is asked for what is set already.
  if (issuerUrl && wanted !== undefined && given.length > 0) {
    return { issuer: issuerUrl.href, resource: backendUrl.href, scopes: [] };
  }
  const { fetch: send, log, now } = options;
  const fetch = await createBackendFetch({ ...backend, fetch: send, log, now });
  const advertised = await askBackend(backendUrl, { fetch, signal }).catch((error) => {
    signal.throwIfAborted();
    if (!issuerUrl) throw inOwnWords(error);
    return undefined;
  });
  const { resource = backendUrl.href, scopes = [] } = advertised ?? {};
  if (issuerUrl) return { issuer: issuerUrl.href, resource, scopes };
  const { issuer } = advertised!;
  if (backend.clientSecret !== undefined) {
    throw new ProxyError({
      category: "Configuration error",
      what:
        `${backendUrl.origin} names the authorization server ${excerpt(issuer)}, but a client ` +
        "secret is sent to nobody that only the backend names",
      fix: `set MCP_BACKEND_ISSUER_URL to the server that gave you the client secret: to ${
        excerpt(issuer)
      }, if that is it`,
      reason: "issuer_missing",
    });
  }
  await requireSame(options, { backendUrl, issuer });
  return { issuer, resource, scopes };
}

/** Holds a backend to the authorization server that it named first. */
async function requireSame(
  { notes }: OidcClientOptions,
  { backendUrl, issuer }: { backendUrl: URL; issuer: string },
): Promise<void> {
  const name = `authorization server of ${backendUrl.href}`;
  const first = await notes?.read(name).catch(() => undefined);
  if (first === undefined) {
    await notes?.write(name, issuer).catch(() => {});
    return;
  }
  if (first === issuer) return;
  throw new ProxyError({
    category: "Backend error",
    what: `${backendUrl.origin} names another authorization server than before: ${
      excerpt(issuer)
    }, not ${excerpt(String(first))}; nothing is sent to it`,
    fix: `ask who runs the backend; set MCP_BACKEND_ISSUER_URL to ${
      excerpt(issuer)
    } if that is right`,
    reason: "backend_issuer_changed",
    final: true,
  });
}

function inOwnWords(error: unknown): unknown {
  if (!(error instanceof ProxyError)) return error;
  if (error.reason !== "not_advertised" && error.reason !== "several_providers") return error;
  return new ProxyError({
    ...error,
    what: error.what.replace("OIDC_ISSUER_URL", "MCP_BACKEND_ISSUER_URL"),
    fix: "set MCP_BACKEND_ISSUER_URL to the issuer of the backend's authorization server",
    cause: error,
  });
}
