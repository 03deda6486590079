import { startTimer } from "../timer.ts";

/** How often the parent is looked for, in milliseconds. */
const interval = 2_000;

/**
 * Aborts when the process that started this one is gone: a client that was killed may leave its end
 * of stdin open in another process. Disposing ends the watch.
 */
export function watchParent(
  parentId: () => number = () => Deno.ppid,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const first = parentId();
  const look = () => {
    if (parentId() === first) timer = startTimer(look, interval);
    else {
      controller.abort(
        new DOMException("The process that started the program is gone", "AbortError"),
      );
    }
  };
  let timer = startTimer(look, interval);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => timer.stop(),
  };
}
