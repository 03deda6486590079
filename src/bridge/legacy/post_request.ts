import { ProxyError } from "../../base/errors.ts";
import { abortable } from "../../base/abortable.ts";
import type { AcceptLimit } from "../accept_limit.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { isEventStream, isJson } from "../http/content_type.ts";
import { readErrorBody } from "../http/read_error_body.ts";
import { statusFailure } from "../http/status_failure.ts";
import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { readAnswer, readFailure } from "../read_answer.ts";
import { createRetryPolicy, isReadOnly, type RetryPolicy } from "../retry_policy.ts";
import { type AnswerStream, createAnswerStream } from "./answer_stream.ts";
import type { RefusedMessage, SessionRecovery } from "./session_recovery.ts";
import { postHeaders, type Session } from "./session.ts";

/** What {@linkcode postRequest} needs besides the exchange. */
export interface PostRequestOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** The session to send it in; asked again for each attempt. */
  session: () => Session;
  /** Finds out whether the session is lost, and begins it again; without it nobody asks. */
  recovery?: SessionRecovery;
  /** Sent once, with the token that there is. */
  isTrial?: boolean;
  /** The time that the backend has, when it has not all the time that the client has. */
  limit?: AcceptLimit;
  /** Sees the header fields of a good answer before its body is read. */
  onHeaders?: (headers: Headers) => void;
}

/** What was answered instead of a result. */
interface Refused {
  response: Response;
  body: Uint8Array;
  /** The error that a good HTTP answer carried. */
  withheld?: Message;
}

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
  const { context, recovery, isTrial = false, limit } = options;
  const { request, purpose, signal } = exchange;
  let retries: RetryPolicy | undefined;
  /** It was sent in a session that is lost, and a new one was begun for it. */
  let isSecond = false;
  // The answer may come on another stream while it waits to be sent again.
  while (!exchange.isAnswered) {
    // A client that does not read its answers is not fetched more of them.
    const full = context.whenWritable();
    if (full) await abortable(full, signal);
    const session = options.session();
    /** The token was refused, but a new session was granted with it. */
    let isSessionRefused = false;
    try {
      exchange.hasResponse = false;
      let stream: AnswerStream | undefined;
      const message = (): RefusedMessage => ({
        session,
        purpose,
        isAwaited: purpose !== "background",
        isRepeatable: isReadOnly(request.method),
        isSecond,
      });
      session.open.add(exchange);
      const refused = await context.http.send({
        method: "POST",
        headers: { ...postHeaders, ...session.headers },
        body: request.bytes,
        purpose,
        signal,
        isQuestion: isTrial,
        isSessionLost: recovery &&
          (async (answer) =>
            isSessionRefused = await abortable(
              recovery.isSessionRefused({ ...answer, method: request.method }, message()),
              signal,
            )),
        onSend() {
          exchange.sentAt = performance.now();
          limit?.onSend();
        },
        onRefusal() {
          // It goes out once more, if at all, and may wait for a person until then.
          exchange.sentAt = 0;
          limit?.onRefusal();
        },
      }, async (response, alive): Promise<Refused | undefined> => {
        exchange.hasResponse = true;
        if (!response.ok) {
          const { maxMessageBytes: maxBytes } = context;
          return { response, body: await readErrorBody(response, { maxBytes, signal }) };
        }
        options.onHeaders?.(response.headers);
        exchange.withholdErrors = recovery !== undefined && session.id !== undefined &&
          isJson(response);
        if (response.body && isEventStream(response)) {
          const isAlive = recovery && (() => recovery.isAlive(session));
          stream = createAnswerStream({ exchange, session, context, isAlive });
          await stream.read(response.body, alive);
        } else {
          await readAnswer(response, { exchange, context });
        }
        const withheld = exchange.takeWithheld();
        if (withheld) return { response, body: withheld.bytes, withheld };
        session.hasTaken = true;
        return undefined;
      });
      if (!refused) return await stream?.resume();
      exchange.sentAt = 0;
      if (isSessionRefused) {
        isSecond = true;
        continue;
      }
      const outcome = recovery && isQuestionable(refused)
        ? await abortable(recovery.after(answerOf(refused, request.method), message()), signal)
        : "pass on";
      switch (outcome) {
        case "send again":
          isSecond = true;
          continue;
        case "pass on":
          return passOn(refused, { exchange, context });
        case "perhaps carried out":
          throw perhapsCarriedOut(refused);
        case "lost again":
          throw lostAgain(refused);
      }
    } catch (error) {
      const withheld = exchange.takeWithheld();
      if (withheld) exchange.answer(withheld);
      if (exchange.isAnswered) return;
      exchange.sentAt = 0;
      if (isTrial) throw error;
      retries ??= createRetryPolicy({
        method: request.method,
        window: context.retryWindow,
        signal,
        onRetry: (failure) => exchange.lastFailure = failure,
      });
      await retries.afterFailure(error);
      context.log.debug(`${request.method} is sent again`);
    } finally {
      session.open.delete(exchange);
      if (session.open.size === 0) session.onIdle?.();
    }
  }
}

function answerOf({ response, body }: Refused, method: string) {
  return { status: response.status, body, method };
}

/** JSON-RPC 2.0 section 5.1: what knows that there is no such method knows the session. */
const methodNotFound = -32601;

/** A backend that has turned the request away because it is busy says so; there is nothing to ask. */
function isQuestionable({ response, withheld }: Refused): boolean {
  if (!withheld) return statusFailure(response).reason !== "backend_busy";
  const error = JSON.parse(textOf(withheld.bytes, withheld.bodyStart, withheld.bodyEnd));
  return error?.code !== methodNotFound;
}

function passOn(
  { response, body, withheld }: Refused,
  { exchange, context }: { exchange: Exchange; context: BridgeContext },
): void {
  if (withheld) exchange.answer(withheld);
  else readFailure(response, { exchange, context, body });
}

function said({ response, body }: Refused): string {
  return statusFailure(response, { body }).what;
}

function perhapsCarriedOut(refused: Refused): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `${said(refused)}, and has lost the session; the request may have been carried out`,
    fix: "check what was done before you try again",
    reason: "session_broken",
    httpStatus: refused.response.status,
  });
}

function lostAgain(refused: Refused): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `${said(refused)}, and so in a session that had just begun: it loses every session at ` +
      "once, as several copies do that do not share their sessions",
    fix: "look at the backend's log, and let its copies share their sessions if there are several",
    reason: "session_lost",
    httpStatus: refused.response.status,
  });
}
