import { asProxyError } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createOwnExchange } from "../exchange.ts";
import { type Message, scanMessage } from "../jsonrpc/scan_message.ts";
import type { LegacyEra } from "../legacy/era.ts";
import { notAnswered } from "../no_answer.ts";
import type { AnswerKey, BackendMemory, ListMethod } from "./backend_memory.ts";
import { rememberAnswer, resultOf } from "./remembered_answers.ts";

/** Finds out whether lists that were given from memory still hold. */
export interface ListCheck {
  /** A list was given from memory. */
  given(key: AnswerKey & { method: ListMethod }, result: Uint8Array): void;
  /** Asks the backend for each of them; `changed` gets the areas in which one differs. */
  check(changed: (areas: readonly string[]) => void): void;
  /** Forgets what was given. */
  forget(): void;
}

/** What {@linkcode createListCheck} needs. */
export interface ListCheckOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Remembers what the backend says. */
  memory: BackendMemory;
  /** Carries the messages to the backend. */
  era(): LegacyEra;
}

/** A check of the lists that one client was given from memory. */
export function createListCheck({ context, memory, era }: ListCheckOptions): ListCheck {
  const given = new Map<string, { method: ListMethod; cursor?: string; result: Uint8Array }>();
  let count = 0;

  async function differs(method: ListMethod, cursor: string | undefined, before: Uint8Array) {
    const request = scanMessage(
      new TextEncoder().encode(JSON.stringify({
        jsonrpc: "2.0",
        id: `authful-mcp-proxy-list-${++count}`,
        method,
        ...(cursor !== undefined && { params: { cursor } }),
      })),
    ) as Message;
    const exchange = createOwnExchange(request, "unasked");
    let isOther = false;
    rememberAnswer(exchange, { era: "legacy", memory });
    const remember = exchange.onAnswered;
    exchange.onAnswered = (response) => {
      remember?.(response);
      isOther = response.isError || !isSame(resultOf(response), before);
    };
    const stop = () => exchange.abort(asProxyError(context.stop.reason));
    context.stop.addEventListener("abort", stop);
    // Nobody waits for it, so that nobody would end it.
    using _limit = startTimer(
      () => exchange.abort(notAnswered(method, context.acceptTimeout)),
      context.acceptTimeout,
    );
    try {
      await era().request(exchange);
    } finally {
      context.stop.removeEventListener("abort", stop);
    }
    return isOther;
  }

  return {
    given({ method, cursor }, result) {
      given.set(JSON.stringify([method, cursor]), { method, cursor, result });
    },
    check(changed) {
      const lists = [...given.values()];
      given.clear();
      for (const { method, cursor, result } of lists) {
        differs(method, cursor, result).then(
          (isOther) => isOther && changed([method.split("/")[0]]),
          (error) => context.log.debug(`${method} was not checked: ${asProxyError(error).message}`),
        );
      }
    },
    forget: () => given.clear(),
  };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
