import { freePort } from "../support/free_port.ts";
import { startProgram } from "../support/program.ts";
import { connectDirectly } from "./connect_directly.ts";
import { connectThroughProgram } from "./connect_through_program.ts";
import type { Connection, Era } from "./connection.ts";
import type { Backend, RunningBackend } from "./counterpart.ts";
import { type Desk, openDesk } from "./desk.ts";
import type { BackendControl, Feature, Probe } from "./features/feature.ts";
import type { Measurement, Outcome } from "./measurement.ts";
import { probeOutcome } from "./probe_outcome.ts";
import { translateCalls } from "./translate_calls.ts";

/** What {@linkcode measureBackend} is told. */
export interface BackendMeasuring {
  /** Where the backend was installed. */
  directory: string;
  /** What to measure. */
  features: readonly Feature[];
  /** Whether what takes long is scaled down. */
  quick: boolean;
  /** Ends everything. */
  signal: AbortSignal;
}

const keptLog = 3000;

/** Measures what works with a backend, directly and through the program; one result as it comes. */
export async function* measureBackend(
  backend: Backend,
  options: BackendMeasuring,
): AsyncGenerator<Measurement> {
  const { directory, features, quick, signal } = options;
  const { transport = "streamable-http", eras = ["2025"] } = backend;
  const port = freePort();
  const path = backend.path ?? (transport === "sse" ? "/sse" : "/mcp");
  const audience = `http://127.0.0.1:${port}${path}`;
  await using desk = await openDesk({ audience });
  const { issuer, jwksUri } = desk.provider;
  await using service = createService(() =>
    backend.start({ directory, port, issuer, jwksUri, audience, signal })
  );
  await service.start();
  const url = service.running!.url;
  const token = await desk.getToken();

  for (const era of eras) {
    const counterpart = eras.length > 1 ? `${backend.name}@${era}` : backend.name;
    const cell = { kind: "backend" as const, counterpart };
    if (era === eras[0]) {
      const before = performance.now();
      const { outcome, log } = await signIn(desk, { url, era });
      const ms = performance.now() - before;
      yield { ...cell, feature: "sign-in", program: outcome, ...outcome.ok ? {} : { log }, ms };
      // Without a credential every other probe would only wait for somebody to sign in.
      if (!outcome.ok) return;
    }
    const lacking = new Map<string, Outcome>();
    for (const feature of features) {
      signal.throwIfAborted();
      if (feature.only && feature.only !== era) continue;
      const lack = lacking.get(feature.needs ?? "");
      if (lack) {
        yield { ...cell, feature: feature.name, direct: lack, ms: 0 };
        continue;
      }
      await service.ensure();
      const measured = await measureFeature(feature, {
        backend,
        service,
        desk,
        url,
        token,
        era,
        quick,
        transport,
      });
      if (measured.direct?.ok === false) lacking.set(feature.name, measured.direct);
      yield { ...cell, feature: feature.name, ...measured };
    }
  }
}

async function signIn(
  desk: Desk,
  { url, era }: { url: URL; era: Era },
): Promise<{ outcome: Outcome; log: string }> {
  let log = "";
  const onLog = (text: string) => log = (log + text).slice(-keptLog);
  const connecting = connectThroughProgram(desk.settings(url), { era, onLog });
  const outcome = await probeOutcome(async () => {
    await Promise.race([desk.signIn(), connecting]);
    await connecting;
  }, { patience: 40_000, what: "the sign-in" });
  // A connection that never comes is ended with its process.
  const closing = connecting.then((connection) => connection[Symbol.asyncDispose]());
  await probeOutcome(() => closing, { patience: 5000, what: "closing" });
  return { outcome, log };
}

interface FeatureMeasuring {
  backend: Backend;
  service: Service;
  desk: Desk;
  url: URL;
  token: string;
  era: Era;
  quick: boolean;
  transport: "streamable-http" | "sse";
}

async function measureFeature(
  feature: Feature,
  options: FeatureMeasuring,
): Promise<Omit<Measurement, "kind" | "counterpart" | "feature">> {
  const { backend, service, desk, url, token, era, transport } = options;
  const before = performance.now();
  let log = "";
  const onLog = (text: string) => log = (log + text).slice(-keptLog);
  const directly = () =>
    runProbe(
      feature,
      { ...options, direct: true },
      () => connectDirectly(url, { era, transport, token }),
    );
  const throughProgram = () =>
    runProbe(
      feature,
      { ...options, direct: false },
      () => connectThroughProgram(desk.settings(url), { era, onLog }),
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
  const ms = Math.round(performance.now() - before);
  const failed = program && !program.ok;
  const text = `${log}\n-- ${backend.name} --\n${service.running?.output().slice(-keptLog) ?? ""}`;
  return { ...direct && { direct }, ...program && { program }, ...failed && { log: text }, ms };
}

/** Runs a probe with connections that are closed after it, however it ends. */
async function runProbe(
  feature: Feature,
  options: FeatureMeasuring & { direct: boolean },
  connect: () => Promise<Connection>,
): Promise<Outcome> {
  const { backend, service, desk, url, era, quick, direct } = options;
  const open: Promise<AsyncDisposable>[] = [];
  const keep = <T extends AsyncDisposable>(opening: Promise<T>): Promise<T> => {
    open.push(opening);
    opening.catch(() => {});
    return opening;
  };
  const probe: Probe = {
    connect: async () => translateCalls(await keep(connect()), backend.translate),
    startProgram: () => keep(startProgram(desk.settings(url))),
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

interface Service extends BackendControl, AsyncDisposable {
  readonly running: RunningBackend | undefined;
  /** Starts it unless it runs. */
  ensure(): Promise<void>;
}

function createService(startBackend: () => Promise<RunningBackend>): Service {
  let running: RunningBackend | undefined;
  const kill = async () => {
    await running?.kill();
    running = undefined;
  };
  const start = async () => {
    running ??= await startBackend();
  };
  return {
    get running() {
      return running;
    },
    kill,
    start,
    ensure: start,
    [Symbol.asyncDispose]: kill,
  };
}
