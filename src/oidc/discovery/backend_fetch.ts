import type { Log } from "../../base/log.ts";
import { createProviderFetch, type Fetch } from "../provider_fetch.ts";

/** What {@linkcode createBackendFetch} is made from. */
export interface BackendFetchOptions {
  /** The backend. */
  backendUrl: URL;
  /** The header fields that every request to it has, which a gateway before it may want. */
  backendHeaders?: () => Promise<Readonly<Record<string, string>>>;
  /** Sends the requests. */
  fetch?: Fetch;
  /** Where a clock that is off is reported. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/** A fetch that adds the person's header fields to what goes to the backend, and to nobody else. */
export async function createBackendFetch(
  { backendUrl, backendHeaders, fetch: send, log, now }: BackendFetchOptions,
): Promise<Fetch> {
  const always = await backendHeaders?.();
  const fetch = createProviderFetch({ fetch: send, setting: "MCP_BACKEND_URL", log, now });
  return (url, init) =>
    new URL(url).origin === backendUrl.origin
      ? fetch(url, { ...init, headers: { ...always, ...init?.headers as Record<string, string> } })
      : fetch(url, init);
}
