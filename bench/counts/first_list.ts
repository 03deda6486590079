import { startDelayingRelay } from "../counterparts/delaying_relay.ts";
import { type Backend, takeRequests } from "../counterparts/start_backend.ts";
import { authority, type Surroundings } from "../subjects/programs.ts";
import { runProgram } from "./runs.ts";

/** What a client waits for until it has its first list. */
export interface FirstList {
  /** Requests that leave one after the other: each of them is a round trip. */
  requests: number;
  /** Connections that they are made on: to set one up is another round trip. */
  connections: number;
}

/** Long enough that the client has asked for the list before the backend has taken what is before it. */
const roundTrip = 100;

/** Counts what a first list waits for, with HTTP/1.1 or over TLS with HTTP/2. */
export async function countFirstList(
  backend: Backend,
  { surroundings, script, isSecure }: {
    surroundings: Surroundings;
    script: string;
    isSecure: boolean;
  },
): Promise<FirstList> {
  const { protocol, port } = new URL(isSecure ? backend.secureUrl : backend.url);
  using relay = startDelayingRelay(Number(port), { roundTrip });
  await takeRequests(backend);
  await runProgram({
    ...surroundings,
    url: `${protocol}//127.0.0.1:${relay.port}`,
    authority: isSecure ? authority : undefined,
  }, { denoArgs: ["--quiet"], script, path: "/sse", calls: 0 });
  const requests = await takeRequests(backend);
  const list = requests.findIndex(({ what }) => what === "tools/list");
  if (list === -1) throw new Error("no list was asked for");
  const awaited = requests.slice(0, list + 1).filter(({ what }) => what !== "GET");
  return {
    requests: awaited.length,
    connections: new Set(awaited.map(({ connection }) => connection)).size,
  };
}
