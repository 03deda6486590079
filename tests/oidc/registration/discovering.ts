/**
 * A backend that names its provider, and that provider, as functions of a test: what finding out the
 * rest of a configuration asks them, and what comes of it.
 *
 * @module
 */
import type { Log } from "../../../src/base/log.ts";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";
import type { DiscoveringClientOptions } from "../../../src/oidc/registration/discovery_options.ts";
import { type Answer, createMemoryNotes, createNetwork, type Sent } from "../network.ts";

/** The provider that the backend names. */
export const issuer = "https://auth.test";

/** The backend. */
export const backendUrl = new URL("https://mcp.test/mcp");

/** What is different. */
export interface Surroundings {
  /** More of the backend's metadata. */
  resource?: Record<string, unknown>;
  /** More of the provider's metadata. */
  metadata?: Record<string, unknown>;
  /** What else requests are answered with. */
  answer?(sent: Sent): Answer;
}

/** A backend, its provider, notes and a log, with the options of a client between them. */
export function createSurroundings({ resource, metadata, answer }: Surroundings = {}) {
  const notes = createMemoryNotes();
  const told: string[] = [];
  const log: Log = { ...silentLog, info: (line) => void told.push(line) };
  const network = createNetwork((sent) => {
    const { url } = sent;
    const own = answer?.(sent);
    if (own) return own;
    switch (url.href) {
      case backendUrl.href:
        return new Response(null, { status: 401 });
      case `${backendUrl.origin}/.well-known/oauth-protected-resource/mcp`:
        return { resource: backendUrl.href, authorization_servers: [issuer], ...resource };
      case `${issuer}/.well-known/oauth-authorization-server`:
      case `${issuer}/.well-known/openid-configuration`:
        return {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          registration_endpoint: `${issuer}/register`,
          ...metadata,
        };
    }
    return undefined;
  });
  const options = (changes: Partial<DiscoveringClientOptions> = {}): DiscoveringClientOptions => ({
    backendUrl,
    scopes: ["openid", "profile", "email"],
    scopesGiven: false,
    redirectUrls: [new URL("http://127.0.0.1:7777/callback")],
    loginTimeout: 0,
    notes,
    log,
    fetch: network.fetch,
    ...changes,
  });
  return { notes, told, network, options };
}
