import { keepReadBuffer, takeReadBuffer } from "./read_buffers.ts";

/**
 * Reads a body to its end, into one buffer that is used again and again: `take` must not keep what
 * it is given. When it returns a promise, reading waits for that; when it throws, reading ends.
 *
 * @returns how it ended: `ended` by the server, or `broken` by the network or a signal
 */
export async function readChunks(
  body: ReadableStream<Uint8Array>,
  take: (piece: Uint8Array) => Promise<void> | undefined,
): Promise<"ended" | "broken"> {
  const reader = body.getReader({ mode: "byob" });
  let buffer = takeReadBuffer();
  for (;;) {
    let result: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;
    try {
      result = await reader.read(new Uint8Array(buffer));
    } catch {
      return "broken";
    }
    if (result.value) buffer = result.value.buffer;
    if (result.done) {
      keepReadBuffer(buffer);
      return "ended";
    }
    try {
      const wait = take(result.value);
      if (wait) await wait;
    } catch (error) {
      reader.cancel().catch(() => {});
      throw error;
    }
  }
}
