import { pause } from "../base/abortable.ts";
import { type Exchange, requestCancelled } from "./exchange.ts";

/** A cancellation waits this long for its request to arrive before it, in milliseconds. */
const cancelAfter = 250;
/** How long a backend may still answer a request that was cancelled, in milliseconds. */
const cancelGrace = 2_000;

/**
 * Has a cancellation sent behind its request, and the request answered if the backend does not do so
 * in time. A request that has not left is cancelled by not sending it.
 */
export async function carryCancellation(
  exchange: Exchange,
  send: () => Promise<void>,
): Promise<void> {
  try {
    if (exchange.sentAt !== 0 && !exchange.hasResponse) {
      const sent = performance.now() - exchange.sentAt;
      await pause(Math.max(0, cancelAfter - sent), exchange.signal);
    }
    if (exchange.sentAt !== 0) {
      exchange.isCancelled = true;
      await send();
      await pause(cancelGrace, exchange.signal);
    }
  } catch {
    // It has ended meanwhile, as it was to.
  }
  exchange.abort(requestCancelled());
}
