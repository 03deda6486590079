import assert from "node:assert/strict";
import type { Authorizer } from "../../src/bridge/authorizer.ts";
import { type BridgeOptions, runBridge } from "../../src/bridge/bridge.ts";
import { createLog, type LogLevel } from "../../src/base/log.ts";
import { within } from "../support/within.ts";
import type { Value } from "./message.ts";

/** One request as the backend got it. */
export interface Received {
  method: string;
  path: string;
  headers: Headers;
  /** The body as text; empty for GET and DELETE. */
  body: string;
  /** The body as a value, when it is JSON. */
  message: Value;
}

/** What the backend of a test answers. */
export type Backend = (received: Received) => Response | Promise<Response>;

/** A bridge in this process between a test and a backend that the test scripts. */
export interface BridgeFixture extends AsyncDisposable {
  /** What the backend got so far. */
  readonly received: Received[];
  /** What was logged so far. */
  readonly logged: string[];
  readonly url: URL;
  /** Writes one line as the client; a value is serialised. */
  send(line: unknown): Promise<void>;
  /** Writes bytes as the client. */
  sendBytes(bytes: Uint8Array): Promise<void>;
  /** The next line that the client gets. */
  next(): Promise<string>;
  /** The next line as a value. */
  nextMessage(): Promise<Value>;
  /** Closes the client's output and waits until the bridge has returned; gives the rest of the lines. */
  end(): Promise<string[]>;
  /** Does the handshake of the legacy era. */
  initialize(): Promise<void>;
  /** Ends the bridge as a signal to the process would. */
  readonly stop: AbortController;
  /** Settles when the bridge has returned. */
  readonly done: Promise<void>;
}

/** What {@linkcode startBridge} may be told besides the backend. */
export type BridgeFixtureOptions = Partial<BridgeOptions> & { logLevel?: LogLevel };

/** Starts a backend on a free port, and a bridge to it. */
export function startBridge(backend: Backend, options: BridgeFixtureOptions = {}): BridgeFixture {
  const received: Received[] = [];
  const logged: string[] = [];
  const closing = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, signal: closing.signal },
    async (request) => {
      const body = await request.text();
      const one: Received = {
        method: request.method,
        path: new URL(request.url).pathname,
        headers: request.headers,
        body,
        message: parse(body),
      };
      received.push(one);
      return await backend(one);
    },
  );
  const url = new URL(`http://127.0.0.1:${server.addr.port}/mcp`);
  const input = createPipe();
  const output = createPipe();
  const stop = new AbortController();
  const done = runBridge({
    backendUrl: url,
    authorizer: grantAll,
    log: createLog({
      level: options.logLevel ?? "debug",
      write: (line) => void logged.push(line),
    }),
    input,
    output,
    signal: stop.signal,
    ...options,
  });
  const lines = collectLines(output);

  const fixture: BridgeFixture = {
    received,
    logged,
    url,
    stop,
    get done() {
      return within(done, { what: "the return of the bridge" });
    },
    send: (line) => fixture.sendBytes(encode(`${typeof line === "string" ? line : json(line)}\n`)),
    sendBytes: async (bytes) => void await input.write(bytes),
    next: () => within(lines.next(), { what: "the next line from the bridge" }),
    async nextMessage() {
      return JSON.parse(await fixture.next());
    },
    async end() {
      input.close();
      await within(done, { what: "the return of the bridge" });
      output.close();
      return await lines.rest();
    },
    async initialize() {
      await fixture.send(initializeRequest);
      const answer = await fixture.nextMessage();
      assert.equal(answer.id, initializeRequest.id);
      await fixture.send(initializedNotification);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await within(done, { what: "the return of the bridge" });
      output.close();
      await lines.rest();
      closing.abort();
      await server.finished;
    },
  };
  return fixture;
}

/** The first message of a client in the legacy era. */
export const initializeRequest = {
  jsonrpc: "2.0",
  id: "init",
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  },
} as const;

/** The second one. */
export const initializedNotification = {
  jsonrpc: "2.0",
  method: "notifications/initialized",
} as const;

