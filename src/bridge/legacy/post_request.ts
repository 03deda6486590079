import { ProxyError } from "../../errors.ts";
import { abortable } from "../../abortable.ts";
import type { OutgoingRequest } from "../authorizer.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { readBody } from "../http/read_body.ts";
import { readAnswer, readFailure } from "../read_answer.ts";
import { createRetryPolicy, type RetryPolicy } from "../retry_policy.ts";
import { type AnswerStream, createAnswerStream } from "./answer_stream.ts";
import { isSessionLost } from "./session_lost.ts";
import type { Session } from "./session.ts";

/** What {@linkcode postRequest} needs besides the exchange. */
export interface PostRequestOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** The session to send it in; asked again for each attempt. */
  session: () => Session;
  /** Gets a new session for the lost one. */
  restore: Restore;
  /** Who asked for it; the client by default. */
  purpose?: OutgoingRequest["purpose"];
  /** Sees the header fields of a good answer before its body is read. */
  onHeaders?: (headers: Headers) => void;
}

/** Gets a new session for a lost one, for the client or in the background. */
export type Restore = (lost: Session, purpose: OutgoingRequest["purpose"]) => Promise<void>;

/** The session may be lost again while a request waits; after this many times it is answered. */
const mostRestorations = 2;

/**
 * Sends a request and reads what comes back until the exchange is answered and the backend has
 * ended its stream.
 *
 * @throws {ProxyError} what the request is to be answered with, when nothing else did
 */
export async function postRequest(
  exchange: Exchange,
  options: PostRequestOptions,
): Promise<void> {
  const { context, purpose = "client" } = options;
  const { request, signal } = exchange;
  let retries: RetryPolicy | undefined;
  let restorations = 0;
  for (;;) {
    // A client that does not read its answers is not fetched more of them.
    const full = context.room();
    if (full) await abortable(full, signal);
    const session = options.session();
    try {
      exchange.hasResponse = false;
      let stream: AnswerStream | undefined;
      const lost = await context.http.send({
        method: "POST",
        headers: { ...postHeaders, ...session.headers },
        body: request.bytes,
        purpose,
        signal,
        onSend: () => exchange.sentAt = performance.now(),
      }, async (response, alive) => {
        exchange.hasResponse = true;
        if (response.ok) {
          options.onHeaders?.(response.headers);
          await readAnswer(response, {
            exchange,
            context,
            readStream: (body) => {
              stream = createAnswerStream({ exchange, session, context });
              return stream.read(body, alive);
            },
          });
          return undefined;
        }
        const body = await readBody(response, {
          maxBytes: context.maxMessageBytes,
          url: context.url,
          signal,
        });
        if (isSessionLost(response.status, body, session)) return response.status;
        readFailure(response, { exchange, context, body });
      });
      if (lost === undefined) return await stream?.resume();
      if (restorations++ === mostRestorations) throw sessionLost(lost);
      exchange.sentAt = 0;
      await options.restore(session, purpose);
    } catch (error) {
      if (exchange.isAnswered) return;
      exchange.sentAt = 0;
      retries ??= createRetryPolicy({
        method: request.method,
        window: context.retryWindow,
        signal,
      });
      await retries.afterFailure(error);
      context.log.debug(`${request.method} is sent again`);
    }
  }
}

/** The header fields of every POST in the legacy era. */
export const postHeaders = {
  "content-type": "application/json",
  "accept": "application/json, text/event-stream",
} as const;

function sessionLost(status: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what:
      "the backend loses every session at once, as several copies do that do not share their sessions",
    fix: "look at the backend's log, and let its copies share their sessions if there are several",
    reason: "session_lost",
    httpStatus: status,
  });
}
