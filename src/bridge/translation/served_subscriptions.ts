import { abortable, aborted } from "../../base/abortable.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import { lineOf } from "../jsonrpc/line_of.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { BackendSession } from "./backend_session.ts";
import type { NotificationFilter } from "./notification_filter.ts";
import { metaKeys } from "./protocol.ts";
import { createResourceSubscriptions } from "./resource_subscriptions.ts";
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
  const resources = createResourceSubscriptions({ context, session });

  async function serve(exchange: Exchange): Promise<void> {
    const filter = filterOf(exchange.request);
    const offered = lists.filter(([name, list]) =>
      filter[name] === true && session.capabilities[list]?.listChanged === true
    );
    const canSubscribe = session.capabilities.resources?.subscribe === true;
    const { signal, purpose } = exchange;
    /** What has to be let go of. */
    const wanted = new Set<string>();
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
        if (typeof uri !== "string") continue;
        wanted.add(uri);
        if (await abortable(resources.want(uri, purpose), signal)) uris.add(uri);
        else {
          wanted.delete(uri);
          resources.letGo(uri, purpose);
        }
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
      await aborted(signal);
    } finally {
      open.delete(subscription);
      for (const uri of wanted) resources.letGo(uri, purpose);
    }
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
      const { uri = "" } = notification;
      const isNamed = [...open].some(({ uris }) => uris.has(uri));
      for (const { id, lists, uris } of open) {
        const isWanted = list === undefined ? concerns(uri, { uris, isNamed }) : lists.has(list);
        if (isWanted) context.toClient(lineOf(withSubscription(notification, id)));
      }
      return true;
    },
  };
}

/**
 * A part of a resource may be named that was subscribed to as a whole (MCP 2025-11-25, resources). Where
 * somebody has subscribed to just what is named, only what lies below a whole is a part of it, as nothing
 * else says that `db://10` is none of `db://1`.
 */
function concerns(
  uri: string,
  { uris, isNamed }: { uris: ReadonlySet<string>; isNamed: boolean },
): boolean {
  return [...uris].some((whole) =>
    uri.startsWith(whole) &&
    (!isNamed || uri === whole || /[/?#]/.test(whole.slice(-1) + uri.charAt(whole.length)))
  );
}

function withSubscription(notification: Message, id: string): Message {
  return editParams(notification, { meta: { set: { [metaKeys.subscriptionId]: id } } });
}

function filterOf({ bytes, bodyStart }: Message): NotificationFilter {
  const filter = valueOf(bytes, bodyStart, "notifications");
  return Object(filter && JSON.parse(textOf(filter, 0, filter.length)));
}
