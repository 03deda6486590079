import type { Log, LogLevel } from "../../src/base/log.ts";
import type { BridgeContext } from "../../src/bridge/bridge_context.ts";
import { createBackendRequests } from "../../src/bridge/backend_requests.ts";
import type { BackendHttp, BackendRequest } from "../../src/bridge/http/backend_http.ts";
import { type Message, scanMessage } from "../../src/bridge/jsonrpc/scan_message.ts";
import { createPendingRequests } from "../../src/bridge/pending_requests.ts";
import type { Value } from "./message.ts";

/** One message; a value is serialised, so that a test names only what it is about. */
export function messageOf(value: unknown): Message {
  const text = typeof value === "string"
    ? value
    : JSON.stringify({ jsonrpc: "2.0", ...value as object });
  const scanned = scanMessage(new TextEncoder().encode(text));
  if (!("bytes" in scanned)) throw new Error(`${text} is ${scanned.kind}`);
  return scanned;
}

/** The text of some bytes. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A running bridge without one, for direct tests of its parts. */
export interface BridgeParts {
  context: BridgeContext;
  /** What the client got. */
  lines: string[];
  /** The same as values. */
  messages(): Value[];
  /** What was logged for people, each line behind its level; what is for debugging is left out. */
  logged: string[];
  /** What was sent to the backend. */
  sent: BackendRequest[];
  /** The messages of it. */
  sentMessages(): Value[];
  /** Ends the bridge. */
  stop: AbortController;
}

/** Answers what is sent to the backend, as the backend. */
export type Answer = (request: BackendRequest, count: number) => Response | Promise<Response>;

/**
 * Makes the parts. What is sent is answered by `answer` without HTTP between: for tests of what is made
 * of an answer, and not of how it travels.
 */
export function createParts(
  answer: Answer = () => new Response(null, { status: 202 }),
  overrides: Partial<BridgeContext> = {},
): BridgeParts {
  const lines: string[] = [];
  const logged: string[] = [];
  const sent: BackendRequest[] = [];
  const stop = new AbortController();
  const write = (line: Uint8Array) => void lines.push(textOf(line));
  let lastUsed = performance.now();
  const http: BackendHttp = {
    async send(request, read) {
      request.signal.throwIfAborted();
      lastUsed = performance.now();
      sent.push(request);
      request.onSend?.();
      const response = await orAborted(answer(request, sent.length), request.signal);
      return await read(asFetched(response), () => {});
    },
    get lastUsed() {
      return lastUsed;
    },
    known: { isAddressGood: false, authorizationBytes: undefined },
  };
  const context: BridgeContext = {
    url: new URL("https://backend.test/mcp"),
    http,
    pending: createPendingRequests(write),
    serverRequests: createBackendRequests(),
    toClient: write,
    whenWritable: () => undefined,
    log: recordingLog(logged),
    maxMessageBytes: 1 << 20,
    keepAlive: 0,
    acceptTimeout: 30_000,
    orderTimeout: 10_000,
    limits: undefined,
    retryWindow: 0,
    stop: stop.signal,
    ...overrides,
  };
  return {
    context,
    lines,
    messages: () => lines.map((line) => JSON.parse(line)),
    logged,
    sent,
    sentMessages: () => sent.map(({ body }) => body && JSON.parse(textOf(body))),
    stop,
  };
}

/** A response as `fetch` gives it, whose body can be read into a buffer. */
export function asFetched(response: Response): Response {
  const { body, status, headers } = response;
  if (!body) return response;
  const reader = body.getReader();
  const bytes = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      let next = await reader.read();
      while (next.value?.length === 0) next = await reader.read();
      if (next.value) return controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(bytes, { status, headers });
}

/** As `fetch` does it. */
function orAborted<T>(value: T | Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    Promise.resolve(value).then(resolve, reject);
  });
}

function recordingLog(logged: string[]): Log {
  const at = (level: LogLevel | "notice") => (message: string) =>
    void (level === "debug" || logged.push(`${level}: ${message}`));
  return {
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    notice: at("notice"),
  };
}

/** A body in these pieces, as `fetch` gives one. */
export function bodyOf(...pieces: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return openBody((write, end) => {
    for (const piece of pieces) write(typeof piece === "string" ? encoder.encode(piece) : piece);
    end();
  }).body;
}

/** A body that the test writes to, as `fetch` gives one. */
export function openBody(
  begin: (write: (bytes: Uint8Array) => void, end: () => void) => void = () => {},
) {
  const cancelled: unknown[] = [];
  let controller: ReadableByteStreamController;
  const write = (bytes: Uint8Array) => controller.enqueue(bytes.slice());
  const end = () => {
    controller.close();
    controller.byobRequest?.respond(0);
  };
  const body = new ReadableStream({
    type: "bytes",
    start(it) {
      controller = it;
      begin(write, end);
    },
    async cancel(reason) {
      // Not at once, so that a test sees whether it is waited for.
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      cancelled.push(reason);
    },
  }) as ReadableStream<Uint8Array>;
  return {
    body,
    write: (text: string) => write(new TextEncoder().encode(text)),
    end,
    /** Breaks the connection. */
    cut: () => controller.error(new Error("cut")),
    /** The reasons for which nobody wanted more of it. */
    cancelled,
  };
}
