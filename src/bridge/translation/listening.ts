import { asProxyError, ProxyError } from "../../base/errors.ts";
import { abortable, pause } from "../../base/abortable.ts";
import type { Log } from "../../base/log.ts";
import { startTimer } from "../../base/timer.ts";
import { backoff } from "../backoff.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import { valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { createPace } from "../legacy/pace.ts";
import type { NotificationFilter } from "./notification_filter.ts";
import { errorCodes, metaKeys } from "./protocol.ts";
import { editParams, messageOf } from "./rewrite_message.ts";

/** One subscription on behalf of a client that knows none. */
export interface Listening {
  /**
   * Listens to other notifications from now on; an empty filter ends it. Resolves when the backend has
   * acknowledged that, with what it has acknowledged; at once with nothing when it is ended.
   *
   * @throws {ProxyError} when it does not
   */
  listenTo(filter: NotificationFilter): Promise<NotificationFilter>;
  /**
   * Takes a notification of the backend that belongs to a subscription.
   *
   * @returns what the client gets of it, if anything
   */
  take(notification: Message): Message | undefined;
  /** Ends it. */
  end(): void;
}

/** What {@linkcode createListening} needs. */
export interface ListeningOptions {
  /** Sends a request in the modern era. */
  send(exchange: Exchange): Promise<void>;
  /** The members of `_meta` that say who listens. */
  meta(): Record<string, Uint8Array | string | undefined>;
  /** Gives the client a notification in place of one that was missed. */
  announce(notification: Message): void;
  /** How long the backend may take to acknowledge, in milliseconds. */
  acceptTimeout: number;
  /** Where it is said what happens. */
  log: Log;
  /** Aborted when the bridge ends. */
  stop: AbortSignal;
}

const firstPause = 1_000;
const longestPause = 60_000;
/** A stream that lasted longer than this was a good one: the next attempt comes soon again. */
const goodStream = 10_000;
/** How often a client is told within a minute that it may have missed something. */
const maxAnnouncements = 3;

/** One stream of notifications. */
interface Stream {
  readonly id: string;
  readonly filter: NotificationFilter;
  readonly exchange: Exchange;
  readonly acknowledged: PromiseWithResolvers<NotificationFilter>;
}

/** Listens to nothing yet. */
export function createListening(options: ListeningOptions): Listening {
  const { log, stop } = options;
  const announcements = createPace({ most: maxAnnouncements, within: 60_000 });
  let wanted: NotificationFilter = {};
  /** The one whose notifications the client gets. */
  let current: Stream | undefined;
  /** The one that is to take its place. */
  let next: Stream | undefined;
  let isEnded = false;
  let count = 0;

  function open(filter: NotificationFilter): Stream {
    const id = `authful-mcp-proxy-listen-${++count}`;
    const plain = messageOf(
      `{"jsonrpc":"2.0","id":"${id}","method":"subscriptions/listen","params":{"notifications":${
        JSON.stringify(filter)
      }}}`,
    );
    const exchange = createOwnExchange(
      editParams(plain, { meta: { set: options.meta() } }),
      "background",
    );
    const stream: Stream = { id, filter, exchange, acknowledged: Promise.withResolvers() };
    stream.acknowledged.promise.catch(() => {});
    next?.exchange.abort(replaced);
    next = stream;
    run(stream).catch((error) => log.debug(`no notifications: ${asProxyError(error).message}`));
    return stream;
  }

  /** Keeps one stream open until it ends, and sees to it that there is another one then. */
  async function run(stream: Stream): Promise<void> {
    const { exchange, acknowledged } = stream;
    const since = performance.now();
    let refusal: unknown;
    exchange.beforeAnswer((response) => {
      if (response.isError) refusal = refusalOf(response);
      return response;
    });
    using _late = startTimer(() => {
      if (stream !== next) return;
      acknowledged.reject(notAcknowledged());
      exchange.abort(replaced);
    }, options.acceptTimeout);
    try {
      await options.send(exchange);
    } catch (error) {
      refusal ??= error;
    }
    acknowledged.reject(refusal ?? notAcknowledged());
    if (next === stream) next = undefined;
    if (current !== stream) return;
    current = undefined;
    log.debug("the stream of notifications has ended");
    await reopen(performance.now() - since > goodStream);
  }

  async function reopen(wasGood: boolean): Promise<void> {
    const pauses = backoff(firstPause, longestPause);
    if (!wasGood) pauses.next();
    for (;;) {
      await pause(pauses.next(), stop);
      if (isEnded || current || next || isEmpty(wanted)) return;
      const stream = open(wanted);
      try {
        const filter = await stream.acknowledged.promise;
        if (announcements.take()) {
          for (const missed of announcementsOf(filter)) options.announce(missed);
        }
        return;
      } catch (error) {
        if (isFinal(error)) return;
      }
    }
  }

  return {
    async listenTo(filter) {
      if (isEnded) return {};
      wanted = filter;
      if (isEmpty(filter)) {
        current?.exchange.abort(replaced);
        next?.exchange.abort(replaced);
        current = next = undefined;
        return {};
      }
      const stream = open(filter);
      try {
        return await abortable(stream.acknowledged.promise, stop);
      } catch (error) {
        // Another one has taken its place, and listens to this, too.
        if (next && next !== stream) return await next.acknowledged.promise;
        throw error;
      }
    },
    take(notification) {
      const id = subscriptionOf(notification);
      if (notification.method === "notifications/subscriptions/acknowledged") {
        if (next && id === next.id) {
          current?.exchange.abort(replaced);
          current = next;
          next = undefined;
          current.acknowledged.resolve(acknowledgedFilter(notification));
        }
        return undefined;
      }
      if (id === undefined || id !== current?.id) return undefined;
      return editParams(notification, { meta: { without: [metaKeys.subscriptionId] } });
    },
    end() {
      isEnded = true;
      for (const stream of [current, next]) stream?.exchange.abort(replaced);
      current = next = undefined;
    },
  };
}

