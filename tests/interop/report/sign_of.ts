import type { Judged } from "../judge.ts";

/** What stands in a table for a measurement; nothing where there was none. */
export function signOf(one: Judged | undefined): "" | "✓" | "✗" | "–" {
  if (!one) return "";
  if (one.program) return one.program.ok ? "✓" : "✗";
  return "–";
}
