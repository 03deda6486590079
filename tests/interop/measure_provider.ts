import type { Provider } from "./counterpart.ts";
import { allFlows } from "./flows/all_flows.ts";
import { startProviderStage } from "./provider_stage.ts";
import { within } from "../support/within.ts";

/** What {@linkcode measureProvider} is told. */
export interface ProviderMeasuring {
  /** Where the provider was installed. */
  directory: string;
  /** Whether only the flows of the quick part are tried. */
  quick: boolean;
  /** Ends everything. */
  signal: AbortSignal;
}

/** A cell of the table of providers and flows. */
export interface ProviderMeasurement {
  kind: "provider";
  counterpart: string;
  feature: string;
  /** That this provider, as it is set up here, does not let it be tried. */
  direct?: { ok: false; why: string };
  /** What came of it. */
  program?: { ok: true } | { ok: false; why: string };
  /** What was said between program and provider when it failed, without the people's pages. */
  log?: string;
  ms: number;
}

const patience = 120_000;

/** Tries every flow at a provider, with the real program; one result as it comes. */
export async function* measureProvider(
  provider: Provider,
  { directory, quick, signal }: ProviderMeasuring,
): AsyncGenerator<ProviderMeasurement> {
  await using stage = await startProviderStage(provider, { directory, signal });
  for (const flow of allFlows) {
    if (quick && !flow.quick) continue;
    signal.throwIfAborted();
    const cell = { kind: "provider" as const, counterpart: provider.name, feature: flow.name };
    if (!flow.isOffered(stage.provider)) {
      yield { ...cell, direct: { ok: false, why: "not offered" }, ms: 0 };
      continue;
    }
    const from = stage.exchanges.length;
    const before = performance.now();
    const done = () => Math.round(performance.now() - before);
    try {
      await within(flow.run(stage), { patience, what: flow.name });
      yield { ...cell, program: { ok: true }, ms: done() };
    } catch (error) {
      const why = (error instanceof Error ? error.message : String(error)).slice(0, 2000);
      const log = stage.exchanges.slice(from)
        .filter(({ method, status }) => method === "POST" || status >= 400)
        .map(({ method, path, status, answer }) =>
          `${method} ${path} ${status}${status >= 400 ? ` ${answer.slice(0, 300)}` : ""}`
        );
      yield { ...cell, program: { ok: false, why }, log: log.join("\n"), ms: done() };
    }
  }
}
