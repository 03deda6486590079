import type { Counterparts, Selection } from "./counterparts.ts";
import { selectCounterparts } from "./counterparts.ts";
import type { Counterpart } from "./counterpart.ts";
import type { ExpectedFailures } from "./expected_failures.ts";
import { installCounterpart } from "./installation.ts";
import { isRed, judge, type Judged } from "./judge.ts";
import type { Ignored, Kind, Measurement } from "./measurement.ts";
import { reasonOf } from "./probe_outcome.ts";
import { findToolchain } from "./toolchains.ts";

/** How one kind of counterpart is measured. */
export type Measure<T extends Counterpart> = (
  counterpart: T,
  options: { directory: string; quick: boolean; signal: AbortSignal },
) => AsyncIterable<Measurement>;

/** What {@linkcode runInterop} is told. */
export interface InteropRun {
  /** All there are. */
  counterparts: Counterparts;
  /** Which of them. */
  selection: Selection;
  /** How each kind is measured. */
  measure: {
    backend: Measure<Counterparts["backends"][number]>;
    oneEra: Measure<Counterparts["oneEra"][number]>;
    gateway: Measure<Counterparts["gateways"][number]>;
    client: Measure<Counterparts["clients"][number]>;
    provider: Measure<Counterparts["providers"][number]>;
    peer: Measure<Counterparts["peers"][number]>;
  };
  /** What is known to fail. */
  expectations: ExpectedFailures;
  /** Where counterparts are installed. */
  cache?: string;
  /** How many are installed and measured at the same time; one unless told otherwise. */
  jobs?: number;
  /** After this time, in milliseconds, nothing more is begun: what is left is ignored and named. */
  budget?: number;
  /** When it begins, as ISO 8601 has it: the page says so of all that is measured. */
  began?: string;
  /** Ends everything. */
  signal: AbortSignal;
  /** Told what happens, as it does. */
  onProgress?(event: ProgressEvent): void;
}

/** What {@linkcode InteropRun.onProgress} is told. */
export type ProgressEvent =
  | { type: "begun"; counterpart: Counterpart }
  | { type: "judged"; judged: Judged }
  | { type: "ignored"; ignored: Ignored };

/** A counterpart that was measured. */
export interface Measured {
  kind: Kind;
  counterpart: Counterpart;
  /** The versions of Debian's packages that the machine has of what it needs. */
  packages?: Readonly<Record<string, string>>;
  /** When the run began, as ISO 8601 has it; absent where nobody needs to know. */
  began?: string;
}

/** What came of a run. */
export interface InteropResult {
  /** Every measurement. */
  judged: readonly Judged[];
  /** What was not measured. */
  ignored: readonly Ignored[];
  /** What was. */
  measured: readonly Measured[];
  /** Whether something failed that was not known to, or the other way round. */
  red: boolean;
}

/** Installs and measures the selected counterparts. */
export async function runInterop(run: InteropRun): Promise<InteropResult> {
  const { counterparts, selection, measure, signal, began, jobs = 1 } = run;
  const end = performance.now() + (run.budget ?? Infinity);
  const judged: Judged[] = [];
  const ignored: Ignored[] = [];
  const measured: Measured[] = [];
  const tell = run.onProgress ?? (() => {});

  const toTask = <T extends Counterpart>(
    kind: Kind,
    { counterpart, measureOne }: { counterpart: T; measureOne: Measure<T> },
  ) =>
  async () => {
    signal.throwIfAborted();
    const ignore = (why: string) => {
      const one = { kind, counterpart: counterpart.name, why };
      ignored.push(one);
      tell({ type: "ignored", ignored: one });
    };
    if (performance.now() > end) return ignore("no time was left");
    tell({ type: "begun", counterpart });
    let directory: string;
    try {
      directory = await installCounterpart(counterpart, { cache: run.cache, signal });
    } catch (error) {
      signal.throwIfAborted();
      return ignore(reasonOf(error));
    }
    // An installation may have taken what time there was.
    if (performance.now() > end) return ignore("no time was left");
    const add = (measurement: Measurement) => {
      const one = judge(measurement, run.expectations);
      judged.push(one);
      tell({ type: "judged", judged: one });
    };
    const packages = await debianPackages(counterpart);
    measured.push({ kind, counterpart, ...packages && { packages }, ...began && { began } });
    const before = performance.now();
    try {
      const options = { directory, quick: selection.quick, signal };
      for await (const measurement of measureOne(counterpart, options)) add(measurement);
    } catch (error) {
      signal.throwIfAborted();
      // It could be installed, so that it does not start is a fault, of the harness or of its own.
      const ms = Math.round(performance.now() - before);
      const log = error instanceof Error ? error.message : String(error);
      const program = { ok: false, why: reasonOf(error) } as const;
      add({ kind, counterpart: counterpart.name, feature: "start", program, log, ms });
    }
  };
  const tasksOf = <T extends Counterpart>(
    kind: Kind,
    all: readonly T[],
    measureOne: Measure<T>,
  ) =>
    selectCounterparts(all, selection).map((counterpart) =>
      toTask(kind, { counterpart, measureOne })
    );
  const tasks = [
    ...tasksOf("backend", counterparts.backends, measure.backend),
    ...tasksOf("one-era", counterparts.oneEra, measure.oneEra),
    ...tasksOf("gateway", counterparts.gateways, measure.gateway),
    ...tasksOf("client", counterparts.clients, measure.client),
    ...tasksOf("provider", counterparts.providers, measure.provider),
    ...tasksOf("peer", counterparts.peers, measure.peer),
  ];
  const worker = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift()) await task();
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return { judged, ignored, measured, red: judged.some(({ verdict }) => isRed(verdict)) };
}

/** Those are not pinned: which they are belongs to the result. */
async function debianPackages(
  { toolchains }: Counterpart,
): Promise<Record<string, string> | undefined> {
  const packages: Record<string, string> = {};
  for (const toolchain of toolchains) {
    const [, name] = /^debian:(.+)$/.exec(toolchain) ?? [];
    const version = name && await findToolchain(toolchain);
    if (version) packages[name] = version;
  }
  return Object.keys(packages).length > 0 ? packages : undefined;
}
