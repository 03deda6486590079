import { asProxyError } from "../../base/errors.ts";
import { aborted } from "../../base/abortable.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import { valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import { lineOf } from "../jsonrpc/line_of.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { ask } from "./ask.ts";
import type { BackendSession } from "./backend_session.ts";
import type { NotificationFilter } from "./notification_filter.ts";
import { metaKeys } from "./protocol.ts";
import { editParams, messageOf } from "./rewrite_message.ts";

/** The subscriptions of a client of the modern era, served from one session of the legacy era. */
export interface ServedSubscriptions {
  /** Serves one `subscriptions/listen` until the client ends it. */
  serve(exchange: Exchange): Promise<void>;
  /** Takes a notification of the backend that subscriptions are about; false when it is another one. */
  take(notification: Message): boolean;
  /** How many there are. */
  readonly size: number;
}

/** What {@linkcode serveSubscriptions} needs. */
export interface ServedSubscriptionsOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** The session. */
  session: BackendSession;
  /** What is known of the client, the same in all of its sessions. */
  audience: Audience;
}

/** A client that may listen. */
export interface Audience {
  /** Whether it has ever asked what is announced. */
  hasListened: boolean;
}

interface Subscription {
  readonly id: string;
  readonly lists: ReadonlySet<string>;
  readonly uris: ReadonlySet<string>;
}

const lists = [
  ["toolsListChanged", "tools"],
  ["promptsListChanged", "prompts"],
  ["resourcesListChanged", "resources"],
] as const;

/** No subscription yet. */
export function serveSubscriptions(options: ServedSubscriptionsOptions): ServedSubscriptions {
  const { context, session, audience } = options;
  const open = new Set<Subscription>();
  /** By URI, how many subscriptions want it. */
  const wanted = new Map<string, number>();

  async function serve(exchange: Exchange): Promise<void> {
    const filter = filterOf(exchange.request);
    const offered = lists.filter(([name, list]) =>
      filter[name] === true && session.capabilities[list]?.listChanged === true
    );
    const canSubscribe = session.capabilities.resources?.subscribe === true;
    const uris = new Set<string>();
    const subscription = {
      id: exchange.request.id,
      lists: new Set<string>(offered.map(([, list]) => list)),
      uris,
    };
    try {
      const named: unknown = filter.resourceSubscriptions;
      // Each once, however often it is named, since it is let go of once.
      for (const uri of new Set<unknown>(canSubscribe && Array.isArray(named) ? named : [])) {
        if (typeof uri === "string" && await subscribe(uri, exchange)) uris.add(uri);
      }
      const honoured: NotificationFilter = {
        ...Object.fromEntries(offered.map(([name]) => [name, true])),
        resourceSubscriptions: uris.size > 0 ? [...uris] : undefined,
      };
      context.toClient(lineOf(withSubscription(
        messageOf(
          `{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":${
            JSON.stringify(honoured)
          }}}`,
        ),
        subscription.id,
      )));
      exchange.sentAt ||= performance.now();
      audience.hasListened = true;
      open.add(subscription);
      await aborted(exchange.signal);
    } finally {
      open.delete(subscription);
      for (const uri of uris) unsubscribe(uri, exchange);
    }
  }

  async function subscribe(uri: string, outer: Exchange): Promise<boolean> {
    const others = wanted.get(uri) ?? 0;
    wanted.set(uri, others + 1);
    if (others > 0) return true;
    const answer = await ask(request("resources/subscribe", uri), {
      outer,
      send: (exchange) => session.request(exchange),
    }).catch((error) => {
      wanted.delete(uri);
      throw error;
    });
    if (answer.isError) wanted.delete(uri);
    return !answer.isError;
  }

  function unsubscribe(uri: string, { purpose }: Exchange) {
    const others = wanted.get(uri)! - 1;
    if (others > 0) return void wanted.set(uri, others);
    wanted.delete(uri);
    if (context.stop.aborted) return;
    session.request(createOwnExchange(request("resources/unsubscribe", uri), purpose)).catch((
      error,
    ) => context.log.debug(`resources/unsubscribe failed: ${asProxyError(error).message}`));
  }

  function request(method: string, uri: string): Message {
    return messageOf(
      `{"jsonrpc":"2.0","id":${session.nextId()},"method":"${method}","params":{"uri":${
        JSON.stringify(uri)
      }}}`,
    );
  }

  return {
    serve,
    get size() {
      return open.size;
    },
    take(notification) {
      const list = /^notifications\/(tools|prompts|resources)\/list_changed$/
        .exec(notification.method)?.[1];
      if (list === undefined && notification.method !== "notifications/resources/updated") {
        return false;
      }
      // Clients of both eras that know sessions hear of changes without asking, and do not ask here:
      // without this they would never list again.
      if (list !== undefined && !audience.hasListened) context.toClient(lineOf(notification));
      for (const { id, lists, uris } of open) {
        const isWanted = list === undefined
          ? concerns(notification.uri ?? "", uris)
          : lists.has(list);
        if (isWanted) context.toClient(lineOf(withSubscription(notification, id)));
      }
      return true;
    },
  };
}

/** A part of a resource may be named that was subscribed to as a whole. */
function concerns(uri: string, uris: ReadonlySet<string>): boolean {
  return [...uris].some((whole) => uri.startsWith(whole));
}

function withSubscription(notification: Message, id: string): Message {
  return editParams(notification, { meta: { set: { [metaKeys.subscriptionId]: id } } });
}

function filterOf({ bytes, bodyStart }: Message): NotificationFilter {
  const filter = valueOf(bytes, bodyStart, "notifications");
  return Object(filter && JSON.parse(textOf(filter, 0, filter.length)));
}
