import type { ProxyError } from "../base/errors.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import { hasSameText, idKey } from "./jsonrpc/id_key.ts";
import type { Message } from "./jsonrpc/scan_message.ts";

/** The requests of the client that are not answered yet. */
export interface PendingRequests {
  /** Takes a request; it stays pending until it is answered. */
  open(request: Message): Exchange;
  /** The pending request with this id, as it was written anywhere. */
  find(id: string): Exchange | undefined;
  /**
   * The one pending request whose id has the same text, be it a number there and a string here;
   * `undefined` when there is none, or more than one.
   */
  findSimilar(id: string): Exchange | undefined;
  /** Those that wait to go out, be it for the first time or once more. */
  waiting(): readonly Exchange[];
  /** How many are pending. */
  readonly size: number;
  /** Resolves when none is pending but those that wait for what may never come. */
  idle(): Promise<void>;
  /** Nothing is being done for this request any more, not even behind its answer. */
  done(exchange: Exchange): void;
  /**
   * Aborts all that is pending, and what is still being done behind an answer. `errorOf` gets what
   * is known of why a request is pending still: what it failed with, or one that it waits for.
   */
  abort(errorOf: (exchange: Exchange, failure: ProxyError | undefined) => ProxyError): void;
}

/** Keeps account of the client's requests; `write` gives each answer, one line, to the client. */
export function createPendingRequests(write: (line: Uint8Array) => void): PendingRequests {
  const pending = new Map<string, Exchange>();
  // The client may, against the rules, use an id again before it was answered: both are answered.
  const unanswered = new Set<Exchange>();
  const working = new Set<Exchange>();
  const waiting: (() => void)[] = [];
  /** How many of the unanswered are worth waiting for. */
  let awaited = 0;

  function close(exchange: Exchange) {
    if (unanswered.delete(exchange) && !isEndless(exchange.request)) awaited--;
    const key = idKey(exchange.request.id);
    if (pending.get(key) === exchange) pending.delete(key);
    if (awaited > 0) return;
    for (const resolve of waiting.splice(0)) resolve();
  }

  return {
    open(request) {
      const exchange = createExchange(request, (line) => {
        write(line);
        close(exchange);
      });
      pending.set(idKey(request.id), exchange);
      unanswered.add(exchange);
      if (!isEndless(request)) awaited++;
      working.add(exchange);
      return exchange;
    },
    find: (id) => pending.get(idKey(id)),
    findSimilar(id) {
      const [similar, another] = [...unanswered].filter(({ request }) =>
        hasSameText(id, request.id)
      );
      return another ? undefined : similar;
    },
    waiting: () => [...unanswered].filter(({ sentAt }) => sentAt === 0),
    get size() {
      return unanswered.size;
    },
    idle() {
      if (awaited === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    done(exchange) {
      working.delete(exchange);
    },
    abort(errorOf) {
      const all = [...working];
      // Those that were never sent wait for one that begins the session.
      const shared = all.find(({ lastFailure, sentAt }) => lastFailure && sentAt === 0)
        ?.lastFailure;
      for (const exchange of all) {
        const failure = exchange.lastFailure ?? (exchange.sentAt === 0 ? shared : undefined);
        exchange.abort(errorOf(exchange, failure));
      }
    },
  };
}

/** A subscription of the modern era is answered when it ends, which it does not by itself. */
function isEndless(request: Message): boolean {
  return request.method === "subscriptions/listen";
}
