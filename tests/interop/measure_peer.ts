import { equal, ok } from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import type { ProgramSettings } from "../support/program_command.ts";
import { type BackendService, createBackendService } from "./backend_service.ts";
import { connectThroughProgram } from "./connect_through_program.ts";
import { type Connection, textOf } from "./connection.ts";
import type { Backend, Peer } from "./counterpart.ts";
import type { Feature } from "./features/feature.ts";
import { installCounterpart } from "./installation.ts";
import { measureFeature } from "./measure_feature.ts";
import { measurePeerSignIn, type PeerMeasuring } from "./measure_peer_sign_in.ts";
import { measureInTurn } from "./measure_in_turn.ts";
import type { Measurement } from "./measurement.ts";
import { modernBackend, peerBackends } from "./peer_backends.ts";
import { startPeerStage } from "./peer_stage.ts";
import { probeOutcome, reasonOf } from "./probe_outcome.ts";

/** Measures a peer as the program is measured: how it signs in, and what works with it between. */
export async function* measurePeer(
  peer: Peer,
  options: PeerMeasuring & { features: readonly Feature[] },
): AsyncGenerator<Measurement> {
  yield* measurePeerSignIn(peer, options);
  for (const backend of [...peerBackends, modernBackend]) {
    options.signal.throwIfAborted();
    let backendDirectory: string;
    try {
      backendDirectory = await installCounterpart(backend, options);
    } catch (error) {
      // What the backend needs is not on this machine, of which the peer knows nothing.
      const cell = { kind: "peer" as const, counterpart: peer.name, at: backend.name };
      yield { ...cell, feature: "start", direct: { ok: false, why: reasonOf(error) }, ms: 0 };
      continue;
    }
    const measure = backend === modernBackend ? measureOtherEra : measureFeatures;
    yield* measure(peer, { ...options, backend, backendDirectory });
  }
}

interface FeaturesMeasuring extends PeerMeasuring {
  features: readonly Feature[];
  backend: Backend;
  backendDirectory: string;
}

async function* measureFeatures(
  peer: Peer,
  options: FeaturesMeasuring,
): AsyncGenerator<Measurement> {
  const { quick, signal, features, backend } = options;
  const cell = { kind: "peer" as const, counterpart: peer.name, at: backend.name };
  await using place = await openPlace(peer, options);
  const { service, settings, url, token } = place;
  // Whoever has to sign in does it here, so that it takes no time of the first feature.
  const start = await measureStart(settings, async () => {});
  yield { ...cell, ...start };
  if (!start.program?.ok) return;

  const measure = async (feature: Feature) => {
    await service.ensure();
    const more = { service, settings, url, token, era: "2025" as const, quick };
    return await measureFeature(feature, { backend, ...more });
  };
  const options2025 = { era: "2025", measure, failureCountsOnce: true, signal } as const;
  for await (const measured of measureInTurn(features, options2025)) yield { ...cell, ...measured };
}

/** Nobody translates for a direct client either: what counts is that list and call come through. */
async function* measureOtherEra(
  peer: Peer,
  options: FeaturesMeasuring,
): AsyncGenerator<Measurement> {
  const cell = { kind: "peer" as const, counterpart: peer.name, at: options.backend.name };
  await using place = await openPlace(peer, options);
  const start = await measureStart(place.settings, async (connection) => {
    ok((await connection.listTools()).includes("echo"), "no tool echo");
    equal(textOf(await connection.callTool("echo", { text: "hello" })), "hello");
  });
  yield { ...cell, ...start, feature: "a client of 2025" };
}

/** A backend at work and what starts a peer before it. */
interface Place extends AsyncDisposable {
  service: BackendService;
  settings: ProgramSettings;
  url: URL;
  token: string;
}

async function openPlace(
  peer: Peer,
  { directory, signal, backend, backendDirectory }: FeaturesMeasuring,
): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const port = freePort();
  const audience = `http://127.0.0.1:${port}/mcp`;
  const stage = stack.use(await startPeerStage({ audience }));
  const { issuer, jwksUri } = stage.provider;
  const service = stack.use(
    createBackendService(() =>
      backend.start({ directory: backendDirectory, port, issuer, jwksUri, audience, signal })
    ),
  );
  await service.start();
  const { url } = service.running!;
  const token = await stage.getToken(audience);
  const desk = stack.use(await stage.openDesk());
  // With a token at hand, nothing but what is measured can go wrong.
  const way = peer.ways["static token"] ?? peer.ways.browser!;
  const era = backend.eras?.[0] ?? "2025";
  const settings = desk.settings(way(desk.options({ directory, url, era, token })));
  const owned = stack.move();
  return { service, settings, url, token, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function measureStart(
  settings: ProgramSettings,
  use: (connection: Connection) => Promise<void>,
): Promise<Omit<Measurement, "kind" | "counterpart">> {
  const before = performance.now();
  let log = "";
  const onLog = (text: string) => log = (log + text).slice(-3000);
  const program = await probeOutcome(async () => {
    await using connection = await connectThroughProgram(settings, { era: "2025", onLog });
    await use(connection);
  }, { patience: 70_000, what: "the first start" });
  const ms = Math.round(performance.now() - before);
  return { feature: "start", program, ms, ...program.ok ? {} : { log } };
}
