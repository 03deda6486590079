import type { LineReader } from "./line_reader.ts";

/** What {@linkcode readInput} needs. */
export interface ReadInputOptions {
  /** Takes what is read. */
  reader: LineReader;
  /** Ends the reading as the end of the input would. */
  signal: AbortSignal;
}

/** Reads the client's input until it ends; one that breaks has ended. */
export async function readInput(
  input: ReadableStream<Uint8Array>,
  { reader, signal }: ReadInputOptions,
): Promise<void> {
  const source = input.getReader();
  const stop = () => void source.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    for (;;) {
      const { done, value } = await source.read();
      if (done) break;
      reader.push(value);
    }
  } catch {
    // A client that is gone needs no more answers than one that has said goodbye.
  } finally {
    signal.removeEventListener("abort", stop);
  }
  reader.end();
}
