import { asProxyError } from "../base/errors.ts";
import { createAcceptLimit } from "./accept_limit.ts";
import type { BridgeContext } from "./bridge_context.ts";
import type { Message } from "./jsonrpc/scan_message.ts";
import { readErrorBody } from "./http/read_error_body.ts";
import { statusFailure } from "./http/status_failure.ts";
import { createRetryPolicy } from "./retry_policy.ts";

/** What {@linkcode postOneWay} needs besides the message. */
export interface PostOneWayOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Where to; the backend's MCP endpoint when absent. */
  url?: URL;
  /** The header fields of the transport. */
  headers: Readonly<Record<string, string>>;
  /** Called each time when it leaves. */
  onSend(): void;
}

/**
 * Sends a notification or a response and waits until the backend has taken it. One that it does not
 * take in time is dropped with a warning, as there is nobody to tell.
 */
export async function postOneWay(message: Message, options: PostOneWayOptions): Promise<void> {
  const { context, url, headers, onSend } = options;
  const what = message.kind === "response" ? "a response" : message.method;
  using limit = createAcceptLimit(context);
  const { signal } = limit;
  const retries = createRetryPolicy({
    method: message.method,
    window: context.retryWindow,
    signal,
  });

  function attempt(): Promise<void> {
    return context.http.send({
      method: "POST",
      url,
      headers,
      body: message.bytes,
      purpose: "client",
      signal,
      onRefusal: limit.onRefusal,
      onSend() {
        limit.onSend();
        onSend();
      },
    }, async (response) => {
      if (response.ok) return await response.body?.cancel();
      const { maxMessageBytes: maxBytes, http } = context;
      const body = await readErrorBody(response, { maxBytes, signal });
      throw statusFailure(response, { ...http.known, body });
    });
  }

  try {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        await retries.afterFailure(error);
      }
    }
  } catch (error) {
    if (context.stop.aborted) return;
    context.log.warn(`${what} did not reach the backend: ${asProxyError(error).message}`);
  }
}
