import { ProxyError } from "../../base/errors.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import type { LegacyEra } from "../legacy/era.ts";
import { isSharedFailure } from "../retry_policy.ts";

/** HTTP errors by which a backend may say that it does not know Streamable HTTP. */
const unknownTransport: ReadonlySet<number | undefined> = new Set([400, 404, 405]);

/** What {@linkcode createAutoEra} needs. */
export interface AutoEraOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Carries the messages over Streamable HTTP. */
  streamable: LegacyEra;
  /** Called once with what carries all further messages: nothing is to be asked of this one then. */
  onChosen(era: LegacyEra): void;
}

/**
 * The legacy era on whichever transport the backend speaks: Streamable HTTP, unless it turns the
 * first request away in a way that only a backend of HTTP+SSE would (MCP 2025-11-25, transports,
 * backwards compatibility).
 */
export function createAutoEra({ context, streamable, onChosen }: AutoEraOptions): LegacyEra {
  let chosen: LegacyEra | undefined;
  /** Resolves with what the first request failed with, if it did. */
  let choosing: Promise<unknown> | undefined;
  const deciding: (() => void)[] = [];
  /** Whether that is an `initialize` request. */
  let isBeginning = false;

  function choose(era: LegacyEra) {
    if (chosen) return;
    chosen = era;
    onChosen(era);
    // Whoever waits for another request that tries it out need not wait any longer.
    for (const decide of deciding.splice(0)) decide();
  }

  /** Sends the first request, and so finds out. */
  async function tryOut(exchange: Exchange, decided: () => void): Promise<void> {
    try {
      exchange.beforeAnswer((response) => {
        choose(streamable);
        decided();
        return response;
      });
      await streamable.request(exchange);
    } catch (error) {
      const isRefused = error instanceof ProxyError && error.reason.startsWith("http_") &&
        unknownTransport.has(error.httpStatus);
      if (!isRefused) throw error;
      const { createSseEra } = await import("./sse_era.ts");
      const sse = createSseEra(context);
      // A backend that does not speak it either is better described by its first answer.
      await sse.connect().catch(() => {
        throw error;
      });
      context.log.info("the backend speaks the deprecated HTTP+SSE transport");
      choose(sse);
      decided();
      await sse.request(exchange);
    }
  }

  /** A choice that is being made is waited for; one that nobody has begun is not. */
  async function era(): Promise<LegacyEra> {
    while (!chosen && choosing) await choosing;
    return chosen ?? streamable;
  }

  async function requestUndecided(exchange: Exchange): Promise<void> {
    const since = performance.now();
    const isFirst = exchange.request.method === "initialize";
    // A request that was sent without a session may never be answered; what begins one waits for none.
    while (!chosen && choosing && !(isFirst && !isBeginning)) {
      const failure = await choosing;
      if (isSharedFailure(failure, { since, window: context.retryWindow })) throw failure;
    }
    if (chosen) return await chosen.request(exchange);
    const decided = Promise.withResolvers<unknown>();
    const mine = choosing = decided.promise;
    isBeginning = isFirst;
    deciding.push(() => decided.resolve(undefined));
    try {
      await tryOut(exchange, () => decided.resolve(undefined));
    } catch (error) {
      decided.resolve(error);
      throw error;
    } finally {
      if (choosing === mine) choosing = undefined;
      decided.resolve(undefined);
    }
  }

  return {
    request: (exchange) => chosen ? chosen.request(exchange) : requestUndecided(exchange),
    send(message) {
      // Only a backend of Streamable HTTP can have asked something before it is decided which it is,
      // and it may need the response for its first answer.
      const isDecided = chosen || !choosing || message.kind === "response";
      if (isDecided) (chosen ?? streamable).send(message);
      else era().then((era) => era.send(message));
    },
    cancel(message, exchange) {
      (chosen ?? streamable).cancel(message, exchange);
    },
    flushed: async () => await (await era()).flushed(),
    end: (signal) => (chosen ?? streamable).end(signal),
  };
}
