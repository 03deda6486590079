import type { ByteReader } from "../bridge/stdio/read_input.ts";
import { startTimer, type Timer } from "../base/timer.ts";

/** What {@linkcode collectWhenIdle} works with. */
export interface CollectWhenIdleOptions {
  /** Collects all garbage; by default V8's collector where `--expose-gc` gives access to it. */
  collect?: () => void;
  /** How much memory V8 holds, in bytes. */
  bytesHeld?: () => number;
  /** How long nothing must have been read, in milliseconds. */
  silence?: number;
  /** Called when the input has ended. */
  onEnd?: () => unknown;
}

/** Less than this, in bytes, is not worth a collection. */
const worthwhile = 4 << 20;
/** As many messages at most leave what every start leaves. */
const startMessages = 50;

/**
 * The same input, but when nothing has come for a while, what many messages left behind is given back
 * to the system. V8 means to do that by itself when a program is idle; in Deno nobody wakes it up.
 */
export function collectWhenIdle(
  input: ByteReader,
  options: CollectWhenIdleOptions = {},
): ByteReader & Disposable {
  const { collect = exposedCollector(), bytesHeld = heapAndBuffers, silence = 10_000, onEnd } =
    options;
  let reads = 0;
  let lastRead = 0;
  let timer: Timer | undefined;
  /** What the program cannot do without; unknown before the first silence. */
  let needed: number | undefined;

  function look() {
    const rest = lastRead + silence - performance.now();
    timer = rest > 0 ? startTimer(look, rest) : undefined;
    if (timer) return;
    const held = bytesHeld();
    const isWorthwhile = needed === undefined ? reads > startMessages : held - needed >= worthwhile;
    if (isWorthwhile) collect?.();
    if (isWorthwhile || needed === undefined) needed = bytesHeld();
  }

  return {
    async read(into) {
      const length = await input.read(into);
      if (length === null) onEnd?.();
      if (length !== null && collect) {
        reads++;
        lastRead = performance.now();
        timer ??= startTimer(look, silence);
      }
      return length;
    },
    [Symbol.dispose]: () => timer?.stop(),
  };
}

function heapAndBuffers(): number {
  const { heapTotal, external } = Deno.memoryUsage();
  return heapTotal + external;
}

function exposedCollector(): (() => void) | undefined {
  const { gc } = globalThis as { gc?: (options: { flavor: "last-resort" }) => void };
  // Any other flavor keeps the memory for the next messages.
  return gc && (() => gc({ flavor: "last-resort" }));
}
