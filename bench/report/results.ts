import type { Failure } from "../figures/figure.ts";
import type { Summary } from "../measure/statistics.ts";

/** What `bench/results.json` holds. */
export interface Results {
  /** When the run ended, UTC. */
  date: string;
  /** True for a run of `--quick`: good for finding mistakes, not for figures. */
  quick: boolean;
  machine: Record<string, string>;
  versions: Record<string, string>;
  /** How the subjects are called in tables. */
  subjects: Record<string, string>;
  /** What this machine lacked. */
  absent: readonly string[];
  /** Figure → subject → what was measured. Milliseconds, bytes, calls a second or shares. */
  figures: Record<string, Record<string, Summary>>;
  failures: readonly Failure[];
  targets: readonly TargetResult[];
  /** The round trips, when they were measured apart from the rest. */
  roundTrips?: Pick<Results, "date" | "machine" | "versions">;
}

/** A target and what became of it. */
export interface TargetResult {
  target: string;
  subject: string;
  limit: number;
  measured: number;
  unit: string;
  met: boolean;
}
