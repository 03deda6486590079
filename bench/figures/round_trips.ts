import { type DelayingRelay, startDelayingRelay } from "../counterparts/delaying_relay.ts";
import { type Backend, startSdkBackend } from "../counterparts/start_backend.ts";
import { quantile } from "../measure/statistics.ts";
import type { Connection, Subject } from "../subjects/connection.ts";
import { initialize, initialized, listTools, smallCall } from "../subjects/messages.ts";
import { authority, type Surroundings } from "../subjects/programs.ts";
import { bridges, type Plan, type Recorder, rotated, within } from "./figure.ts";

/** How long the way to the backend and back takes, in milliseconds. */
export const roundTrip = 200;
/** Calls one after the other in a session, whose median counts. */
const calls = 5;
/** Calls at the same time. */
const burst = 16;
const patience = 60_000;

/** What {@linkcode measureRoundTrips} works with. */
export interface RoundTripOptions {
  recorder: Recorder;
  backend: Pick<Backend, "url" | "secureUrl">;
  surroundings: Surroundings;
  /** The programs that are compared, at the given backend. */
  programsIn(surroundings: Surroundings): Subject[];
}

/** One way to a backend. */
interface Way {
  /** As the figures are called. */
  name: string;
  /** The programs, with the relay between them and the backend. */
  subjects: readonly Subject[];
  relay: DelayingRelay;
}

/**
 * What a client waits for over a network whose round trips take {@linkcode roundTrip}, told in round
 * trips: over HTTP/1.1, over TLS with HTTP/2 where a program speaks it, and at a backend that is made
 * of the SDK.
 */
export async function measureRoundTrips(plan: Plan, options: RoundTripOptions): Promise<void> {
  const { backend, surroundings, recorder } = options;
  await using sdk = await startSdkBackend();
  using stack = new DisposableStack();
  const wayTo = (name: string, url: string, authority?: string): Way => {
    const { protocol, port } = new URL(url);
    const relay = stack.use(startDelayingRelay(Number(port), { roundTrip }));
    return {
      name,
      relay,
      subjects: bridges(options.programsIn({
        ...surroundings,
        url: `${protocol}//127.0.0.1:${relay.port}`,
        authority,
      })),
    };
  };
  const ways = [
    wayTo("HTTP/1.1", backend.url),
    wayTo("TLS", backend.secureUrl, authority),
    wayTo("SDK's server", sdk.url),
  ];
  for (let repetition = -1; repetition < plan.repetitions; repetition++) {
    for (const { name, relay, subjects } of ways) {
      for (const subject of rotated(subjects, Math.max(repetition, 0))) {
        const sample = (figure: string, value: number) => {
          // The round before the first fills the caches, and the memory of the backend.
          if (repetition >= 0) recorder.sample(`${figure}, ${name}`, subject.id, value);
        };
        await measureSession(subject, { relay, sample });
        if (isOurs(subject)) await measureFromMemory(subject, { surroundings, sample });
      }
    }
  }
}

function isOurs({ id }: Subject): boolean {
  return ["source", "bundle", "executable"].includes(id);
}

type Sample = (figure: string, value: number) => void;

/** From the start to calls, one after the other and many at once. */
async function measureSession(
  subject: Subject,
  { relay, sample }: { relay: DelayingRelay; sample: Sample },
): Promise<void> {
  const connections = relay.connections;
  await using begun = await begin(subject);
  sample("round trips, start to initialize", begun.initialized);
  sample("round trips, start to first list", begun.listed);
  sample("connections until the first list", relay.connections - connections);
  const { connection } = begun;
  let id = firstCall;
  const call = async () => await connection.request(++id, smallCall(id));
  const times: number[] = [];
  for (let count = 0; count < calls; count++) times.push(await roundTripsOf(call));
  sample("round trips, one call", quantile(times, 0.5));
  const atOnce = () => roundTripsOf(() => Promise.all(Array.from({ length: burst }, call)));
  sample(`round trips, ${burst} calls at once`, await atOnce());
  sample(`round trips, ${burst} calls at once again`, await atOnce());
  await within(patience, connection.end());
}

/** A start by what the backend said at the one before. */
async function measureFromMemory(
  subject: Subject,
  { surroundings, sample }: { surroundings: Surroundings; sample: Sample },
): Promise<void> {
  await using begun = await begin(subject, {
    ...surroundings.credential,
    MCP_PROXY_INSTANT_START: "always",
  });
  sample("round trips, start to first list from memory", begun.listed);
  await within(patience, begun.connection.end());
}

const listId = 2;
const firstCall = 3;

/** What every client does first; how long it took from the start, in round trips. */
async function begin(subject: Subject, variables?: Record<string, string>) {
  const spawned = performance.now();
  const connection: Connection = subject.open("/sse", variables);
  try {
    await within(patience, connection.request(1, initialize));
    const initializedAt = performance.now();
    await connection.notify(initialized);
    await within(patience, connection.request(listId, listTools(listId)));
    return {
      connection,
      initialized: (initializedAt - spawned) / roundTrip,
      listed: (performance.now() - spawned) / roundTrip,
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

async function roundTripsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await within(patience, work());
  return (performance.now() - began) / roundTrip;
}
