import { within } from "../support/within.ts";
import type { Outcome } from "./measurement.ts";

const longestReason = 600;

/** Runs something to its end, or until patience ends, and says what came of it. */
export async function probeOutcome(
  run: () => Promise<void>,
  options: { patience: number; what: string },
): Promise<Outcome> {
  try {
    await within(run(), options);
    return { ok: true };
  } catch (error) {
    return { ok: false, why: reasonOf(error) };
  }
}

/** The message of an error, on one line and bounded. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > longestReason ? `${line.slice(0, longestReason)}…` : line;
}
