import { startTimer, type Timer } from "../base/timer.ts";
import { fromBackendInTurns } from "./from_backend.ts";
import type { StreamEvent } from "./http/event_reader.ts";
import { messageTooLong } from "./http/read_body.ts";
import { readEvents, type ReadEventsOptions } from "./http/read_events.ts";
import { noAnswer } from "./no_answer.ts";
import type { ReadAnswerOptions } from "./read_answer.ts";
import { streamEnded } from "./stream_ended.ts";

/** What {@linkcode readAnswerEvents} needs. */
export interface ReadAnswerEventsOptions
  extends ReadAnswerOptions, Pick<ReadEventsOptions, "onBytes" | "onRetry"> {
  /** Sees every whole event first; false drops it. */
  isNew?(event: StreamEvent): boolean;
}

/** A server ends the stream behind its answer; one that does not is left after this long. */
const lingerAfterAnswer = 5_000;

/**
 * Reads one event stream that answers a request, to its end.
 *
 * @returns how it ended: `ended` by the server, or `broken` by the network
 * @throws {ProxyError} when it ends without an answer because that was too long, or when something
 * on it is no JSON-RPC message: nobody can tell what comes behind that
 */
export async function readAnswerEvents(
  body: ReadableStream<Uint8Array>,
  { exchange, context, isNew, ...options }: ReadAnswerEventsOptions,
): Promise<"ended" | "broken"> {
  let linger: Timer | undefined;
  let isTooLong = false;

  function passed(isMessage: boolean): undefined {
    if (exchange.isAnswered) {
      linger ??= startTimer(() => exchange.abort(streamEnded("ended")), lingerAfterAnswer);
    }
    if (!isMessage) throw noAnswer("with invalid JSON-RPC");
  }

  try {
    const ending = await readEvents(body, {
      maxBytes: context.maxMessageBytes,
      whenWritable: context.whenWritable,
      signal: exchange.signal,
      ...options,
      onTooLong: () => isTooLong = true,
      onEvent: (event) => {
        if (isNew?.(event) === false) return;
        if (event.type !== "message" || event.data.length === 0) return;
        const isMessage = fromBackendInTurns(event.data, exchange, context);
        return isMessage instanceof Promise ? isMessage.then(passed) : passed(isMessage);
      },
    });
    if (isTooLong && !exchange.isAnswered) throw messageTooLong(context.maxMessageBytes);
    return ending;
  } finally {
    linger?.stop();
  }
}
