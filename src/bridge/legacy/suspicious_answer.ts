import { scanMessage } from "../jsonrpc/scan_message.ts";

/** An answer that may say that the session is gone. */
export interface SuspiciousAnswer {
  /** Its HTTP status. */
  status: number;
  /** Its body. */
  body: Uint8Array;
  /** The method of the message that it answered. */
  method?: string;
}

/**
 * HTTP errors that are about this message, or about the way to the backend, whatever the session:
 * method, proxy, length, media type, header fields, too many requests.
 */
const otherMatters: ReadonlySet<number> = new Set([405, 407, 413, 414, 415, 429, 431]);

/** Whether an HTTP error to a message with a session id may be about the session. */
export function isSuspicious(status: number): boolean {
  return status >= 400 && !otherMatters.has(status);
}

/** A longer body is compared by its beginning, in bytes. */
const maxCompared = 64 << 10;

/**
 * Whether two answers refuse alike: the same status and the same body, apart from the JSON-RPC id, the
 * method and
 * what servers put in to tell one answer from the next (times, request ids). A 404 needs no body: to a
 * message with a session id it says that the session is gone (MCP 2025-11-25, transports, session
 * management).
 */
export function isAlike(one: SuspiciousAnswer, other: SuspiciousAnswer): boolean {
  if (one.status !== other.status) return false;
  return one.status === 404 || comparable(one.body) === comparable(other.body) ||
    withoutMethod(one) === withoutMethod(other);
}

/** Some servers name the method that they refuse. */
function withoutMethod({ body, method }: SuspiciousAnswer): string {
  const text = comparable(body);
  return method ? text.replaceAll(method, "<method>") : text;
}

/**
 * Whether an HTTP error leaves it open what became of the request: a server failed, or a gateway had
 * no patience, which some say with 408 (Envoy does for streams that are idle).
 */
export function mayBeCarriedOut(status: number): boolean {
  return status >= 500 || status === 408;
}

function comparable(body: Uint8Array): string {
  const scanned = scanMessage(body);
  const isResponse = scanned.kind === "response" && scanned.idStart !== -1;
  const text = isResponse
    ? textOf(body.subarray(0, scanned.idStart)) +
      textOf(body.subarray(scanned.idStart + new TextEncoder().encode(scanned.id).length))
    : textOf(body);
  return text
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?/g, "<time>")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<id>")
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{10,}\b/gi, "<id>");
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, maxCompared));
}