/** An authorizer that lets everything through. */
export const grantAll: Authorizer = {
  authorize: () => ({ authorization: "Bearer test" }),
  refused: () => Promise.reject(new Error("nothing is refused here")),
};

/**
 * A backend of the legacy era that is good at everything but what `answer` decides; `answer` gets the
 * requests behind the handshake and returns `undefined` for an empty result.
 */
export function legacyBackend(
  answer: (received: Received) => Response | undefined | Promise<Response | undefined> = () =>
    undefined,
  options: { sessionId?: string; protocolVersion?: string; capabilities?: unknown } = {},
): Backend {
  const { protocolVersion = "2025-11-25", capabilities = { tools: { listChanged: true } } } =
    options;
  const sessionHeaders: Record<string, string> = options.sessionId === undefined
    ? {}
    : { "mcp-session-id": options.sessionId };
  return async (received) => {
    const answered = await answer(received);
    if (answered) return answered;
    if (received.method === "GET") return new Response(null, { status: 405 });
    if (received.method === "DELETE") return new Response(null, { status: 200 });
    const { id, method } = received.message;
    if (method === "initialize") {
      return jsonResponse({
        jsonrpc: "2.0",
        id,
        result: { protocolVersion, capabilities, serverInfo: { name: "backend", version: "1" } },
      }, { headers: sessionHeaders });
    }
    if (id === undefined || method === undefined) return new Response(null, { status: 202 });
    return jsonResponse({ jsonrpc: "2.0", id, result: {} });
  };
}

/** A JSON response. */
export function jsonResponse(body: unknown, init: ResponseInit = {}): Response {
  return new Response(typeof body === "string" ? body : json(body), {
    ...init,
    headers: { "content-type": "application/json", ...init.headers as Record<string, string> },
  });
}

/** An event stream response of these texts, which ends behind the last one. */
export function eventResponse(...texts: string[]): Response {
  return new Response(texts.join(""), { headers: { "content-type": "text/event-stream" } });
}

/** An event stream response that the test writes to. */
export function openEventResponse(): {
  response: Response;
  write(text: string): Promise<void>;
  close(): Promise<void>;
  /** Breaks the connection. */
  cut(): void;
} {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (it) => void (controller = it),
  });
  return {
    response: new Response(body, { headers: { "content-type": "text/event-stream" } }),
    write: (text) => Promise.resolve(controller.enqueue(encode(text))),
    close: () => Promise.resolve(controller.close()),
    cut: () => controller.error(new Error("cut by the test")),
  };
}

/** One event with this value as its data. */
export function event(value: unknown, id?: string): string {
  const data = typeof value === "string" ? value : json(value);
  return `${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`;
}

/** A pipe without a limit, as `Deno.stdin` and `Deno.stdout` see one. */
export function createPipe() {
  const chunks: Uint8Array[] = [];
  let isClosed = false;
  let wake = () => {};
  return {
    write(bytes: Uint8Array): Promise<number> {
      chunks.push(bytes.slice());
      wake();
      return Promise.resolve(bytes.length);
    },
    async read(into: Uint8Array): Promise<number | null> {
      while (chunks.length === 0) {
        if (isClosed) return null;
        await new Promise<void>((resolve) => wake = resolve);
      }
      const [chunk] = chunks;
      into.set(chunk.subarray(0, into.length));
      if (chunk.length <= into.length) chunks.shift();
      else chunks[0] = chunk.subarray(into.length);
      return Math.min(chunk.length, into.length);
    },
    close() {
      isClosed = true;
      wake();
    },
  };
}

function collectLines(output: ReturnType<typeof createPipe>) {
  const lines: string[] = [];
  let wake = () => {};
  const reading = (async () => {
    const decoder = new TextDecoder();
    let rest = "";
    const buffer = new Uint8Array(1 << 16);
    for (;;) {
      const length = await output.read(buffer);
      if (length === null) break;
      const text = decoder.decode(buffer.subarray(0, length), { stream: true });
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      wake();
    }
    assert.equal(rest, "", "the last line has no line break");
  })().catch(() => {});
  return {
    async next(): Promise<string> {
      while (lines.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return lines.shift() as string;
    },
    async rest(): Promise<string[]> {
      await reading;
      return lines.splice(0);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
