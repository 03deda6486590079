/**
 * A backend that injects faults which no real server produces on demand. It speaks both eras of the
 * protocol; `tools/call` misbehaves in the way that the tool's name says.
 *
 * @module
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Fault, type FaultName, faults } from "./faults.ts";
import { listenOnLoopback, stopListening } from "./loopback_server.ts";
import { within } from "./within.ts";

/** One message as the backend received it. */
export interface ReceivedMessage {
  /** The JSON-RPC method; empty for a response. */
  method: string;
  /** Its `params.name`, for `tools/call`. */
  name?: string;
  /** Its id. */
  id?: unknown;
  /** The session that it named. */
  session?: string;
  /** The header fields that came with it. */
  headers: IncomingMessage["headers"];
  /** The body as it was sent. */
  body: string;
}

/** What becomes of sessions that the backend has forgotten. */
export type LostSession =
  | "404"
  | "404 with a JSON-RPC error"
  | "400 that says so"
  | "400 that says nothing"
  | "401 that speaks of the session"
  | "500";

/** A running faulty backend. */
export interface FaultyBackend extends AsyncDisposable {
  /** Its MCP endpoint. */
  readonly url: URL;
  /** Every message, in the order they came. */
  readonly received: readonly ReceivedMessage[];
  /** How many requests came to the origin that redirects point to. */
  elsewhere(): number;
  /** How often a fault, or another method, was asked for. */
  count(name: string): number;
  /** Resolves when a message came for which the test holds. */
  receivedWhere(test: (message: ReceivedMessage) => boolean): Promise<ReceivedMessage>;
  /** Makes a method misbehave: `initialize`, `tools/list`, `GET`, …; `undefined` ends it. */
  switch(method: string, fault: FaultName | undefined): void;
  /** Gives a tool of this name a behaviour that is none of the known faults. */
  teach(tool: string, behaviour: Fault): void;
  /** Forgets every session, and how it says so from now on. */
  loseSessions(how: LostSession): void;
  /** Sends a message on the stream that the client opened by GET. */
  push(message: Record<string, unknown>): Promise<void>;
  /** Stops listening and drops every connection. */
  down(): Promise<void>;
  /** Listens again on the same port. */
  up(): Promise<void>;
}

