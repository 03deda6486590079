/** How many timers may run in one {@linkcode FakeTime.pass}. */
const mostTimers = 10_000;
/** Older than any time that `performance.now` tells, in milliseconds. */
const longAgo = 1e12;

/**
 * `setTimeout`, `AbortSignal.timeout` and their like on a clock that a test moves; disposing brings the
 * real ones back. What is to happen after no time at all, as the next turn, does so by itself.
 */
export class FakeTime implements Disposable {
  /** The present, in milliseconds since the test began. */
  now = 0;
  readonly #timers = new Map<number, { at: number; run: () => void }>();
  readonly #controllers = new Set<AbortController>();
  /** How many listen to each signal that was not aborted yet. */
  readonly #listeners = new Map<AbortSignal, number>();
  readonly #real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    timeout: AbortSignal.timeout,
    performanceNow: performance.now,
  };

  constructor() {
    let last = 0;
    const setTimeout = (run: () => void, delay = 0) => {
      const id = ++last;
      this.#timers.set(id, { at: this.now + delay, run });
      if (delay <= 0) this.#real.setTimeout(() => this.#timers.delete(id) && run());
      return id;
    };
    const clearTimeout = (id?: number) => id !== undefined && this.#timers.delete(id);
    Object.assign(globalThis, { setTimeout, clearTimeout });
    AbortSignal.timeout = (delay) => {
      const controller = new AbortController();
      this.#controllers.add(controller);
      setTimeout(() => controller.abort(), delay);
      this.#countListeners(controller.signal);
      return controller.signal;
    };
    // Before all that is real: an alarm of `src/base/timer.ts` that is still set for a real time is later
    // than every one that is set from now on, which therefore does not wait for it.
    performance.now = () => this.now - longAgo;
  }

  /** Whether somebody waits for a time to come: a timer that nobody stopped. */
  get isAwaited(): boolean {
    return [...this.#listeners].some(([signal, count]) => count > 0 && !signal.aborted);
  }

  #countListeners(signal: AbortSignal) {
    const { addEventListener, removeEventListener } = signal;
    const count = (change: number) =>
      this.#listeners.set(signal, (this.#listeners.get(signal) ?? 0) + change);
    signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      count(1);
      addEventListener.apply(signal, given);
    };
    signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      count(-1);
      removeEventListener.apply(signal, given);
    };
  }

  /** Lets so many milliseconds pass, and everything happen that happens meanwhile. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (let timers = 0;; timers++) {
      if (timers > mostTimers) {
        throw new Error(`timers set each other off for ever at ${this.now} ms`);
      }
      // What a timer set off may set timers in its turn.
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      const due = [...this.#timers].filter(([, { at }]) => at <= end);
      if (due.length === 0) break;
      const [id, { at, run }] = due.sort(([, one], [, other]) => one.at - other.at)[0];
      this.#timers.delete(id);
      this.now = Math.max(this.now, at);
      run();
    }
    this.now = end;
  }

  [Symbol.dispose]() {
    const { setTimeout, clearTimeout, timeout, performanceNow } = this.#real;
    Object.assign(globalThis, { setTimeout, clearTimeout });
    AbortSignal.timeout = timeout;
    performance.now = performanceNow;
    // Nobody moves this clock any more: what goes by it must not be waited for.
    for (const controller of this.#controllers) controller.abort();
  }
}
