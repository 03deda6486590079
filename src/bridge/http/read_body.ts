import { ProxyError } from "../../errors.ts";
import { concatBytes } from "../message/concat_bytes.ts";
import { fetchFailure } from "./fetch_failure.ts";

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
 * The whole body of a response.
 *
 * @throws {ProxyError} when it is longer than allowed, or breaks off
 */
export async function readBody(
  response: Response,
  options: ReadBodyOptions,
): Promise<Uint8Array> {
  const { maxBytes, url, signal } = options;
  const length = Number(response.headers.get("content-length") ?? "NaN");
  try {
    if (length <= maxBytes) return await response.bytes();
    if (!(length > maxBytes)) {
      const chunks: Uint8Array[] = [];
      let total = 0;
      for await (const chunk of response.body ?? []) {
        total += chunk.length;
        if (total > maxBytes) throw messageTooLong(maxBytes);
        chunks.push(chunk);
      }
      return concatBytes(chunks);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ProxyError ? error : fetchFailure(error, url);
  }
  await response.body?.cancel();
  throw messageTooLong(maxBytes);
}

/** The error for a message that is longer than `--max-message-bytes`. */
export function messageTooLong(maxBytes: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `a message is longer than ${maxBytes} bytes`,
    todo: "raise --max-message-bytes or ask for less",
    reason: "message_too_long",
  });
}
