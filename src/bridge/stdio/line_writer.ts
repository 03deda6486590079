import { lineFeed } from "../json/scan_json.ts";

/** Where bytes can be written to: `Deno.stdout` is one. */
export interface ByteWriter {
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes lines to the client, as many as have gathered in one go. */
export interface LineWriter {
  /**
   * Takes one line without its line break; never waits. The caller may overwrite a line of less than
   * {@linkcode copiedBelow} bytes at once, and must not touch a longer one any more.
   */
  write(line: Uint8Array): void;
  /** Waits while the client is slow to read; `undefined` when there is no need to. */
  whenWritable(): Promise<void> | undefined;
  /** Resolves when everything taken so far is written, or can never be. */
  flushed(): Promise<void>;
  /** Aborted when the client has closed its end. */
  readonly closed: AbortSignal;
}

/** Shorter lines are copied together into one write, in bytes. */
export const copiedBelow: number = 1 << 16;

/** More than this waits for the client to read before more is fetched for it, in bytes. */
const highWater = 1 << 20;

/** A writer of lines to `output`. */
export function createLineWriter(output: ByteWriter): LineWriter {
  const closed = new AbortController();
  /** What is to be written, in its order. */
  let queue: Uint8Array[] = [];
  let queued = 0;
  /** The end of the queue, which takes more lines as long as they fit. */
  let batch = new Uint8Array(0);
  let filled = 0;
  let spare: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(copiedBelow);
  let writing: Promise<void> | undefined;
  let waiting: (() => void)[] = [];

  function copy(line: Uint8Array) {
    if (filled + line.length + 1 > batch.length) {
      closeBatch();
      batch = spare ?? new Uint8Array(copiedBelow);
      spare = undefined;
    }
    batch.set(line, filled);
    filled += line.length;
    batch[filled++] = lineFeed;
  }

  function closeBatch() {
    if (filled > 0) queue.push(batch.subarray(0, filled));
    filled = 0;
    batch = new Uint8Array(0);
  }

  async function drain() {
    // Lines that come in the same turn of the event loop travel together.
    await Promise.resolve();
    try {
      for (;;) {
        closeBatch();
        const bytes = queue.shift();
        if (!bytes) break;
        await writeAll(bytes);
        queued -= bytes.length;
        if (bytes.buffer.byteLength === copiedBelow) {
          spare ??= new Uint8Array(bytes.buffer as ArrayBuffer);
        }
        if (queued <= highWater && waiting.length > 0) wake();
      }
    } catch {
      closed.abort();
      queue = [];
      wake();
    }
    writing = undefined;
  }

  async function writeAll(bytes: Uint8Array) {
    let at = 0;
    while (at < bytes.length) at += await output.write(at === 0 ? bytes : bytes.subarray(at));
  }

  function wake() {
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) resolve();
  }

  return {
    write(line) {
      if (closed.signal.aborted) return;
      queued += line.length + 1;
      if (line.length < copiedBelow) {
        copy(line);
      } else {
        closeBatch();
        queue.push(line, lineEnd);
      }
      writing ??= drain();
    },
    whenWritable() {
      if (queued <= highWater || closed.signal.aborted) return undefined;
      return new Promise((resolve) => waiting.push(resolve));
    },
    async flushed() {
      while (writing) await writing;
    },
    closed: closed.signal,
  };
}

const lineEnd = Uint8Array.of(lineFeed);