/** Starts a {@linkcode FaultyBackend}. */
export async function startFaultyBackend(): Promise<FaultyBackend> {
  const received: ReceivedMessage[] = [];
  const watchers = new Set<() => void>();
  const switches = new Map<string, FaultName>();
  const sessions = new Set<string>();
  const resumable = new Map<string, (response: ServerResponse) => void>();
  const streams = new Set<ServerResponse>();
  const counts = new Map<string, number>();
  let lost: LostSession = "404";
  let elsewhere = 0;

  const known = new Map<string, Fault>(Object.entries(faults));

  const misbehave = async (name: string, { id, args = {}, response }: Asked) => {
    const key = `${name} of ${id}`;
    const before = counts.get(key) ?? 0;
    counts.set(key, before + 1);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const { socket } = response;
    // A client that has gone meanwhile gets no answer, not even a bad one.
    if (!socket) return;
    await known.get(name)?.({
      id,
      args,
      before,
      response,
      socket,
      origins,
      resumeAt: (eventId, answer) => void resumable.set(eventId, answer),
      cancelled: () =>
        Promise.race([
          once(response, "close"),
          receivedWhere((message) =>
            message.method === "notifications/cancelled" &&
            message.body.includes(JSON.stringify(id))
          ),
        ]),
    });
  };

  const receivedWhere = (test: (message: ReceivedMessage) => boolean) =>
    within(
      new Promise<ReceivedMessage>((resolve) => {
        let next = 0;
        const look = () => {
          while (next < received.length) {
            const message = received[next++]!;
            if (!test(message)) continue;
            watchers.delete(look);
            return resolve(message);
          }
        };
        watchers.add(look);
        look();
      }),
      { what: "a message at the backend" },
    );

  const post = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const message = JSON.parse(body);
    const session = request.headers["mcp-session-id"]?.toString();
    const { method = "", id, params } = message;
    const name = params?.name;
    received.push({ method, name, id, session, headers: request.headers, body });
    for (const look of [...watchers]) look();

    const isModern = params?._meta?.["io.modelcontextprotocol/protocolVersion"] !== undefined;
    if (!isModern && method !== "initialize" && !sessions.has(session ?? "")) {
      return sayLost(lost, id, response);
    }
    const fault = method === "tools/call" ? name : switches.get(method);
    if (known.has(fault)) {
      return await misbehave(fault, { id, args: params?.arguments, response });
    }
    counts.set(method, (counts.get(method) ?? 0) + 1);
    if (id === undefined || method === "") return void response.writeHead(202).end();
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (method === "initialize") {
      const fresh = crypto.randomUUID();
      sessions.add(fresh);
      headers["mcp-session-id"] = fresh;
    }
    const result = method === "initialize"
      ? {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: { listChanged: true }, logging: {} },
        serverInfo: { name: "faulty", version: "1" },
      }
      : method === "tools/list"
      ? { tools: Object.keys(faults).map((name) => ({ name, inputSchema: { type: "object" } })) }
      : method === "server/discover"
      ? { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: { tools: {} } }
      : {};
    response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  };

  const get = (request: IncomingMessage, response: ServerResponse) => {
    if (!sessions.has(request.headers["mcp-session-id"]?.toString() ?? "")) {
      return sayLost(lost, null, response);
    }
    const fault = switches.get("GET");
    if (fault) return void misbehave(fault, { id: null, response });
    const lastEventId = request.headers["last-event-id"]?.toString();
    const resume = resumable.get(lastEventId ?? "");
    if (lastEventId && !resume) return void response.writeHead(400).end("no such event");
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    if (resume) return resume(response);
    streams.add(response);
    response.on("close", () => streams.delete(response));
    for (const look of [...watchers]) look();
  };

  const server = createServer((request, response) => {
    response.on("error", () => {});
    if (request.method === "POST") post(request, response).catch(() => response.destroy());
    else if (request.method === "GET") get(request, response);
    else response.writeHead(200).end();
  });
  const other = createServer((_request, response) => {
    elsewhere++;
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  const port = await listenOnLoopback(server);
  const origins = {
    own: `http://127.0.0.1:${port}`,
    other: `http://127.0.0.1:${await listenOnLoopback(other)}`,
  };

  return {
    url: new URL(`${origins.own}/mcp`),
    received,
    elsewhere: () => elsewhere,
    count: (name) => counts.get(name) ?? 0,
    receivedWhere,
    switch(method, fault) {
      if (fault) switches.set(method, fault);
      else switches.delete(method);
    },
    teach: (tool, behaviour) => void known.set(tool, behaviour),
    loseSessions(how) {
      lost = how;
      sessions.clear();
    },
    async push(message) {
      while (streams.size === 0) {
        await within(new Promise<void>((resolve) => watchers.add(resolve)), {
          what: "a GET stream",
        });
      }
      for (const stream of streams) stream.write(`data: ${JSON.stringify(message)}\n\n`);
    },
    down: () => stopListening(server),
    async up() {
      if (!server.listening) await listenOnLoopback(server, { port });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([stopListening(server), stopListening(other)]);
    },
  };
}

interface Asked {
  id: unknown;
  args?: Record<string, unknown>;
  response: ServerResponse;
}

function sayLost(how: LostSession, id: unknown, response: ServerResponse): void {
  const error = (message: string) =>
    JSON.stringify({ jsonrpc: "2.0", id: id ?? null, error: { code: -32001, message } });
  const headers = { "content-type": "application/json" };
  switch (how) {
    case "404":
      return void response.writeHead(404).end();
    case "404 with a JSON-RPC error":
      return void response.writeHead(404, headers).end(error("Session not found"));
    case "400 that says so":
      return void response.writeHead(400, headers).end(
        error("Bad Request: No valid session ID provided"),
      );
    case "401 that speaks of the session":
      // As rmcp 0.9 and others do, which look for the session where they look for the token.
      return void response.writeHead(401).end("Unauthorized: Session not found");
    case "500":
      return void response.writeHead(500).end("Internal Server Error");
    case "400 that says nothing":
      return void response.writeHead(400, headers).end(error("Bad Request"));
  }
}
