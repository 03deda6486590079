/** The signals that ask the program to end, with the number that a shell knows each by. */
export function stopSignals(os: string): readonly (readonly [name: Deno.Signal, number: number])[] {
  // Windows knows only some of them.
  return os === "windows"
    ? [["SIGINT", 2], ["SIGBREAK", 21]]
    : [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]];
}

/** A signal asked the program to end: no failure, and nothing that a person needs to be told. */
export class StopRequest extends DOMException {
  /** The exit code by which a shell knows the signal: 128 and its number. */
  readonly exitCode: number;

  /** The request that a signal of this number makes. */
  constructor(signalNumber: number) {
    super("The program was told to stop", "AbortError");
    this.exitCode = 128 + signalNumber;
  }
}

/**
 * One press of Ctrl-C comes more than once: from the terminal, which signals everybody in the foreground,
 * and from each program in between that hands its own signal on (npx, the launcher of the npm package).
 * Nobody presses it twice within so many milliseconds.
 */
const oneSignal = 500;

/**
 * Turns the first signal that asks the program to end into an abort with a {@linkcode StopRequest};
 * the second one ends it at once with the shell's code for it. Disposing gives the signals back.
 */
export function listenForStopSignals(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let firstAt: number;
  const listeners = stopSignals(Deno.build.os).map(([name, number]) => {
    const listener = () => {
      const request = new StopRequest(number);
      if (!controller.signal.aborted) {
        firstAt = performance.now();
        controller.abort(request);
      } else if (performance.now() - firstAt > oneSignal) {
        Deno.exit(request.exitCode);
      }
    };
    Deno.addSignalListener(name, listener);
    return [name, listener] as const;
  });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const [name, listener] of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}
