import { ProxyError } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import type { Exchange } from "../exchange.ts";
import { InnerExchange } from "../inner_exchange.ts";

/**
 * Asks the backend what others wait for, too: its answer may be lost on the way, and then nobody is
 * to wait for it for good.
 *
 * @param ask gets what the question is asked for; it ends when the time is over
 * @throws {ProxyError} what `ask` throws, `no_answer` when the time is over
 */
export async function limitedQuestion<T>(
  exchange: Exchange,
  { timeout, ask }: { timeout: number; ask: (asking: Exchange) => Promise<T> },
): Promise<T> {
  const asking = new InnerExchange(exchange.request, { outer: exchange });
  const abort = () => asking.abort(exchange.signal.reason);
  if (exchange.signal.aborted) abort();
  exchange.signal.addEventListener("abort", abort, { once: true });
  using _limit = startTimer(() => asking.abort(tooLate(timeout)), timeout);
  try {
    return await ask(asking);
  } finally {
    exchange.signal.removeEventListener("abort", abort);
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
