import { asProxyError, ProxyError } from "../../base/errors.ts";
import { pause } from "../../base/abortable.ts";
import { backoff } from "../backoff.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { fromBackendInTurns, passedOn } from "../from_backend.ts";
import { describeContent, isEventStream } from "../http/content_type.ts";
import { readEvents } from "../http/read_events.ts";
import { statusFailure } from "../http/status_failure.ts";
import { createSilenceTimer, type SilenceTimer } from "../silence_timer.ts";
import { lastEventIdField, resumableId } from "./last_event_id.ts";
import { reconnectionTime } from "./reconnection_time.ts";
import { createSeenEvents } from "./seen_events.ts";
import type { Session } from "./session.ts";

/** What {@linkcode superviseServerStream} needs. */
export interface ServerStreamOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** The session that the stream belongs to. */
  session: Session;
}

const firstPause = 1_000;
const longestPause = 30_000;
/** The longest between attempts while the backend refuses the stream, in milliseconds. */
const longestRefusedPause = 60_000;
/** A stream that lasted longer than this was a good one: the next attempt comes soon again. */
const goodStream = 10_000;

/**
 * Keeps the stream open on which the backend sends requests and notifications of its own, until the
 * session is over. A backend that answers 405 offers none, which is final; any other refusal means
 * that there is none now. It never says anything about the session, which is what POST is for: many
 * servers have no route for GET at all.
 */
export async function superviseServerStream(options: ServerStreamOptions): Promise<void> {
  const { context, session } = options;
  const { log } = context;
  const signal = session.over.signal;
  const pauses = backoff(firstPause, longestPause);
  const refusedPauses = backoff(firstPause, longestRefusedPause);
  const seen = createSeenEvents();
  let lastEventId: string | undefined;
  let retry: number | undefined;
  /** Whether the last stream brought something, before it ended. */
  let hasEvents: boolean;

  /** @returns whether to go on */
  async function open(): Promise<boolean> {
    const attempt = new AbortController();
    const end = () => attempt.abort(signal.reason);
    signal.addEventListener("abort", end);
    // A connection may be dead without anybody telling; a new one costs little.
    const silence = context.keepAlive > 0
      ? createSilenceTimer(2 * context.keepAlive, () => attempt.abort(new Error("silence")))
      : undefined;
    try {
      return await request(attempt.signal, silence);
    } finally {
      silence?.end();
      signal.removeEventListener("abort", end);
    }
  }

  function request(attempt: AbortSignal, silence?: SilenceTimer): Promise<boolean> {
    return context.http.send({
      method: "GET",
      headers: {
        accept: "text/event-stream",
        ...session.headers,
        ...(lastEventId === undefined ? {} : lastEventIdField(lastEventId)),
      },
      purpose: "background",
      signal: attempt,
      mayBeSilent: true,
    }, (response, alive) =>
      read(response, () => {
        alive();
        silence?.alive();
      }));
  }

  async function read(response: Response, alive: () => void): Promise<boolean> {
    if (response.status === 405) {
      await response.body?.cancel();
      log.debug("the backend offers no stream of its own messages (HTTP 405)");
      return false;
    }
    if (!response.ok) {
      await response.body?.cancel();
      // A backend that does not know the event refuses it each time.
      if (response.status < 500) lastEventId = undefined;
      throw statusFailure(response, context.http.known);
    }
    if (!response.body || !isEventStream(response)) {
      await response.body?.cancel();
      throw noEventStream(response);
    }
    refusedPauses.reset();
    seen.connect(lastEventId !== undefined);
    const since = performance.now();
    const ending = await readEvents(response.body, {
      maxBytes: context.maxMessageBytes,
      whenWritable: context.whenWritable,
      signal,
      onBytes: alive,
      onRetry: (milliseconds) => retry = reconnectionTime(milliseconds),
      onTooLong: () =>
        log.warn(`a message longer than ${context.maxMessageBytes} bytes is dropped`),
      onEvent: ({ type, id, data }) => {
        hasEvents = true;
        if (id !== undefined) lastEventId = resumableId(id);
        if (type !== "message" || data.length === 0 || seen.isRepeated(id, data)) return;
        return passedOn(fromBackendInTurns(data, undefined, context));
      },
    });
    if (performance.now() - since > goodStream) pauses.reset();
    log.debug(`the backend's stream ${ending}`);
    return true;
  }

  while (!signal.aborted) {
    let isRefused = false;
    hasEvents = false;
    try {
      if (!await open()) return;
    } catch (error) {
      if (signal.aborted) return;
      isRefused = error instanceof ProxyError && error.httpStatus !== undefined;
      log.debug(`no stream from the backend: ${asProxyError(error).message}`);
    }
    // A server that names a pause and sends something each time is polled at its own pace.
    const wait = isRefused
      ? refusedPauses.next()
      : hasEvents && retry !== undefined
      ? retry
      : Math.max(retry ?? 0, pauses.next());
    await pause(wait, signal).catch(() => {});
  }
}

function noEventStream(response: Response): ProxyError {
  const { status } = response;
  return new ProxyError({
    category: "Backend error",
    what: `the backend answered HTTP ${status} ${describeContent(response)}`,
    fix: "look at the backend's log if it is to send messages of its own",
    reason: "no_answer",
    httpStatus: status,
  });
}
