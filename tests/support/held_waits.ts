import { nextTurn } from "../../src/base/timer.ts";

/** Waits that none ends before it is told to. */
export interface HeldWaits extends Disposable {
  /** Lets every timer that is set go off now, in order, and every later one of up to an hour at once. */
  release(): void;
}

/** Holds every timer of the program, and every limit of a request, until they are released. */
export async function holdWaits(): Promise<HeldWaits> {
  // Timers share an alarm: one that is set already could stand in for ours.
  await nextTurn();
  const { timeout } = AbortSignal;
  const held = new Set<AbortController>();
  let isReleased = false;
  AbortSignal.timeout = (milliseconds) => {
    if (isReleased) {
      return timeout.call(AbortSignal, milliseconds > longestSkipped ? milliseconds : 0);
    }
    const controller = new AbortController();
    held.add(controller);
    return controller.signal;
  };
  return {
    release() {
      isReleased = true;
      for (const controller of held) controller.abort(new Error("its time is over"));
    },
    [Symbol.dispose]: () => void (AbortSignal.timeout = timeout),
  };
}

/** In milliseconds. */
const longestSkipped = 3_600_000;
