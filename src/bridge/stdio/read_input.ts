import { aborted } from "../../base/abortable.ts";
import type { LineReader } from "./line_reader.ts";

/** Where bytes can be read from: `Deno.stdin` is one. */
export interface ByteReader {
  /** Reads some bytes into an array and says how many; `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/** What {@linkcode readInput} needs. */
export interface ReadInputOptions {
  /** Takes what is read; may not keep it. */
  reader: LineReader;
  /** Told how much was read, in bytes; what it returns is waited for before more is. */
  whenWritable(length: number): Promise<void> | undefined;
  /** Ends the reading as the end of the input would. */
  signal: AbortSignal;
}

/** Reads the client's input until it ends; one that breaks has ended. */
export async function readInput(
  input: ByteReader,
  { reader, whenWritable, signal }: ReadInputOptions,
): Promise<void> {
  const buffer = new Uint8Array(1 << 16);
  const ended = (async () => {
    try {
      while (!signal.aborted) {
        const length = await input.read(buffer);
        if (length === null || signal.aborted) return;
        reader.push(buffer.subarray(0, length));
        const full = whenWritable(length);
        if (full) await full;
      }
    } catch {
      // A client that is gone needs no more answers than one that has said goodbye.
    }
  })();
  // A read that waits for the client cannot be ended; nobody takes what it reads.
  await Promise.race([ended, aborted(signal)]);
  reader.end();
}
