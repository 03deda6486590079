import type { RunningProvider } from "../counterpart.ts";
import type { ProviderStage } from "../provider_stage.ts";

/** One thing that people do at a provider, through the program. */
export interface Flow {
  /** What the table calls it. */
  name: string;
  /** Whether it belongs to `--quick`. */
  quick?: boolean;
  /** Whether this provider, as it is set up here, lets it be tried. */
  isOffered(provider: RunningProvider): boolean;
  /** Tries it; throws where the program does not do what is right. */
  run(stage: ProviderStage): Promise<void>;
}
