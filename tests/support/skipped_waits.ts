/** Waits that are over at once, and how long each would have been. */
export interface SkippedWaits extends Disposable {
  /** In milliseconds, in order. */
  readonly waits: readonly number[];
}

/**
 * Lets every timer of the program of up to an hour go off at once, in order, until it is disposed of.
 * The limits of requests to a provider stay what they are.
 *
 * @param onWait called with each wait before it is over, to move the clock on
 */
export function skipWaits(onWait: (milliseconds: number) => void = () => {}): SkippedWaits {
  const { timeout } = AbortSignal;
  const waits: number[] = [];
  // On a busy machine, time passes between the wish to wait and the wait.
  const frozen = Math.ceil(performance.now());
  Object.defineProperty(performance, "now", { value: () => frozen, configurable: true });
  AbortSignal.timeout = (milliseconds) => {
    if (milliseconds === limitOfRequest || milliseconds > longestSkipped) {
      return timeout.call(AbortSignal, milliseconds);
    }
    waits.push(milliseconds);
    onWait(milliseconds);
    return timeout.call(AbortSignal, 0);
  };
  return {
    waits,
    [Symbol.dispose]() {
      AbortSignal.timeout = timeout;
      Reflect.deleteProperty(performance, "now");
    },
  };
}

const limitOfRequest = 10_000;
/** Longer ones are limits that no test is about: an hour, in milliseconds. */
const longestSkipped = 3_600_000;
