import { ProxyError } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { InnerExchange } from "../inner_exchange.ts";

/**
 * How long `server/discover` may take when it finds out what a backend speaks, in milliseconds. Less
 * than any client waits for an answer, so that there is time to go on to the other era's question.
 */
export function probeTimeout({ acceptTimeout }: Pick<BridgeContext, "acceptTimeout">): number {
  return Math.min(acceptTimeout, 10_000);
}

/** What {@linkcode limitedQuestion} needs. */
export interface LimitedQuestion<T> {
  /** How long it may take, in milliseconds. */
  timeout: number;
  /** Whether it may be waiting for a person to sign in, whose time does not count. */
  isAuthorizing?: () => boolean;
  /** Gets what the question is asked for; that ends when the time is over. */
  ask(asking: Exchange): Promise<T>;
}

/**
 * Asks the backend what others wait for, too: its answer may be lost on the way, and then nobody is
 * to wait for it for good.
 *
 * @throws {ProxyError} what `ask` throws, `no_answer` when the time is over
 */
export async function limitedQuestion<T>(
  exchange: Exchange,
  { timeout, isAuthorizing, ask }: LimitedQuestion<T>,
): Promise<T> {
  const asking = new InnerExchange(exchange.request, { outer: exchange });
  const limit = () => startTimer(isOver, timeout);
  let timer = limit();
  function isOver() {
    if (isAuthorizing?.()) timer = limit();
    else asking.abort(tooLate(timeout));
  }
  try {
    return await asking.whileOuterLasts(() => ask(asking));
  } finally {
    timer.stop();
  }
}

function tooLate(timeout: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend did not say within ${timeout / 1000} s which protocol versions it speaks`,
    fix: "look at the backend's log",
    reason: "no_answer",
  });
}
