import { startProgramFrom } from "./load_program.ts";
import { runSeeds } from "./run_seeds.ts";

/** What a worker is asked. */
export interface Job {
  /** The program as `bundleProgram` has it. */
  bundled: string;
  /** The seeds from the first on, each so many further. */
  first: number;
  step: number;
  end: number;
  /** How many failures are enough. */
  maxFailures: number;
}

/** What it answers. */
export type Report =
  | { kind: "failure"; seed: number; violation: string }
  | { kind: "progress"; count: number }
  | { kind: "end" };

/** This thread, as whoever started it sees it. */
const thread = self as unknown as Worker;
const report = (message: Report) => thread.postMessage(message);

thread.onmessage = async ({ data }: MessageEvent<Job>) => {
  const { bundled, first, step, end, maxFailures } = data;
  const start = startProgramFrom(bundled);
  let failures = 0;
  let count = 0;
  function* seeds() {
    for (let seed = first; seed < end; seed += step) {
      yield seed;
      if (++count % 50 === 0) report({ kind: "progress", count: 50 });
    }
  }
  await runSeeds(start, seeds(), ({ seed, violation = "" }) => {
    report({ kind: "failure", seed, violation });
    return ++failures >= maxFailures;
  });
  report({ kind: "progress", count: count % 50 });
  report({ kind: "end" });
};
