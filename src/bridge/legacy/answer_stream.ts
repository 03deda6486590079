import { ProxyError } from "../../errors.ts";
import { pause } from "../abortable.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { statusFailure } from "../http/status_failure.ts";
import { readAnswerEvents } from "../read_answer_events.ts";
import { streamEnded } from "../stream_ended.ts";
import { createSeenEvents } from "./seen_events.ts";
import type { Session } from "./session.ts";

/** What {@linkcode readAnswerStream} needs. */
export interface AnswerStreamOptions {
  /** The request whose answer is read. */
  exchange: Exchange;
  /** The session that the stream belongs to. */
  session: Session;
  /** The running bridge. */
  context: BridgeContext;
}

/** The pause before a reconnection when the server named none. */
const defaultRetry = 1_000;
/** A server may not make us wait longer than this. */
const longestRetry = 30_000;
/** How long a backend that is gone is asked for the rest of an answer. */
const goneWindow = 3_000;

/**
 * Reads the event stream that answers a request, and takes it up again with `Last-Event-ID` for as
 * long as the answer has not come and the server has named an event to go on from.
 *
 * @throws {ProxyError} when the answer can no longer come
 */
export async function readAnswerStream(
  body: ReadableStream<Uint8Array>,
  { exchange, session, context }: AnswerStreamOptions,
): Promise<void> {
  const seen = createSeenEvents();
  let lastEventId: string | undefined;
  let retry = defaultRetry;

  const read = (stream: ReadableStream<Uint8Array>) =>
    readAnswerEvents(stream, {
      exchange,
      context,
      onRetry: (milliseconds) => retry = Math.min(milliseconds, longestRetry),
      onEvent: ({ id, data }) => {
        if (id !== undefined) lastEventId = id;
        return !seen.isRepeated(id, data);
      },
    });

  let ending = await read(body);
  let deadline = performance.now() + context.retryWindow;
  while (!exchange.isAnswered) {
    if (lastEventId === undefined) throw streamEnded(ending);
    await pause(retry, exchange.signal);
    try {
      const response = await context.http.send({
        method: "GET",
        headers: {
          accept: "text/event-stream",
          ...session.headers,
          "last-event-id": lastEventId,
        },
        purpose: "background",
        signal: exchange.signal,
      });
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw statusFailure(response, "");
      }
      ending = await read(response.body);
      deadline = performance.now() + context.retryWindow;
    } catch (error) {
      exchange.signal.throwIfAborted();
      if (error instanceof ProxyError && error.reason === "message_too_long") throw error;
      const isTransient = error instanceof ProxyError && error.transient;
      if (isTransient && error.reason !== "connection_lost") {
        deadline = Math.min(deadline, performance.now() + goneWindow);
      }
      if (!isTransient || performance.now() + retry > deadline) throw streamEnded(ending);
    }
  }
}
