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
  using _limit = startTimer(() => asking.abort(tooLate(timeout)), timeout);
  return await asking.whileOuterLasts(() => ask(asking));
}

function tooLate(timeout: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend did not say within ${timeout / 1000} s which protocol versions it speaks`,
    fix: "look at the backend's log",
    reason: "no_answer",
  });
}
