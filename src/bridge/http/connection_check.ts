import type { Connections } from "../../net/http_client.ts";
import { startTimer } from "../../base/timer.ts";

/**
 * What two questions say of the connection that a silent request waits on: `dead` when a question on
 * the same connections is not answered and one on a new connection is, twice.
 */
export type ConnectionVerdict = "alive" | "dead" | "unknown";

/** What {@linkcode checkConnection} needs. */
export interface ConnectionCheckOptions {
  /** Whom to ask. */
  url: URL;
  /** On what. */
  connections: Connections;
  /** How long an answer is waited for, in milliseconds. */
  timeout: number;
  /** Ends the questions. */
  signal: AbortSignal;
}

/** So often in a row a connection has to be silent while a new one is not. */
const rounds = 2;

/**
 * Asks whether a connection is still there. The question is OPTIONS, which has no effect and needs no
 * token (RFC 9110 section 9.3.7); any answer is a sign of life, whatever it says. Over HTTP/2 it takes
 * the connection that everything takes; over HTTP/1.1 it takes an idle one.
 */
export async function checkConnection(options: ConnectionCheckOptions): Promise<ConnectionVerdict> {
  const { connections } = options;
  for (let round = 0; round < rounds; round++) {
    const [here, there] = await Promise.all([
      ask(connections.fetch, options),
      ask(connections.fetchAlone, options),
    ]);
    // A connection that fails is noticed by all who wait on it.
    if (here !== "silence") return "alive";
    if (there !== "answer") return "unknown";
  }
  return "dead";
}

async function ask(
  send: Connections["fetch"],
  { url, timeout, signal }: ConnectionCheckOptions,
): Promise<"answer" | "failure" | "silence"> {
  const late = new AbortController();
  using _timer = startTimer(() => late.abort(), timeout);
  try {
    const response = await send(url, {
      method: "OPTIONS",
      redirect: "manual",
      signal: AbortSignal.any([signal, late.signal]),
    });
    await response.body?.cancel();
    return "answer";
  } catch {
    return late.signal.aborted ? "silence" : "failure";
  }
}
