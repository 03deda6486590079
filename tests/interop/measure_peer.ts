import { freePort } from "../support/free_port.ts";
import { createBackendService } from "./backend_service.ts";
import { connectThroughProgram } from "./connect_through_program.ts";
import type { Backend, Peer } from "./counterpart.ts";
import type { Feature } from "./features/feature.ts";
import { installCounterpart } from "./installation.ts";
import { measureFeature } from "./measure_feature.ts";
import { measurePeerSignIn, type PeerMeasuring } from "./measure_peer_sign_in.ts";
import type { Measurement, Outcome } from "./measurement.ts";
import { peerBackends } from "./peer_backends.ts";
import { startPeerStage } from "./peer_stage.ts";
import { probeOutcome, reasonOf } from "./probe_outcome.ts";

/** Measures a peer as the program is measured: how it signs in, and what works with it between. */
export async function* measurePeer(
  peer: Peer,
  options: PeerMeasuring & { features: readonly Feature[] },
): AsyncGenerator<Measurement> {
  yield* measurePeerSignIn(peer, options);
  for (const backend of peerBackends) {
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
    yield* measureFeatures(peer, { ...options, backend, backendDirectory });
  }
}

interface FeaturesMeasuring extends PeerMeasuring {
  features: readonly Feature[];
  backend: Backend;
  backendDirectory: string;
}

async function* measureFeatures(
  peer: Peer,
  { directory, quick, signal, features, backend, backendDirectory }: FeaturesMeasuring,
): AsyncGenerator<Measurement> {
  const cell = { kind: "peer" as const, counterpart: peer.name, at: backend.name };
  const port = freePort();
  const audience = `http://127.0.0.1:${port}/mcp`;
  await using stage = await startPeerStage({ audience });
  const { issuer, jwksUri } = stage.provider;
  await using service = createBackendService(() =>
    backend.start({ directory: backendDirectory, port, issuer, jwksUri, audience, signal })
  );
  await service.start();
  const { url } = service.running!;
  const token = await stage.getToken(audience);
  await using desk = await stage.openDesk();
  // With a token at hand, nothing but what is measured can go wrong.
  const way = peer.ways["static token"] ?? peer.ways.browser!;
  const settings = desk.settings(way(desk.options({ directory, url, token })));

  // Whoever has to sign in does it here, so that it takes no time of the first feature.
  const before = performance.now();
  let log = "";
  const onLog = (text: string) => log = (log + text).slice(-3000);
  const start = await probeOutcome(async () => {
    await using _connection = await connectThroughProgram(settings, { era: "2025", onLog });
  }, { patience: 70_000, what: "the first start" });
  const ms = Math.round(performance.now() - before);
  yield { ...cell, feature: "start", program: start, ...start.ok ? {} : { log }, ms };
  if (!start.ok) return;

  const lacking = new Map<string, Outcome>();
  for (const feature of features) {
    signal.throwIfAborted();
    if (feature.only && feature.only !== "2025") continue;
    const lack = lacking.get(feature.needs ?? "");
    if (lack) {
      yield { ...cell, feature: feature.name, direct: lack, ms: 0 };
      continue;
    }
    await service.ensure();
    const measured = await measureFeature(feature, {
      backend,
      service,
      settings,
      url,
      token,
      era: "2025",
      quick,
    });
    if (measured.direct?.ok === false) lacking.set(feature.name, measured.direct);
    // What a probe cannot do without is no second failure of the same.
    if (measured.program?.ok === false) {
      lacking.set(feature.name, { ok: false, why: `not without ${feature.name}` });
    }
    yield { ...cell, feature: feature.name, ...measured };
  }
}
