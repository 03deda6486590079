import { startProgram } from "../support/program.ts";
import type { ProgramSettings } from "../support/program_command.ts";
import type { BackendService } from "./backend_service.ts";
import { connectDirectly } from "./connect_directly.ts";
import { connectThroughProgram } from "./connect_through_program.ts";
import type { Connection, Era } from "./connection.ts";
import type { Backend } from "./counterpart.ts";
import type { Feature, Probe } from "./features/feature.ts";
import type { Measurement, Outcome } from "./measurement.ts";
import { probeOutcome } from "./probe_outcome.ts";
import { translateCalls } from "./translate_calls.ts";
import { type Rounds, tryInRounds } from "./try_in_rounds.ts";

const keptLog = 3000;

/** What {@linkcode measureFeature} is told. */
export interface FeatureMeasuring {
  backend: Backend;
  /** The backend at work. */
  service: BackendService;
  /** Its endpoint. */
  url: URL;
  /** A token that it accepts from a direct client. */
  token: string;
  /** What a direct client makes its requests with. */
  client?: Deno.HttpClient;
  /** What stands between: the program, or another one. */
  settings: ProgramSettings;
  /** The protocol. */
  era: Era;
  /** Whether what takes long is scaled down. */
  quick: boolean;
  /** Whether it is known to fail now and then by a fault of the backend, which a direct client shows. */
  faultOfBackend?: boolean;
}

/** What a {@linkcode measureFeature} gives. */
export type FeatureMeasurement = Omit<Measurement, "kind" | "counterpart" | "feature">;

/** Measures one thing with a backend, directly and, where that works, with a program between. */
export async function measureFeature(
  feature: Feature,
  options: FeatureMeasuring,
): Promise<FeatureMeasurement> {
  const { backend, service, settings, url, token, client, era } = options;
  const { transport = "streamable-http" } = backend;
  const before = performance.now();
  let log = "";
  const onLog = (text: string) => log = (log + text).slice(-keptLog);
  const directly = () =>
    runProbe(
      feature,
      { ...options, direct: true },
      () => connectDirectly(url, { era, transport, token, client }),
    );
  const throughProgram = () =>
    runProbe(
      feature,
      { ...options, direct: false },
      () => connectThroughProgram(settings, { era, onLog }),
    );

  let direct: Outcome | undefined;
  let program: Outcome | undefined;
  if (feature.programOnly) program = await throughProgram();
  else if (feature.concurrent) {
    [direct, program] = await Promise.all([directly(), throughProgram()]);
  } else {
    direct = await directly();
    if (direct.ok) program = await throughProgram();
  }
  if (direct && !direct.ok) program = undefined;
  const failed = program?.ok === false;
  const rounds = options.faultOfBackend
    ? await tryDirectly(feature, { ...options, rounds: roundsFor(failed, options.quick) })
    : undefined;
  const ms = Math.round(performance.now() - before);
  const text = `${log}\n-- ${backend.name} --\n${service.running?.output().slice(-keptLog) ?? ""}`;
  return {
    ...direct && { direct },
    ...program && { program },
    ...failed && { log: text },
    ...rounds && { rounds },
    ms,
  };
}

// A failure through the program is judged by them: one that shows in a tenth of all rounds is then
// missed once in a thousand million runs.
const mostRounds = 200;
// What docs/compatibility.md tells.
const publishedRounds = 20;

function roundsFor(failed: boolean, quick: boolean): Rounds {
  return { least: quick ? 0 : publishedRounds, most: failed ? mostRounds : 0 };
}

/** How often a direct client fails at something. */
function tryDirectly(
  feature: Feature,
  options: FeatureMeasuring & { rounds: Rounds },
): Promise<Measurement["rounds"]> {
  const { backend, service, url, token, client, era, rounds } = options;
  const { transport = "streamable-http" } = backend;
  const run = feature.directly ?? feature.run;
  return tryInRounds(async () => {
    await service.ensure();
    return await runProbe(
      { ...feature, run },
      { ...options, direct: true },
      () => connectDirectly(url, { era, transport, token, client }),
    );
  }, rounds);
}

/** Runs a probe with connections that are closed after it, however it ends. */
async function runProbe(
  feature: Feature,
  options: FeatureMeasuring & { direct: boolean },
  connect: () => Promise<Connection>,
): Promise<Outcome> {
  const { backend, service, settings, era, quick, direct } = options;
  const open: Promise<AsyncDisposable>[] = [];
  const keep = <T extends AsyncDisposable>(opening: Promise<T>): Promise<T> => {
    open.push(opening);
    opening.catch(() => {});
    return opening;
  };
  const probe: Probe = {
    connect: async () => translateCalls(await keep(connect()), backend.translate),
    startProgram: () => keep(startProgram(settings)),
    translate: (name, args) => backend.translate?.(name, args) ?? { name, args },
    backend: service,
    era,
    direct,
    quick,
  };
  const { patience = 30_000, name } = feature;
  try {
    return await probeOutcome(() => feature.run(probe), { patience, what: name });
  } finally {
    for (const opening of open) {
      const closing = opening.then((opened) => opened[Symbol.asyncDispose]()).catch(() => {});
      await probeOutcome(() => closing, { patience: 10_000, what: "closing" });
    }
  }
}