/** Whether a notification of the backend belongs to a subscription. */
export function isOfSubscription(notification: Message): boolean {
  return subscriptionOf(notification) !== undefined;
}

function subscriptionOf({ bytes, bodyStart }: Message): string | undefined {
  const meta = valueOf(bytes, bodyStart, "_meta");
  const id = meta && valueOf(meta, 0, metaKeys.subscriptionId);
  if (!id) return undefined;
  const value = JSON.parse(textOf(id, 0, id.length));
  return typeof value === "string" ? value : JSON.stringify(value);
}

function acknowledgedFilter({ bytes, bodyStart }: Message): NotificationFilter {
  const filter = valueOf(bytes, bodyStart, "notifications");
  const value = filter && JSON.parse(textOf(filter, 0, filter.length));
  if (typeof value !== "object" || value === null) return {};
  const { resourceSubscriptions: uris, ...others } = value;
  return Array.isArray(uris) ? value : others;
}

function isEmpty(filter: NotificationFilter): boolean {
  return !filter.toolsListChanged && !filter.promptsListChanged && !filter.resourcesListChanged &&
    !filter.resourceSubscriptions?.length;
}

function announcementsOf(filter: NotificationFilter): Message[] {
  const lists = [
    filter.toolsListChanged && "tools",
    filter.promptsListChanged && "prompts",
    filter.resourcesListChanged && "resources",
  ];
  return [
    ...lists.filter((list) => list)
      .map((list) => messageOf(`{"jsonrpc":"2.0","method":"notifications/${list}/list_changed"}`)),
    ...(filter.resourceSubscriptions ?? []).map((uri) =>
      messageOf(
        `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":${
          JSON.stringify(uri)
        }}}`,
      )
    ),
  ];
}

function refusalOf({ bytes, bodyStart, bodyEnd }: Message): ProxyError {
  const { code, message } = JSON.parse(textOf(bytes, bodyStart, bodyEnd)) ?? {};
  return new ProxyError({
    category: "Backend error",
    what: `the backend refuses to send notifications: ${message}`,
    fix: "look at the backend's log if it is to announce changes",
    reason: code === errorCodes.methodNotFound ? "not_offered" : "refused",
  });
}

/** Whether another attempt would come to the same. */
function isFinal(error: unknown): boolean {
  return error instanceof ProxyError &&
    (error.reason === "not_offered" || error.httpStatus === 404 || error.httpStatus === 405);
}

function notAcknowledged(): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: "the backend did not acknowledge that notifications are wanted",
    fix: "look at the backend's log",
    reason: "not_acknowledged",
  });
}

const replaced = new ProxyError({
  category: "Backend error",
  what: "the subscription has ended",
  fix: "restart the client",
  reason: "session_over",
});
