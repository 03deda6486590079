import { equal } from "node:assert/strict";
import { startEverything } from "../support/everything.ts";
import { freePort } from "../support/free_port.ts";
import { startGateway } from "../support/gateway.ts";
import everything from "./backends/everything/counterpart.ts";
import sdkV1 from "./backends/sdk_v1/counterpart.ts";
import { connectThroughProgram } from "./connect_through_program.ts";
import { type Connection, textOf } from "./connection.ts";
import type { Peer, PeerWay } from "./counterpart.ts";
import { installCounterpart } from "./installation.ts";
import { atSignIn, type Measurement } from "./measurement.ts";
import { type PeerDesk, type PeerStage, startPeerStage } from "./peer_stage.ts";
import { probeOutcome } from "./probe_outcome.ts";
import { translateCalls } from "./translate_calls.ts";

/** What {@linkcode measurePeerSignIn} is told. */
export interface PeerMeasuring {
  /** Where the peer was installed. */
  directory: string;
  /** Whether what takes long is scaled down. */
  quick: boolean;
  /** Ends everything. */
  signal: AbortSignal;
}

/** What a scenario works with. */
interface Scene {
  desk: PeerDesk;
  /** Starts the peer once more at this desk; ended after the scenario. */
  connect(): Promise<Connection>;
}

const lifetime = 5;
const keptLog = 3000;
// A client of the SDK gives up a handshake after a minute.
const patience = 90_000;

/** What is tried by one way in particular. */
const byWay: Readonly<Record<string, PeerWay>> = {
  "browser, backend only validates tokens": "browser",
  "browser, backend names its provider": "advertised",
  "device code": "device code",
  "client credentials": "client credentials",
  "static token": "static token",
};

/** What is tried with tokens of an hour, by the first way that a person can sign in. */
const afterSignIn: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  async "next start, no sign-in"({ desk, connect }) {
    await end(await use(await connect()));
    equal(desk.tabs(), 1, `${desk.tabs()} sign-ins at first`);
    await use(await connect());
    requireTabs(desk, 1);
  },
  async "three at once, one sign-in"({ desk, connect }) {
    await Promise.all(Array.from({ length: 3 }, async () => use(await connect())));
    requireTabs(desk, 1);
  },
};

/** What is tried with tokens of five seconds; without a person where it is a service that signs in. */
const afterExpiry: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  async "5 s tokens, renewed"({ desk, connect }) {
    const connection = await use(await connect());
    const tabs = desk.tabs();
    for (let round = 0; round < 2; round++) {
      await expire();
      await use(connection);
    }
    requireTabs(desk, tabs);
  },
  async "next start with an expired token, no sign-in"({ desk, connect }) {
    await end(await use(await connect()));
    const tabs = desk.tabs();
    await expire();
    await use(await connect());
    requireTabs(desk, tabs);
  },
  async "three at once with an expired token, no sign-in"({ desk, connect }) {
    await end(await use(await connect()));
    const tabs = desk.tabs();
    await expire();
    const connections = await Promise.all(
      Array.from({ length: 3 }, async () => use(await connect())),
    );
    await expire();
    await Promise.all(connections.map(use));
    requireTabs(desk, tabs);
  },
};

/** The names of all that is measured of a peer's sign-in. */
export const peerSignInFeatures: readonly string[] = [
  ...Object.keys(byWay),
  ...Object.keys(afterSignIn),
  ...Object.keys(afterExpiry),
];

/** Measures how a peer is let in, and whether it stays so. */
export async function* measurePeerSignIn(
  peer: Peer,
  options: PeerMeasuring,
): AsyncGenerator<Measurement> {
  const cell = { kind: "peer" as const, counterpart: peer.name, at: atSignIn };
  const absent = (feature: string, why: string): Measurement => ({
    ...cell,
    feature,
    direct: { ok: false, why },
    ms: 0,
  });
  const works: PeerWay[] = [];
  await using server = await startEverything();
  {
    await using place = await openPlace(server.url, { ...options });
    for (const [feature, way] of Object.entries(byWay)) {
      if (!peer.ways[way]) {
        yield absent(feature, "it has no setting for it");
        continue;
      }
      const run = async ({ connect }: Scene) => void await use(await connect());
      const measured = await measure(peer, { ...options, place, way, feature, run });
      if (measured.program?.ok) works.push(way);
      yield { ...cell, ...measured };
    }
    const way = works.find(isOfPerson);
    for (const [feature, run] of Object.entries(afterSignIn)) {
      yield way
        ? { ...cell, ...await measure(peer, { ...options, place, way, feature, run }) }
        : absent(feature, "nobody can sign in with it");
    }
  }
  await using place = await openPlace(server.url, { ...options, accessTokenTtl: lifetime });
  const way = works.find((way) => way !== "static token");
  for (const [feature, run] of Object.entries(afterExpiry)) {
    yield way
      ? { ...cell, ...await measure(peer, { ...options, place, way, feature, run }) }
      : absent(feature, "it is given a token and nothing to renew it by");
  }
}

