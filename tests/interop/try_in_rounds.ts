import type { Measurement, Outcome } from "./measurement.ts";

/** How often {@linkcode tryInRounds} tries. */
export interface Rounds {
  /** So often, whatever comes of it. */
  least: number;
  /** So often when none has failed so far. */
  most: number;
}

/** Tries something that fails now and then until it has failed once, within limits; says how often. */
export async function tryInRounds(
  round: () => Promise<Outcome>,
  { least, most }: Rounds,
): Promise<Measurement["rounds"]> {
  let count = 0;
  let failed = 0;
  let why: string | undefined;
  while (count < least || (failed === 0 && count < most)) {
    const outcome = await round();
    count++;
    if (outcome.ok) continue;
    failed++;
    why ??= outcome.why;
  }
  return count === 0 ? undefined : { count, failed, ...why === undefined ? {} : { why } };
}
