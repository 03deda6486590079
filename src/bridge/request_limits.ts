import { ProxyError } from "../base/errors.ts";
import { startTimer, type Timer } from "../base/timer.ts";
import type { Exchange } from "./exchange.ts";
import { textOf } from "./json/scan_json.ts";
import type { Message } from "./jsonrpc/scan_message.ts";

/** Limits the time that the client's requests may take. */
export interface RequestLimits {
  /**
   * Begins with a request; `onLate` is called once when it has taken too long. The time before it
   * leaves, which a person may need to sign in, does not count.
   */
  start(exchange: Exchange, onLate: (error: ProxyError) => void): Disposable;
  /** A progress notification: the request that it is about has its time again. */
  progress(notification: Message): void;
}

interface Limited {
  exchange: Exchange;
  /** `_meta.progressToken` as JSON, if the request has one. */
  progressToken: string | undefined;
  /** When there was progress last, in milliseconds of `performance.now()`; `-Infinity` for never. */
  progressAt: number;
}

/**
 * Limits what takes longer than it may.
 *
 * @param timeout how long a request may take without progress, in milliseconds
 */
export function createRequestLimits(timeout: number): RequestLimits {
  const running = new Set<Limited>();

  return {
    start(exchange, onLate) {
      const limited: Limited = {
        exchange,
        progressToken: tokenOf(paramsOf(exchange.request)?._meta?.progressToken),
        progressAt: -Infinity,
      };
      running.add(limited);
      let timer: Timer;
      const look = () => {
        const now = performance.now();
        const since = exchange.sentAt === 0 ? now : Math.max(exchange.sentAt, limited.progressAt);
        const left = since + timeout - now;
        if (left > 0) timer = startTimer(look, left);
        else onLate(tooLate(exchange.request.method, timeout));
      };
      timer = startTimer(look, timeout);
      return {
        [Symbol.dispose]() {
          timer.stop();
          running.delete(limited);
        },
      };
    },
    progress(notification) {
      const token = tokenOf(paramsOf(notification)?.progressToken);
      if (token === undefined) return;
      for (const limited of running) {
        if (limited.progressToken === token) limited.progressAt = performance.now();
      }
    },
  };
}

function paramsOf(
  message: Message,
): { _meta?: { progressToken?: unknown }; progressToken?: unknown } | undefined {
  if (message.bodyStart === -1) return undefined;
  return JSON.parse(textOf(message.bytes, message.bodyStart, message.bodyEnd));
}

function tokenOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? JSON.stringify(value) : undefined;
}

function tooLate(method: string, timeout: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `no answer to ${method} within ${
      timeout / 1000
    } s (--request-timeout); the request may have been carried out`,
    fix: "look at the backend's log before you try again, or raise --request-timeout",
    reason: "request_timeout",
  });
}
