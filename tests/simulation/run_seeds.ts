import type { StartProgram } from "./load_program.ts";
import { type Outcome, simulate } from "./simulate.ts";

/**
 * Simulates seeds one after the other, and sees to it that no promise that failed was left alone.
 *
 * @param onFailure called with each outcome that violates an invariant; true ends the run
 * @returns how many were simulated
 */
export async function runSeeds(
  start: StartProgram,
  seeds: Iterable<number>,
  onFailure: (outcome: Outcome) => boolean,
): Promise<number> {
  let unhandled: unknown;
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled ??= event.reason;
  };
  addEventListener("unhandledrejection", note);
  let count = 0;
  // Nobody reads where an error was made, and finding that out is a good part of a run.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (const seed of seeds) {
      unhandled = undefined;
      const outcome = await simulate(start, seed);
      count++;
      await nextTurn();
      if (unhandled !== undefined && outcome.violation === undefined) {
        const reason = unhandled instanceof Error ? unhandled.stack : unhandled;
        outcome.violation = `a promise failed, and nobody dealt with it: ${reason}`;
      }
      if (outcome.violation !== undefined && onFailure(outcome)) break;
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    removeEventListener("unhandledrejection", note);
  }
  return count;
}

/** Deno reports such promises between two turns of its event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
