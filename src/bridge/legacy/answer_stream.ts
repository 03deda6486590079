import { ProxyError } from "../../errors.ts";
import { pause } from "../abortable.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { fromBackend } from "../from_backend.ts";
import { messageTooLong } from "../http/read_body.ts";
import { readEvents } from "../http/read_events.ts";
import { statusFailure } from "../http/status_failure.ts";
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

/** A server ends the stream behind its answer; one that does not is left after this long. */
const lingerAfterAnswer = 5_000;
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
  let failure: ProxyError | undefined;

  async function read(stream: ReadableStream<Uint8Array>): Promise<"ended" | "broken"> {
    let linger: ReturnType<typeof setTimeout> | undefined;
    try {
      return await readEvents(stream, {
        maxBytes: context.maxMessageBytes,
        room: context.room,
        signal: exchange.signal,
        onRetry: (milliseconds) => retry = Math.min(milliseconds, longestRetry),
        onTooLong: () => failure = messageTooLong(context.maxMessageBytes),
        onEvent: ({ type, id, data, isCut }) => {
          if (isCut && !endsAsObject(data)) return;
          if (id !== undefined) lastEventId = id;
          if (type !== "message" || data.length === 0 || seen.isRepeated(id, data)) return;
          fromBackend(data, exchange, context);
          if (exchange.isAnswered) {
            linger ??= setTimeout(() => exchange.abort(streamEnded("ended")), lingerAfterAnswer);
          }
        },
      });
    } finally {
      clearTimeout(linger);
    }
  }

  let ending = await read(body);
  let deadline = performance.now() + context.retryWindow;
  while (!exchange.isAnswered) {
    if (failure) throw failure;
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
      const isTransient = error instanceof ProxyError && error.transient;
      if (isTransient && error.reason !== "connection_lost") {
        deadline = Math.min(deadline, performance.now() + goneWindow);
      }
      if (!isTransient || performance.now() + retry > deadline) throw streamEnded(ending);
    }
  }
}

function streamEnded(ending: "ended" | "broken"): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: ending === "ended"
      ? "the backend ended its answer without a response to the request"
      : "the connection broke while the backend was answering",
    todo: "check what was done before you try again, the request may have been carried out",
    reason: ending === "ended" ? "stream_ended" : "connection_lost",
  });
}

function endsAsObject(data: Uint8Array): boolean {
  return data.at(-1) === 0x7d;
}
