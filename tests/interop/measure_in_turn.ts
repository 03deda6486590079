import type { Era } from "./connection.ts";
import type { Feature } from "./features/feature.ts";
import type { FeatureMeasurement } from "./measure_feature.ts";
import type { Outcome } from "./measurement.ts";

/** How {@linkcode measureInTurn} goes about it. */
export interface MeasuringInTurn {
  /** The protocol: what another one has is left out. */
  era: Era;
  /** Measures one feature. */
  measure(feature: Feature): Promise<FeatureMeasurement>;
  /**
   * Whether what needs a feature is left out, too, when that failed with something between: it would
   * be the same failure once more.
   */
  failureCountsOnce?: boolean;
  /** Ends everything. */
  signal: AbortSignal;
}

/** Measures features one after the other; one is not tried where what it needs is not there. */
export async function* measureInTurn(
  features: readonly Feature[],
  { era, measure, failureCountsOnce, signal }: MeasuringInTurn,
): AsyncGenerator<FeatureMeasurement & { feature: string }> {
  const lacking = new Map<string, Outcome>();
  for (const feature of features) {
    const { name, needs = "", only = era } = feature;
    signal.throwIfAborted();
    if (only !== era) continue;
    const lack = lacking.get(needs);
    if (lack) {
      yield { feature: name, direct: lack, ms: 0 };
      continue;
    }
    const measured = await measure(feature);
    const { direct, program } = measured;
    if (direct?.ok === false) lacking.set(name, direct);
    else if (failureCountsOnce && program?.ok === false) {
      lacking.set(name, { ok: false, why: `not without ${name}` });
    }
    yield { feature: name, ...measured };
  }
}
