import { startTimer } from "../base/timer.ts";
import { StopRequest } from "./stop_signals.ts";

/** How often the parent is looked for, in milliseconds. */
const interval = 2_000;

/** SIGHUP, by which a program hears that its terminal is gone: that is how this end looks to a shell. */
const hangUp = 1;

/** Whoever was left by its parent is given to this process, on systems other than Windows. */
const init = 1;

/** What {@linkcode watchParent} watches for. */
export interface ParentWatch extends Disposable {
  /** Aborts with a {@linkcode StopRequest} when the process that started this one is gone. */
  readonly signal: AbortSignal;
  /**
   * Whether it may have gone before it could be watched: there is no telling it from one that is the
   * first process of a container.
   */
  readonly mayBeGone: boolean;
}

/**
 * Watches the process that started this one: a client that was killed may leave its end of stdin
 * open in another process, and nobody is there any more to read an answer. Disposing ends the watch.
 */
export function watchParent(parentId: () => number = () => Deno.ppid): ParentWatch {
  const controller = new AbortController();
  const first = parentId();
  const look = () => {
    if (parentId() === first) timer = startTimer(look, interval);
    else controller.abort(new StopRequest(hangUp));
  };
  let timer = startTimer(look, interval);
  return {
    signal: controller.signal,
    mayBeGone: first === init,
    [Symbol.dispose]: () => timer.stop(),
  };
}
