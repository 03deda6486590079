import type { ExpectedFailures } from "./expected_failures.ts";
import type { FaultOfOthers } from "./faults_of_others.ts";
import type { Measurement } from "./measurement.ts";

/** What a measurement means. */
export type Verdict =
  /** It works through the program, as it should. */
  | "works"
  /** The counterpart itself cannot. */
  | "absent"
  /** It fails with a peer between, which says nothing about the program. */
  | "fails"
  /** It fails, which is known. */
  | "known failure"
  /** It fails, which is new. */
  | "new failure"
  /** It was known to fail, and does not any more, or cannot be measured any more. */
  | "outdated expectation";

/** A measurement with what it means. */
export interface Judged extends Measurement {
  verdict: Verdict;
  /** Why it was expected to fail, if it was. */
  expected?: string | FaultOfOthers;
}

/** Judges a measurement by what was expected to fail. */
export function judge(measurement: Measurement, expectations: ExpectedFailures): Judged {
  const { kind, counterpart, at, feature, program } = measurement;
  if (kind === "peer") {
    return { ...measurement, verdict: !program ? "absent" : program.ok ? "works" : "fails" };
  }
  const expected = expectations[counterpart]?.[at === undefined ? feature : `${at}: ${feature}`];
  const verdict = ((): Verdict => {
    if (typeof expected === "object") {
      if (program?.ok !== false) return program ? "works" : "absent";
      // Only that a direct client fails as well shows whose fault it is.
      return measurement.rounds?.failed ? "known failure" : "new failure";
    }
    if (program?.ok === false) return expected ? "known failure" : "new failure";
    if (expected) return "outdated expectation";
    return program ? "works" : "absent";
  })();
  return { ...measurement, verdict, ...expected === undefined ? {} : { expected } };
}

/** Whether a verdict turns the run red. */
export function isRed(verdict: Verdict): boolean {
  return verdict === "new failure" || verdict === "outdated expectation";
}
