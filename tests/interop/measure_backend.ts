import { freePort } from "../support/free_port.ts";
import type { ProgramSettings } from "../support/program_command.ts";
import { createBackendService } from "./backend_service.ts";
import { connectThroughProgram } from "./connect_through_program.ts";
import type { Era } from "./connection.ts";
import type { Backend, GatewayOptions, RunningGateway } from "./counterpart.ts";
import { type Desk, openDesk } from "./desk.ts";
import type { Feature } from "./features/feature.ts";
import { measureFeature } from "./measure_feature.ts";
import { measureInTurn } from "./measure_in_turn.ts";
import type { Kind, Measurement, Outcome } from "./measurement.ts";
import { probeOutcome } from "./probe_outcome.ts";

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
  /** Whether a feature of this row is known to fail by a fault of the backend; none unless told. */
  isFaultOfBackend?(counterpart: string, feature: string): boolean;
  /** What stands between, and whose row it is then; nothing unless told otherwise. */
  behind?: {
    kind: Kind;
    counterpart: string;
    start(options: GatewayOptions): Promise<RunningGateway>;
  };
}

const keptLog = 3000;

/** Measures what works with a backend, directly and through the program; one result as it comes. */
export async function* measureBackend(
  backend: Backend,
  options: BackendMeasuring,
): AsyncGenerator<Measurement> {
  const { directory, features, quick, signal, behind } = options;
  const { transport = "streamable-http", eras = ["2025"] } = backend;
  const port = freePort();
  const path = backend.path ?? (transport === "sse" ? "/sse" : "/mcp");
  await using gateway = await behind?.start({ upstream: `127.0.0.1:${port}`, path });
  const url = gateway?.url ?? new URL(`http://127.0.0.1:${port}${path}`);
  const audience = url.href;
  await using desk = await openDesk({ audience });
  const { issuer, jwksUri } = desk.provider;
  await using service = createBackendService(() =>
    backend.start({ directory, port, issuer, jwksUri, audience, signal })
  );
  await service.start();
  const { pathname } = service.running!.url;
  if (pathname !== path) throw new Error(`its endpoint is ${pathname}, and ${path} was measured`);
  const token = await desk.getToken();
  const settings = addTo(desk.settings(url), gateway);

  for (const era of eras) {
    const name = behind?.counterpart ?? backend.name;
    const counterpart = eras.length > 1 ? `${name}@${era}` : name;
    const cell = { kind: behind?.kind ?? "backend", counterpart };
    if (era === eras[0]) {
      const before = performance.now();
      const { outcome, log } = await signIn(desk, { settings, era });
      const ms = performance.now() - before;
      yield { ...cell, feature: "sign-in", program: outcome, ...outcome.ok ? {} : { log }, ms };
      // Without a credential every other probe would only wait for somebody to sign in.
      if (!outcome.ok) return;
    }
    const measure = async (feature: Feature) => {
      await service.ensure();
      const { client } = gateway ?? {};
      const faultOfBackend = options.isFaultOfBackend?.(counterpart, feature.name);
      const more = { service, settings, url, token, client, era, quick, faultOfBackend };
      return await measureFeature(feature, { backend, ...more });
    };
    for await (const measured of measureInTurn(features, { era, measure, signal })) {
      yield { ...cell, ...measured };
    }
  }
}

/** What the program is started with, where a gateway wants more of it. */
function addTo(settings: ProgramSettings, gateway: RunningGateway | undefined): ProgramSettings {
  return {
    ...settings,
    args: [...settings.args ?? [], ...gateway?.args ?? []],
    env: { ...settings.env, ...gateway?.env },
  };
}

/** Signs in through the program, once for all that is measured with this desk. */
export async function signIn(
  desk: Desk,
  { settings, era }: { settings: ProgramSettings; era: Era },
): Promise<{ outcome: Outcome; log: string }> {
  let log = "";
  const onLog = (text: string) => log = (log + text).slice(-keptLog);
  const connecting = connectThroughProgram(settings, { era, onLog });
  const outcome = await probeOutcome(async () => {
    await Promise.race([desk.signIn(), connecting]);
    await connecting;
  }, { patience: 40_000, what: "the sign-in" });
  // A connection that never comes is ended with its process.
  const closing = connecting.then((connection) => connection[Symbol.asyncDispose]());
  await probeOutcome(() => closing, { patience: 5000, what: "closing" });
  return { outcome, log };
}
