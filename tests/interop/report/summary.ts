import type { Judged, Verdict } from "../judge.ts";
import type { InteropResult } from "../run_interop.ts";
import { alignTable } from "./align_table.ts";

/** The result as a table for a terminal: a line for each counterpart, then what is red. */
export function summarize(result: InteropResult): string {
  const rows = new Map<string, Judged[]>();
  for (const one of result.judged) {
    const key = `${one.kind} ${one.counterpart}`;
    rows.set(key, [...rows.get(key) ?? [], one]);
  }
  const header = ["counterpart", "works", "known", "new", "outdated", "–"];
  const lines = [...rows].map(([key, judged]) => {
    const count = (verdict: Verdict) =>
      String(judged.filter((one) => one.verdict === verdict).length);
    return [
      key,
      count("works"),
      count("known failure"),
      count("new failure"),
      count("outdated expectation"),
      count("absent"),
    ];
  });
  const text = alignTable([header, ...lines]);
  for (const { kind, counterpart, why } of result.ignored) {
    text.push(`ignored: ${kind} ${counterpart}: ${why}`);
  }
  for (const { counterpart, feature, verdict, program, expected } of result.judged) {
    if (verdict === "new failure" && program?.ok === false) {
      text.push(`FAILED: ${counterpart}: ${feature}: ${program.why}`);
    } else if (verdict === "outdated expectation") {
      const now = program ? "works" : "cannot be measured";
      text.push(`OUTDATED: ${counterpart}: ${feature} ${now}; take it off the list: ${expected}`);
    }
  }
  return text.join("\n");
}
