import { ProxyError } from "../../../base/errors.ts";
import { createGrowingBytes } from "../../../base/growing_bytes.ts";
import { fetchCause } from "../../../net/fetch_cause.ts";
import type { HttpFetch } from "../../../net/http_client.ts";

/** What a URL answered. */
export interface FetchedDocument {
  /** Whether it gave the document. */
  ok: boolean;
  /** The status of its answer. */
  status: number;
  /** Whether it says that it is JSON. */
  isJson: boolean;
  /** What it says. */
  text: string;
}

/** What {@linkcode fetchDocument} works with. */
export interface FetchDocumentOptions {
  /** Sends the request. */
  fetch: HttpFetch;
  /** Ends it. */
  signal: AbortSignal;
  /** The longest document, in bytes. */
  maxBytes?: number;
}

/** A document comes within this time, in milliseconds. */
const patience = 20_000;

/** It may have moved so often. */
const maxRedirects = 3;

/**
 * Gets a JSON document over https, wherever that redirects to over https; without credentials.
 *
 * @throws {ProxyError} `catalogue_unreadable` when there is no answer, or none that is taken
 */
export async function fetchDocument(
  given: URL,
  { fetch, signal, maxBytes = 8 << 20 }: FetchDocumentOptions,
): Promise<FetchedDocument> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  let url = given;
  for (let redirects = 0;; redirects++) {
    let response: Response;
    try {
      response = await fetch(url, {
        headers: { accept: "application/json" },
        redirect: "manual",
        signal: limited,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw failure(url, fetchCause(error), { cause: error });
    }
    const location = response.status >= 300 && response.status < 400
      ? response.headers.get("location")
      : null;
    if (location === null) {
      const type = response.headers.get("content-type") ?? "";
      return {
        ok: response.ok,
        status: response.status,
        // Places that only store files do not know what is in them.
        isJson: /\bjson\b|text\/plain|octet-stream/i.test(type) || type === "",
        text: await readText(response, { url, maxBytes, signal }),
      };
    }
    await response.body?.cancel();
    const next = URL.parse(location, url);
    if (next?.protocol !== "https:" || redirects === maxRedirects) {
      throw failure(url, `it redirects to ${location}`);
    }
    url = next;
  }
}

async function readText(
  response: Response,
  { url, maxBytes, signal }: { url: URL; maxBytes: number; signal: AbortSignal },
): Promise<string> {
  const bytes = createGrowingBytes();
  try {
    for await (const piece of response.body ?? []) {
      if (bytes.length + piece.length > maxBytes) {
        throw failure(url, `it is longer than ${maxBytes} bytes`);
      }
      bytes.append(piece);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ProxyError ? error : failure(url, fetchCause(error), { cause: error });
  }
  return new TextDecoder().decode(bytes.take());
}

function failure(url: URL, why: string, { cause }: { cause?: unknown } = {}): ProxyError {
  return new ProxyError({
    category: "Network error",
    what: `${url.href} cannot be read: ${why}`,
    fix: "check the address, the network and the proxy, or give --from a file",
    reason: "catalogue_unreadable",
    cause,
  });
}
