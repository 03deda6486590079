import { freePort } from "../support/free_port.ts";
import { createBackendService } from "./backend_service.ts";
import { connectThroughProgram } from "./connect_through_program.ts";
import type { Era } from "./connection.ts";
import type { Backend } from "./counterpart.ts";
import { type Desk, openDesk } from "./desk.ts";
import type { Feature } from "./features/feature.ts";
import { measureFeature } from "./measure_feature.ts";
import { measureInTurn } from "./measure_in_turn.ts";
import type { Measurement, Outcome } from "./measurement.ts";
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
  await using service = createBackendService(() =>
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
    const settings = desk.settings(url);
    const measure = async (feature: Feature) => {
      await service.ensure();
      return await measureFeature(feature, { backend, service, settings, url, token, era, quick });
    };
    for await (const measured of measureInTurn(features, { era, measure, signal })) {
      yield { ...cell, ...measured };
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
