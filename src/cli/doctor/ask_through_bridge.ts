import { runBridge } from "../../bridge/bridge.ts";
import type { Authorizer } from "../../bridge/authorizer.ts";
import { initializeRequest } from "./initialize_request.ts";

/** An answer of the backend, or of the bridge in its place. */
export interface Answer {
  /** What the request asked for. */
  result?: Record<string, unknown>;
  /** Why there is none. */
  error?: { code: number; message: string; data?: { reason?: string; hint?: string } };
}

/** What {@linkcode askThroughBridge} needs: what the bridge itself needs, without its streams. */
export interface AskOptions extends Omit<Parameters<typeof runBridge>[0], "input" | "output"> {
  /** Authorizes what is sent. */
  authorizer: Authorizer;
}

/**
 * Runs the bridge with a client that asks the three things that matter: `initialize`, `tools/list`,
 * and, in the modern era's way, `server/discover`. Resolves with the answers in this order; those
 * that make no sense after the first one failed are left out.
 */
export async function askThroughBridge(options: AskOptions): Promise<Answer[]> {
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const output = new TransformStream<Uint8Array, Uint8Array>();
  const stop = new AbortController();
  const bridged = runBridge({
    ...options,
    input: input.readable,
    output: output.writable,
    signal: AbortSignal.any([options.signal, stop.signal]),
  });
  const writer = input.writable.getWriter();
  const answers = readAnswers(output.readable);
  const send = (message: unknown) =>
    writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  const ask = async (message: { id: number }): Promise<Answer> => {
    await send(message);
    for (;;) {
      const { value, done } = await answers.next();
      if (done) return { error: { code: 0, message: "the bridge ended without an answer" } };
      if (value.id === message.id && value.method === undefined) return value;
    }
  };
  try {
    const initialized = await ask(initializeRequest);
    if (initialized.error) return [initialized];
    await send({ jsonrpc: "2.0", method: "notifications/initialized" });
    return [initialized, await ask(request(2, "tools/list")), await ask(modernRequest(3))];
  } finally {
    // What is still to come is read, so that the bridge can end.
    const rest = Array.fromAsync(answers).catch(() => {});
    writer.close().catch(() => {});
    await bridged.catch(() => {});
    stop.abort();
    // The bridge leaves its output open: stdout is not its own.
    await output.writable.close().catch(() => {});
    await rest;
  }
}

type Message = Answer & { id?: unknown; method?: unknown };

async function* readAnswers(output: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream() as TransformStream)) {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
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
