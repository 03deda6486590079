import { ProxyError } from "../../base/errors.ts";
import { createGrowingBytes } from "../../base/growing_bytes.ts";
import { readChunks } from "./read_chunks.ts";

/** What {@linkcode readBody} needs to know. */
export interface ReadBodyOptions {
  /** A longer body is an error, in bytes. */
  maxBytes: number;
  /** Where the response came from. */
  url: URL;
  /** The signal that was given to `fetch`. */
  signal: AbortSignal;
}

/**
 * The whole body of a response, without a byte order mark in front (RFC 8259 section 8.1).
 *
 * @throws {ProxyError} when it is longer than allowed, or breaks off
 */
export async function readBody(
  response: Response,
  options: ReadBodyOptions,
): Promise<Uint8Array> {
  const { maxBytes, url, signal } = options;
  const length = Number(response.headers.get("content-length") ?? "NaN");
  if (length > maxBytes) {
    await response.body?.cancel();
    throw messageTooLong(maxBytes);
  }
  try {
    if (length <= maxBytes) return withoutMark(await response.bytes());
  } catch (error) {
    signal.throwIfAborted();
    throw await failure(error, url);
  }
  const body = createGrowingBytes();
  const ending = response.body && await readChunks(response.body, (piece) => {
    if (body.length + piece.length > maxBytes) throw messageTooLong(maxBytes);
    body.append(piece);
    return undefined;
  });
  signal.throwIfAborted();
  if (ending === "broken") throw await failure("the body broke off", url);
  return withoutMark(body.take());
}

/** The same without a byte order mark in front. */
export function withoutMark(body: Uint8Array): Uint8Array {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

/** Loaded only when something fails. */
async function failure(error: unknown, url: URL): Promise<ProxyError> {
  return (await import("./fetch_failure.ts")).fetchFailure(error, url);
}

/** The error for a message that is longer than `--max-message-bytes`. */
export function messageTooLong(maxBytes: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `a message is longer than ${maxBytes} bytes`,
    fix: "raise --max-message-bytes or ask for less",
    reason: "message_too_long",
  });
}
