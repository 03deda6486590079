/** The signals that ask the program to end; Windows knows only some of them. */
const stopSignals: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Turns the first signal that asks the program to end into an abort; the second one ends it at once
 * with the shell's code for it. Disposing gives the signals back.
 */
export function listenForStopSignals(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) Deno.exit(130);
    controller.abort(new DOMException("The program was told to stop", "AbortError"));
  };
  for (const name of stopSignals) Deno.addSignalListener(name, stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of stopSignals) Deno.removeSignalListener(name, stop);
    },
  };
}
