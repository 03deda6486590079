import { startTimer } from "../../base/timer.ts";
import { createGrowingBytes } from "../../base/growing_bytes.ts";
import { withoutMark } from "./read_body.ts";

/** What {@linkcode readErrorBody} needs to know. */
export interface ReadErrorBodyOptions {
  /** What is behind this is not read, in bytes. */
  maxBytes: number;
  /** The signal that was given to `fetch`; its reason is thrown when it is aborted. */
  signal: AbortSignal;
}

/** The status says what matters: more words than come within this time are not waited for, in milliseconds. */
const patience = 3_000;

/**
 * The body of an HTTP error, or what came of it. Some never end: a gateway sends the status and the
 * beginning of a page, and loses the rest.
 */
export async function readErrorBody(
  response: Response,
  { maxBytes, signal }: ReadErrorBodyOptions,
): Promise<Uint8Array> {
  const body = createGrowingBytes();
  const reader = response.body?.getReader();
  if (!reader) return body.take();
  const end = () => void reader.cancel().catch(() => {});
  using _ = startTimer(end, patience);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const left = maxBytes - body.length;
      body.append(value.subarray(0, left));
      if (value.length < left) continue;
      end();
      break;
    }
  } catch {
    // It broke off; the status came whole.
  }
  signal.throwIfAborted();
  return withoutMark(body.take());
}
