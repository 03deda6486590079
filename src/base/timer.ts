/** Something that is to happen later, unless it is disposed of before. */
export interface Timer extends Disposable {
  /** Calls it off. */
  stop(): void;
}

interface Entry {
  at: number;
  run: () => void;
}

const entries = new Set<Entry>();
/** The one thing that the system is asked to wake us for, and when. */
let alarm: { signal: AbortSignal; at: number; hasListener: boolean } | undefined;

/**
 * Calls `run` once, after so many milliseconds.
 *
 * As `setTimeout`, but without what Deno loads at its first use (Node's timers, a sixth of the time
 * of a start), and at next to no cost when it is stopped again, as most timers of the bridge are:
 * all of them share one alarm.
 *
 * @example
 * ```ts
 * using timer = startTimer(() => console.error("still waiting"), 5_000);
 * await something();
 * ```
 */
export function startTimer(run: () => void, milliseconds: number): Timer {
  const entry: Entry = { at: performance.now() + milliseconds, run };
  entries.add(entry);
  setAlarm(entry.at);
  const stop = () => {
    if (entries.delete(entry) && entries.size === 0) detach();
  };
  return { stop, [Symbol.dispose]: stop };
}

/** Resolves when everybody else who has something to do has had a turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void startTimer(resolve, 0));
}

/** Sees to it that there is an alarm at this time, or before. */
function setAlarm(at: number): void {
  // One that nobody listened to may have gone off.
  if (alarm && alarm.at <= at && !alarm.signal.aborted) {
    if (!alarm.hasListener) {
      alarm.signal.addEventListener("abort", onAlarm);
      alarm.hasListener = true;
    }
    return;
  }
  detach();
  const milliseconds = Math.max(0, Math.ceil(at - performance.now()));
  alarm = { signal: AbortSignal.timeout(milliseconds), at, hasListener: true };
  alarm.signal.addEventListener("abort", onAlarm);
}

/** An alarm that nobody listens to keeps no program running. */
function detach(): void {
  if (!alarm?.hasListener) return;
  alarm.signal.removeEventListener("abort", onAlarm);
  alarm.hasListener = false;
}

function onAlarm(event: Event): void {
  if (event.target !== alarm?.signal) return;
  const now = Math.max(alarm.at, performance.now());
  alarm = undefined;
  try {
    const due = [...entries].filter(({ at }) => at <= now).sort((one, two) => one.at - two.at);
    for (const entry of due) {
      // One of those before it may have stopped it.
      if (entries.delete(entry)) entry.run();
    }
  } finally {
    const next = Math.min(...[...entries].map(({ at }) => at));
    if (next !== Infinity) setAlarm(next);
  }
}