function isOfPerson(way: PeerWay): boolean {
  return way === "browser" || way === "advertised";
}

/** Two backends of one provider. */
interface Place extends AsyncDisposable {
  stage: PeerStage;
  /** It says nothing but 401 to those whom it does not know. */
  validating: URL;
  /** It names its provider. */
  advertising: URL;
}

async function openPlace(
  backend: URL,
  { signal, accessTokenTtl }: { signal: AbortSignal; accessTokenTtl?: number },
): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const port = freePort();
  // Not every peer names the resource that it wants a token for: one for both, then.
  const audience = `http://127.0.0.1:${port}/mcp`;
  const stage = stack.use(await startPeerStage({ audience, accessTokenTtl }));
  const gateway = stack.use(await startGateway({ provider: stage.provider, backend }));
  const definition = sdkV1.find(({ name }) => name === "sdk-v1-session-map")!;
  const advertising = stack.use(
    await definition.start({
      directory: await installCounterpart(definition, { signal }),
      port,
      issuer: stage.provider.issuer,
      jwksUri: stage.provider.jwksUri,
      audience,
      signal,
    }),
  );
  const owned = stack.move();
  return {
    stage,
    validating: gateway.url,
    advertising: advertising.url,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface ScenarioMeasuring extends PeerMeasuring {
  place: Place;
  way: PeerWay;
  feature: string;
  run(scene: Scene): Promise<void>;
}

async function measure(
  peer: Peer,
  { directory, signal, place, way, feature, run }: ScenarioMeasuring,
): Promise<Omit<Measurement, "kind" | "counterpart" | "at">> {
  signal.throwIfAborted();
  const advertised = way === "advertised" || way === "device code";
  const url = advertised ? place.advertising : place.validating;
  const token = await place.stage.getToken(place.stage.provider.audience);
  let log = "";
  const open: Promise<Connection>[] = [];
  await using desk = await place.stage.openDesk();
  const onLog = (text: string) => desk.read(log = (log + text).slice(-keptLog));
  const settings = desk.settings(
    peer.ways[way]!(desk.options({ directory, url, era: "2025", token })),
  );
  const before = performance.now();
  const connect = async () => {
    const opening = connectThroughProgram(settings, { era: "2025", onLog });
    open.push(opening);
    const connection = await opening;
    return advertised ? connection : translateCalls(connection, everything[0]!.translate);
  };
  const program = await probeOutcome(() => run({ desk, connect }), { patience, what: feature });
  const ms = Math.round(performance.now() - before);
  for (const opening of open) {
    const closing = opening.then(end, () => {});
    await probeOutcome(() => closing, { patience: 70_000, what: "closing" });
  }
  if (program.ok) return { feature, program, ms };
  const seen = desk.troubles.length > 0 ? `; the person saw ${desk.troubles.join(", ")}` : "";
  return { feature, program: { ok: false, why: `${program.why}${seen}` }, log, ms };
}

/** Lists and calls. */
async function use(connection: Connection): Promise<Connection> {
  equal((await connection.listTools()).includes("echo"), true, "no tool echo");
  equal(textOf(await connection.callTool("echo", { text: "hello" })), "hello");
  return connection;
}

async function end(connection: Connection): Promise<void> {
  await connection[Symbol.asyncDispose]();
}

/** Waits until a token that was good is not any more: there is no other way to have one. */
function expire(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, (lifetime + 1) * 1000));
}

function requireTabs(desk: PeerDesk, tabs: number): void {
  equal(desk.tabs(), tabs, `${desk.tabs() - tabs} more sign-ins than it takes`);
}
