import type { ExpectedFailures } from "../expected_failures.ts";
import { isRed, judge } from "../judge.ts";
import type { Kind } from "../measurement.ts";
import type { InteropResult } from "../run_interop.ts";

/** One result of several runs: of a counterpart in more than one of them, what the last one measured. */
export function joinRuns(
  runs: readonly InteropResult[],
  expectations: ExpectedFailures,
): InteropResult {
  const last = new Map<string, InteropResult>();
  for (const run of runs) {
    for (const { kind, counterpart } of run.measured) last.set(keyOf(kind, counterpart.name), run);
  }
  const isLast = (run: InteropResult, kind: Kind, row: string) =>
    last.get(keyOf(kind, row.replace(/@.*/, ""))) === run;
  const judged = runs.flatMap((run) =>
    run.judged.filter(({ kind, counterpart }) => isLast(run, kind, counterpart))
      .map(({ verdict: _, expected: __, ...measurement }) => judge(measurement, expectations))
  );
  const ignored = new Map(
    runs.flatMap((run) => run.ignored)
      .filter(({ kind, counterpart }) => !last.has(keyOf(kind, counterpart)))
      .map((one) => [keyOf(one.kind, one.counterpart), one]),
  );
  return {
    judged,
    ignored: [...ignored.values()],
    measured: runs.flatMap((run) =>
      run.measured.filter(({ kind, counterpart }) => isLast(run, kind, counterpart.name))
    ).toSorted((one, other) => one.counterpart.title < other.counterpart.title ? -1 : 1),
    red: judged.some(({ verdict }) => isRed(verdict)),
  };
}

function keyOf(kind: Kind, name: string): string {
  return `${kind} ${name}`;
}
