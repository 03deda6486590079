import type { ByteReader } from "../bridge/stdio/read_input.ts";
import { startTimer, type Timer } from "../timer.ts";

/** What {@linkcode collectWhenIdle} works with. */
export interface CollectWhenIdleOptions {
  /** Collects all garbage; by default V8's collector where `--expose-gc` gives access to it. */
  collect?: () => void;
  /** How much memory the heap takes, in bytes. */
  heapBytes?: () => number;
  /** How long nothing must have been read, in milliseconds. */
  silence?: number;
}

/** Less than this, in bytes, is not worth a collection. */
const worthwhile = 4 << 20;
/** What the heap takes after a start, in bytes. */
const afterStart = 8 << 20;

/**
 * The same input, but when nothing has come for a while, what many messages left behind is given back
 * to the system. V8 means to do that by itself when a program is idle; in Deno nobody wakes it up.
 */
export function collectWhenIdle(
  input: ByteReader,
  options: CollectWhenIdleOptions = {},
): ByteReader & Disposable {
  const { collect = exposedCollector(), silence = 10_000 } = options;
  const { heapBytes = () => Deno.memoryUsage().heapTotal } = options;
  let lastRead = 0;
  let timer: Timer | undefined;
  /** What the heap cannot do without, as far as it is known. */
  let kept = afterStart;

  function look() {
    const rest = lastRead + silence - performance.now();
    timer = rest > 0 ? startTimer(look, rest) : undefined;
    if (timer || heapBytes() - kept < worthwhile) return;
    collect?.();
    kept = heapBytes();
  }

  return {
    async read(into) {
      const length = await input.read(into);
      if (length !== null && collect) {
        lastRead = performance.now();
        timer ??= startTimer(look, silence);
      }
      return length;
    },
    [Symbol.dispose]: () => timer?.stop(),
  };
}

function exposedCollector(): (() => void) | undefined {
  const { gc } = globalThis as { gc?: (options: { flavor: "last-resort" }) => void };
  // Any other flavor keeps the memory for the next messages.
  return gc && (() => gc({ flavor: "last-resort" }));
}
