import type { Judged } from "../judge.ts";
import type { ProgressEvent } from "../run_interop.ts";

const longestLog = 4000;
const signs = {
  "works": "ok",
  "absent": "–",
  "fails": "fails",
  "known failure": "known",
  "new failure": "FAILED",
  "outdated expectation": "OUTDATED",
};

/** Writes each result as it comes; with the end of the logs where something new failed. */
export function printProgress(event: ProgressEvent): void {
  if (event.type === "begun") {
    console.log(`${event.counterpart.name}: ${event.counterpart.title}`);
  } else if (event.type === "ignored") {
    console.log(`${event.ignored.counterpart}: ignored: ${event.ignored.why}`);
  } else console.log(describe(event.judged));
}

function describe(
  { counterpart, at, feature, verdict, expected, direct, program, rounds, log, ms }: Judged,
): string {
  const name = at === undefined ? counterpart : `${counterpart} at ${at}`;
  const lines = [`${name}: ${signs[verdict]}: ${feature} (${Math.round(ms)} ms)`];
  if (verdict === "absent" && direct?.ok === false) lines.push(`directly: ${direct.why}`);
  if (program?.ok === false) lines.push(program.why);
  if (expected !== undefined) {
    lines.push(`expected to fail: ${typeof expected === "object" ? expected.title : expected}`);
  }
  if (rounds) lines.push(`a direct client failed in ${rounds.failed} of ${rounds.count} rounds`);
  if (verdict === "new failure" && log) {
    lines.push(...log.slice(-longestLog).trim().split("\n"));
  }
  return lines.join("\n    ");
}
