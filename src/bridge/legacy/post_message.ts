import { asProxyError } from "../../base/errors.ts";
import { abortable } from "../../base/abortable.ts";
import { createAcceptLimit } from "../accept_limit.ts";
import type { OutgoingRequest } from "../authorizer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { readErrorBody } from "../http/read_error_body.ts";
import { statusFailure } from "../http/status_failure.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { createRetryPolicy } from "../retry_policy.ts";
import type { SessionRecovery } from "./session_recovery.ts";
import { postHeaders, type Session } from "./session.ts";

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
  /** Finds out whether the session is lost, and begins it again; without it nobody asks. */
  recovery?: SessionRecovery;
}

/**
 * Sends a notification or a response and waits until the backend has taken it. One that it does not
 * take is dropped with a warning, as there is nobody to tell.
 *
 * @returns `session lost` when it was not taken because the session was lost, which is begun again by now
 */
export async function postMessage(
  message: Message,
  { context, session, purpose, recovery, onSend }: PostMessageOptions,
): Promise<"taken" | "dropped" | "session lost"> {
  using limit = createAcceptLimit(context);
  const { signal } = limit;
  const { method } = message;
  const retries = createRetryPolicy({
    method,
    window: context.retryWindow,
    signal,
  });

  const refused = { session, purpose, isAwaited: false, isRepeatable: false, isSecond: false };

  async function attempt(): Promise<"taken" | "session lost"> {
    let isSessionRefused = false;
    const refusal = await context.http.send({
      method: "POST",
      headers: { ...postHeaders, ...session.headers },
      body: message.bytes,
      purpose,
      signal,
      isSessionLost: recovery &&
        (async (answer) =>
          isSessionRefused = await abortable(
            recovery.isSessionRefused({ ...answer, method }, refused),
            signal,
          )),
      onRefusal: limit.onRefusal,
      onSend() {
        limit.onSend();
        onSend?.();
      },
    }, async (response) => {
      if (response.ok) {
        await response.body?.cancel();
        session.hasTaken = true;
        return undefined;
      }
      const body = await readErrorBody(response, { maxBytes: context.maxMessageBytes, signal });
      return { response, body };
    });
    if (!refusal) return "taken";
    const { response, body } = refusal;
    const failure = statusFailure(response, { ...context.http.known, body });
    if (isSessionRefused) return "session lost";
    if (recovery && failure.reason !== "backend_busy") {
      const answer = { status: response.status, body, method };
      const outcome = await abortable(recovery.after(answer, refused), signal);
      if (outcome === "send again") return "session lost";
    }
    throw failure;
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
