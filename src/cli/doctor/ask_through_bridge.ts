import { type BridgeOptions, runBridge } from "../../bridge/bridge.ts";
import { describe } from "../../base/errors.ts";
import { initializeRequest } from "./initialize_request.ts";

/** An answer of the backend, or of the bridge in its place. */
export interface BridgedAnswer {
  /** What the request asked for. */
  result?: Record<string, unknown>;
  /** Why there is none. */
  error?: { code: number; message: string; data?: { reason?: string; hint?: string } };
}

/** What {@linkcode askThroughBridge} needs: what the bridge itself needs, without its streams. */
export type BridgedRequestOptions = Omit<BridgeOptions, "input" | "output">;

/** What the backend answered to a client's first requests. */
export interface Answers {
  /** To `initialize`. */
  initialized: BridgedAnswer;
  /** To `tools/list`; absent, as what follows, when the first one failed. */
  tools?: BridgedAnswer;
  /** To a few `ping`s, which copies of a backend without a common memory answer in turn. */
  pings?: readonly BridgedAnswer[];
  /** To `server/discover`, in the modern era's way. */
  discovered?: BridgedAnswer;
}

/** Behind round robin, more than two copies are met. */
const pings = 4;

/** Runs the bridge with a client that asks what clients ask at their start. */
export async function askThroughBridge(options: BridgedRequestOptions): Promise<Answers> {
  const answers = await withBridge(options, async ({ ask, tell }) => {
    const initialized = await ask(initializeRequest);
    if (initialized.error) return { initialized };
    tell({ jsonrpc: "2.0", method: "notifications/initialized" });
    const tools = await ask(request(2, "tools/list"));
    const pinged: BridgedAnswer[] = [];
    for (let index = 0; index < pings; index++) pinged.push(await ask(request(10 + index, "ping")));
    return { initialized, tools, pings: pinged };
  });
  if (answers.initialized.error) return answers;
  // What the backend itself says, and not what could be made of it.
  const native: BridgedRequestOptions = { ...options, protocol: "pass-through" };
  const discovered = await withBridge(native, ({ ask }) => ask(modernRequest(3)));
  return { ...answers, discovered };
}

/** What a client at the bridge can do. */
interface BridgedClient {
  /** Sends a request, and gives its answer. */
  ask(message: { id: number }): Promise<BridgedAnswer>;
  /** Sends a notification. */
  tell(message: unknown): void;
}

/** Runs the bridge for as long as its client has something to ask. */
async function withBridge<T>(
  options: BridgedRequestOptions,
  converse: (client: BridgedClient) => Promise<T>,
): Promise<T> {
  const input = createInput();
  const answers = new Map<unknown, PromiseWithResolvers<BridgedAnswer>>();
  let text = "";
  const decoder = new TextDecoder();
  const output = {
    write(bytes: Uint8Array) {
      const lines = (text + decoder.decode(bytes, { stream: true })).split("\n");
      text = lines.pop()!;
      for (const line of lines) {
        const message = JSON.parse(line);
        // The backend's own requests have ids too.
        if (message.method === undefined) answers.get(message.id)?.resolve(message);
      }
      return Promise.resolve(bytes.length);
    },
  };
  const bridged = runBridge({ ...options, input, output });
  const ended = bridged.then(
    noAnswer,
    (error) => ({ error: { code: 0, message: describe(error) } }),
  );
  const ask = (message: { id: number }): Promise<BridgedAnswer> => {
    const answer = Promise.withResolvers<BridgedAnswer>();
    answers.set(message.id, answer);
    input.send(message);
    return Promise.race([answer.promise, ended]);
  };
  try {
    return await converse({ ask, tell: input.send });
  } finally {
    input.end();
    await ended;
  }
}

function noAnswer(): BridgedAnswer {
  return { error: { code: 0, message: "the bridge ended without an answer" } };
}

/** What the bridge reads: the messages that are sent, as bytes. */
function createInput() {
  const encoder = new TextEncoder();
  let bytes = new Uint8Array();
  let ended = false;
  let more = Promise.withResolvers<void>();
  const wake = () => {
    more.resolve();
    more = Promise.withResolvers<void>();
  };
  return {
    send(message: unknown) {
      bytes = encoder.encode(`${new TextDecoder().decode(bytes)}${JSON.stringify(message)}\n`);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async read(into: Uint8Array): Promise<number | null> {
      while (bytes.length === 0) {
        if (ended) return null;
        await more.promise;
      }
      const size = Math.min(into.length, bytes.length);
      into.set(bytes.subarray(0, size));
      bytes = bytes.slice(size);
      return size;
    },
  };
}

function request(id: number, method: string, params = {}) {
  return { jsonrpc: "2.0", id, method, params };
}

function modernRequest(id: number) {
  return request(id, "server/discover", {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": initializeRequest.params.clientInfo,
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  });
}
