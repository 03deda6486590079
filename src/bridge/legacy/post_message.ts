import { asProxyError } from "../../errors.ts";
import { createAcceptLimit } from "../accept_limit.ts";
import type { OutgoingRequest } from "../authorizer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { readBody } from "../http/read_body.ts";
import { statusFailure } from "../http/status_failure.ts";
import type { Message } from "../message/scan_message.ts";
import { createRetryPolicy } from "../retry_policy.ts";
import { postHeaders } from "./post_request.ts";
import { isSessionLost } from "./session_lost.ts";
import type { Session } from "./session.ts";

/** What {@linkcode postMessage} needs besides the message. */
export interface PostMessageOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** The session that the message belongs to. */
  session: Session;
  /** Who asked for it. */
  purpose: OutgoingRequest["purpose"];
  /** Called each time when it leaves. */
  onSend?(): void;
}

/**
 * Sends a notification or a response and waits until the backend has taken it. One that it does not
 * take is dropped with a warning, as there is nobody to tell.
 *
 * @returns `session lost` when the backend does not know the session
 */
export async function postMessage(
  message: Message,
  { context, session, purpose, onSend }: PostMessageOptions,
): Promise<"taken" | "dropped" | "session lost"> {
  using limit = createAcceptLimit(context);
  const { signal } = limit;
  const retries = createRetryPolicy({
    method: message.method,
    window: context.retryWindow,
    signal,
  });

  async function attempt(): Promise<"taken" | "session lost"> {
    return await context.http.send({
      method: "POST",
      headers: { ...postHeaders, ...session.headers },
      body: message.bytes,
      purpose,
      signal,
      onSend() {
        limit.onSend();
        onSend?.();
      },
    }, async (response) => {
      if (response.ok) {
        await response.body?.cancel();
        return "taken";
      }
      const body = await readBody(response, {
        maxBytes: context.maxMessageBytes,
        url: context.url,
        signal,
      });
      if (isSessionLost(response.status, body, session)) return "session lost";
      throw statusFailure(response, new TextDecoder().decode(body.subarray(0, 4096)));
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
    if (!context.stop.aborted) {
      const what = message.kind === "response" ? "a response" : message.method;
      context.log.warn(`${what} did not reach the backend: ${asProxyError(error).message}`);
    }
    return "dropped";
  }
}
