import { ProxyError } from "../../base/errors.ts";
import { pause } from "../../base/abortable.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { isEventStream } from "../http/content_type.ts";
import { statusFailure } from "../http/status_failure.ts";
import { readAnswerEvents } from "../read_answer_events.ts";
import { streamEnded } from "../stream_ended.ts";
import { lastEventIdField, resumableId } from "./last_event_id.ts";
import { reconnectionTime } from "./reconnection_time.ts";
import { createSeenEvents } from "./seen_events.ts";
import type { Session } from "./session.ts";

/** The event stream that answers a request, however many connections it takes. */
export interface AnswerStream {
  /** Reads it to its end, or to the end of the connection; calls `alive` when bytes came. */
  read(body: ReadableStream<Uint8Array>, alive: () => void): Promise<void>;
  /**
   * Takes it up again with `Last-Event-ID` for as long as the answer has not come and the server has
   * named an event to go on from.
   *
   * @throws {ProxyError} when the answer can no longer come
   */
  resume(): Promise<void>;
}

/** What {@linkcode createAnswerStream} needs. */
export interface AnswerStreamOptions {
  /** The request whose answer is read. */
  exchange: Exchange;
  /** The session that the stream belongs to. */
  session: Session;
  /** The running bridge. */
  context: BridgeContext;
  /** Asks whether the backend still answers in the session; it is believed to when nobody can ask. */
  isAlive?: () => Promise<boolean>;
}

/** The pause before a reconnection when the server named none. */
const defaultRetry = 1_000;
/** How long a backend that is gone is asked for the rest of an answer. */
const goneWindow = 3_000;

/** A gateway that has waited for an answer has done so for longer than this, in milliseconds. */
const atOnce = 500;
/** One that says so without having waited is not believed more often than this. */
const maxTimeoutsAtOnce = 10;

/** The error reasons that say what became of the answer. */
const isFinal: ReadonlySet<string> = new Set(["message_too_long", "no_answer"]);

/** The stream that answers one request. */
export function createAnswerStream(
  { exchange, session, context, isAlive }: AnswerStreamOptions,
): AnswerStream {
  const seen = createSeenEvents();
  let lastEventId: string | undefined;
  let retry = defaultRetry;
  let ending: "ended" | "broken" = "ended";

  async function read(body: ReadableStream<Uint8Array>, alive: () => void) {
    seen.connect(lastEventId !== undefined);
    ending = await readAnswerEvents(body, {
      exchange,
      context,
      onBytes: alive,
      onRetry(milliseconds) {
        retry = reconnectionTime(milliseconds);
      },
      isNew: ({ id, data }) => {
        if (id !== undefined) lastEventId = resumableId(id);
        return !seen.isRepeated(id, data);
      },
    });
  }

  /** Reads on from one event; what fails here may succeed a little later. */
  function readOn(from: string) {
    return context.http.send({
      method: "GET",
      headers: { accept: "text/event-stream", ...session.headers, ...lastEventIdField(from) },
      purpose: "background",
      signal: exchange.signal,
    }, async (response, alive) => {
      if (response.ok && response.body && isEventStream(response)) {
        return await read(response.body, alive);
      }
      await response.body?.cancel();
      throw statusFailure(response, context.http.known);
    });
  }

  async function resume() {
    /** Set with the first failure behind a success: until then the pauses are the server's wish. */
    let deadline: number | undefined;
    let timeoutsAtOnce = 0;
    while (!exchange.isAnswered) {
      // What is left of a request that was cancelled is not worth asking for.
      if (lastEventId === undefined || exchange.isCancelled) {
        throw streamEnded(ending, exchange.request.method);
      }
      await pause(retry, exchange.signal);
      const began = performance.now();
      try {
        await readOn(lastEventId);
        deadline = undefined;
      } catch (error) {
        exchange.signal.throwIfAborted();
        if (error instanceof ProxyError && isFinal.has(error.reason)) throw error;
        // A gateway gives up on a stream that has nothing to say; whether there is still somebody
        // behind it who knows the answer is asked.
        const isAtOnce = performance.now() - began < atOnce && ++timeoutsAtOnce > maxTimeoutsAtOnce;
        if (!isAtOnce && isGatewayTimeout(error) && await isAlive?.()) {
          deadline = undefined;
          continue;
        }
        deadline ??= performance.now() + context.retryWindow;
        const isTransient = error instanceof ProxyError && error.transient;
        if (isTransient && error.reason !== "connection_lost") {
          deadline = Math.min(deadline, performance.now() + goneWindow);
        }
        if (!isTransient || performance.now() + retry > deadline) {
          throw streamEnded(ending, exchange.request.method);
        }
      }
    }
  }

  return { read, resume };
}

/** 504, and 524 of Cloudflare: no answer for as long as a gateway waits for one. */
function isGatewayTimeout(error: unknown): boolean {
  return error instanceof ProxyError && (error.httpStatus === 504 || error.httpStatus === 524);
}
