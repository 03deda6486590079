import type { Count } from "./counts.ts";

/** What a comparison found. */
export interface Comparison {
  /** One line for each count. */
  lines: string[];
  /** Whether a count has grown by more than its room, or has no baseline. */
  failed: boolean;
}

/** Holds counts against a baseline. A count that this machine cannot take is named and passes. */
export function compare(
  counts: readonly Count[],
  baseline: Readonly<Record<string, number>>,
): Comparison {
  let failed = false;
  const lines = counts.map(({ name, value, room }) => {
    if (value === undefined) return `skip  ${name}: cannot be counted on this machine`;
    const before = baseline[name];
    const now = Math.round(value * 10) / 10;
    const ok = before !== undefined && value <= before * (1 + room);
    failed ||= !ok;
    return `${ok ? "ok   " : "GREW "} ${name}: ${now} (baseline ${before ?? "missing"}, room ${
      Math.round(room * 100)
    } %)`;
  });
  return { lines, failed };
}
