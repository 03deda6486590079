import { asProxyError } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import { pause } from "../../base/abortable.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createOwnExchange } from "../exchange.ts";
import { scanMessage } from "../jsonrpc/scan_message.ts";
import { postRequest } from "./post_request.ts";
import type { Session } from "./session.ts";
import type { SessionRecovery } from "./session_recovery.ts";

/** What {@linkcode keepAlive} needs. */
export interface KeepAliveOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** The session that is kept alive. */
  session: Session;
  /** Gets a new session for this one, when it turns out to be lost. */
  recovery: SessionRecovery;
}

/**
 * Sends the backend a `ping` whenever nothing was said to it for `context.keepAlive` milliseconds,
 * until the session is over. The client sees nothing of it.
 */
export async function keepAlive({ context, session, recovery }: KeepAliveOptions): Promise<void> {
  const signal = session.over.signal;
  for (let count = 1; !signal.aborted; count++) {
    const due = context.http.lastUsed + context.keepAlive - performance.now();
    if (due > 0) {
      await pause(due, signal).catch(() => {});
      continue;
    }
    const ping = scanMessage(new TextEncoder().encode(
      `{"jsonrpc":"2.0","id":"authful-mcp-proxy-ping-${count}","method":"ping"}`,
    ));
    if (ping.kind !== "request") return;
    const exchange = createOwnExchange(ping, "background");
    const end = () => exchange.abort(asProxyError(signal.reason));
    signal.addEventListener("abort", end);
    const late = startTimer(() => exchange.abort(asProxyError("no answer")), context.keepAlive);
    try {
      await postRequest(exchange, {
        context,
        session: () => session,
        recovery,
      });
    } catch (error) {
      context.log.debug(`no answer to a ping: ${asProxyError(error).message}`);
    } finally {
      late.stop();
      signal.removeEventListener("abort", end);
    }
    // A ping that failed at once must not be followed by the next at once.
    await pause(context.keepAlive, signal).catch(() => {});
  }
}
