import { lineFeed } from "../message/scan_json.ts";

/** Writes lines to the client, as many as have gathered in one go. */
export interface LineWriter {
  /** Takes one line without its line break; never waits. */
  write(line: Uint8Array): void;
  /** Waits while the client is slow to read; `undefined` when there is no need to. */
  room(): Promise<void> | undefined;
  /** Resolves when everything taken so far is written, or can never be. */
  flushed(): Promise<void>;
  /** Gives the output back. */
  release(): void;
  /** Aborted when the client has closed its end. */
  readonly closed: AbortSignal;
}

/** More than this waits for the client to read before more is fetched for it, in bytes. */
const highWater = 1 << 20;

/** Lines shorter than this are copied together into one write. */
const batchBytes = 1 << 16;

/** A writer of lines to `output`. */
export function createLineWriter(output: WritableStream<Uint8Array>): LineWriter {
  const writer = output.getWriter();
  const closed = new AbortController();
  const batch = new Uint8Array(batchBytes);
  let queue: Uint8Array[] = [];
  let queued = 0;
  let writing: Promise<void> | undefined;
  let waiting: (() => void)[] = [];

  // Without this a broken pipe would also surface as an unhandled rejection.
  writer.closed.catch(() => closed.abort());

  async function drain() {
    try {
      // Lines that come in the same turn of the event loop travel together.
      await Promise.resolve();
      while (queue.length > 0 && !closed.signal.aborted) {
        const lines = queue;
        queue = [];
        await writeLines(lines);
      }
    } catch {
      closed.abort();
    }
    if (closed.signal.aborted) {
      queue = [];
      queued = 0;
      wake();
    }
    writing = undefined;
  }

  async function writeLines(lines: readonly Uint8Array[]) {
    let filled = 0;
    for (const line of lines) {
      if (line.length >= batchBytes) {
        if (filled > 0) await writer.write(batch.subarray(0, filled));
        await writer.write(line);
        batch[0] = lineFeed;
        filled = 1;
      } else {
        if (filled + line.length + 1 > batchBytes) {
          await writer.write(batch.subarray(0, filled));
          filled = 0;
        }
        batch.set(line, filled);
        filled += line.length;
        batch[filled++] = lineFeed;
      }
      queued -= line.length;
      if (queued <= highWater && waiting.length > 0) wake();
    }
    if (filled > 0) await writer.write(batch.subarray(0, filled));
  }

  function wake() {
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) resolve();
  }

  return {
    write(line) {
      if (closed.signal.aborted) return;
      queue.push(line);
      queued += line.length;
      writing ??= drain();
    },
    room() {
      if (queued <= highWater) return undefined;
      return new Promise((resolve) => waiting.push(resolve));
    },
    async flushed() {
      while (writing) await writing;
    },
    release: () => writer.releaseLock(),
    closed: closed.signal,
  };
}
