import { createLog } from "../../../src/base/log.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { createExchange, type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import type { LegacyEra } from "../../../src/bridge/legacy/era.ts";
import { createModernClientTranslation } from "../../../src/bridge/translation/modern_client.ts";
import { within } from "../../support/within.ts";
import { request, response, type Value, valueOf } from "../message.ts";

/** The name of a member of `_meta` of the protocol. */
export const key = (name: string) => `io.modelcontextprotocol/${name}`;
/** Params of a client that can do all that it may be asked. */
export const params = (
  more: object = {},
  meta: object = {},
  capabilities: object = everything,
) => ({
  ...more,
  _meta: {
    [key("protocolVersion")]: "2026-07-28",
    [key("clientInfo")]: { name: "c" },
    [key("clientCapabilities")]: capabilities,
    ...meta,
  },
});
/** What a client can do that may be asked all. */
export const everything = { roots: {}, sampling: {}, elicitation: { url: {} } };
/** What the backend offers. */
const offered = {
  tools: { listChanged: true },
  logging: {},
  resources: { subscribe: true },
};

/** How a request of a session is answered. */
export type Answer = (
  exchange: Exchange,
  session: number,
) => Message | undefined | Promise<Message>;

/** A client at a backend that answers requests of its sessions so; `undefined` leaves them open. */
export function setUp({ answer = () => response({ done: true }), begin, patience }: {
  answer?: Answer;
  begin?: Answer;
  patience?: number;
} = {}) {
  const lines: Value[] = [];
  const sessions: {
    requests: Exchange[];
    done: Value[];
    context: BridgeContext;
    ended: AbortSignal | undefined;
    /** Has the backend say something by itself. */
    says(message: Message, own?: Exchange): void;
  }[] = [];
  const progressed: Value[] = [];
  const stop = new AbortController();
  const translation = createModernClientTranslation({
    context: {
      acceptTimeout: 30_000,
      stop: stop.signal,
      log: createLog({ level: "error" }),
      limits: { progress: (message: Message) => void progressed.push(valueOf(message)) },
      toClient: (line: Uint8Array) => void lines.push(valueOf(line)),
    } as unknown as BridgeContext,
    patience,
    createLegacy(context) {
      const number = sessions.length;
      const session = {
        requests: [] as Exchange[],
        done: [] as Value[],
        context,
        ended: undefined as AbortSignal | undefined,
        says: (message: Message, own?: Exchange) => context.receive!(message, own),
      };
      sessions.push(session);
      return Promise.resolve({
        async request(exchange: Exchange) {
          const isBegin = exchange.request.method === "initialize";
          if (!isBegin) session.requests.push(exchange);
          const given = isBegin
            ? await (begin ?? (() => response({ capabilities: offered })))(exchange, number)
            : await answer(exchange, number);
          if (given) return void exchange.answer(given);
          await new Promise<void>((_, reject) =>
            exchange.signal.addEventListener("abort", () => reject(exchange.signal.reason))
          );
        },
        send: (message: Message) => void session.done.push(valueOf(message)),
        cancel(message: Message, exchange: Exchange) {
          session.done.push(valueOf(message));
          exchange.abort(requestCancelled());
        },
        flushed() {
          session.done.push("flushed");
          return Promise.resolve();
        },
        end(signal: AbortSignal) {
          session.ended = signal;
          return number === 1 ? Promise.reject(new Error("not ended")) : Promise.resolve();
        },
      } as unknown as LegacyEra);
    },
  });
  const start = (method: string, given: unknown = params(), id: unknown = 1) => {
    const answers: Value[] = [];
    const exchange = createExchange(
      request(method, given, id),
      (line) => void answers.push(valueOf(line)),
    );
    const ended = within(translation.request(exchange), { what: `the end of ${method}` });
    ended.catch(() => {});
    return { exchange, answers, ended };
  };
  return {
    translation,
    lines,
    sessions,
    progressed,
    stop,
    start,
    async request(method: string, given?: unknown, id?: unknown): Promise<Value> {
      const { answers, ended } = start(method, given, id);
      await ended;
      return answers[0];
    },
    /** Starts a call that the backend does not answer. */
    async waiting(given?: unknown, { method = "tools/call", id = 1 as unknown } = {}) {
      const started = start(method, given, id);
      await nextTurn();
      return started;
    },
  };
}
