// Tests put a clock of their own in the place of the real one; a limit is real time nevertheless.
const { setTimeout, clearTimeout } = globalThis;

/** How {@linkcode within} waits. */
export interface WithinOptions {
  /** How long, in milliseconds; 30 s unless told otherwise. */
  patience?: number;
  /** What is waited for, for the error; a function is called when it is too late. */
  what: string | (() => string);
}

/** The promise, or an error that says what did not happen in time: a test that hangs tells nothing. */
export async function within<T>(promise: Promise<T>, options: WithinOptions): Promise<T> {
  const { patience = 30_000, what } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const missing = typeof what === "string" ? what : what();
      reject(new Error(`not within ${patience} ms: ${missing}`));
    }, patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
