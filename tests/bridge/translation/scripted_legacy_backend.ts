import {
  type Backend,
  event,
  jsonResponse,
  legacyBackend,
  openEventResponse,
  type Received,
} from "../bridge_fixture.ts";

/** An answer stream of a scripted backend. */
export type AnswerStream = ReturnType<typeof openEventResponse>;

/** What {@linkcode sessionBackend} is told. */
export interface SessionBackendScript {
  /** Answers the requests of the session; an empty result by default. */
  answer?(received: Received): Response | undefined | Promise<Response | undefined>;
  /** What it says that it can do. */
  capabilities?: unknown;
}

/** A scripted backend of the legacy era, with sessions, which refuses what belongs to none. */
export function sessionBackend({ answer, capabilities = {} }: SessionBackendScript = {}): Backend {
  let sessions = 0;
  const backend = legacyBackend(answer, { capabilities });
  return async (received) => {
    const { message, headers } = received;
    if (message?.method === "initialize") {
      const response = await backend(received);
      response.headers.set("mcp-session-id", `session-${++sessions}`);
      return response;
    }
    if (!headers.has("mcp-session-id")) {
      const error = { code: -32000, message: "Bad Request: No valid session ID provided" };
      return jsonResponse({ jsonrpc: "2.0", id: null, error }, { status: 400 });
    }
    return await backend(received);
  };
}

/** Answers a call by a stream on which this is asked first; what comes back is seen by `stream`. */
export function asking(...requests: unknown[]): AnswerStream {
  const stream = openEventResponse();
  for (const request of requests) stream.write(event(request));
  return stream;
}
