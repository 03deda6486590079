import { asProxyError, ProxyError } from "../../base/errors.ts";
import { programName, version } from "../../base/version.ts";
import { createBackendRequests } from "../backend_requests.ts";
import type { BridgeContext } from "../bridge_context.ts";
import { createOwnExchange, type Exchange } from "../exchange.ts";
import { InnerExchange } from "../inner_exchange.ts";
import { valueOf } from "../json/edit_object.ts";
import { textOf } from "../json/scan_json.ts";
import { hasSameText, idKey } from "../jsonrpc/id_key.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import type { LegacyEra } from "../legacy/era.ts";
import { createPendingRequests } from "../pending_requests.ts";
import type { ClientIdentity } from "./discover.ts";
import { legacyVersions } from "./protocol.ts";
import { join, messageOf } from "./rewrite_message.ts";

/** A session of the bridge's own at a backend of the legacy era. */
export interface BackendSession {
  /** What the backend answered to `initialize`. */
  readonly response: Message;
  /** What it offers. */
  readonly capabilities: Record<string, Record<string, unknown> | undefined>;
  /** An id that no other request of the session has. */
  nextId(): string;
  /** Sends a request, and settles when nothing more is to be done for it. */
  request(exchange: Exchange): Promise<void>;
  /** Sends a notification or a response. */
  send(message: Message): void;
  /** Tells the backend that nobody waits for a request any more, and ends it. */
  cancel(message: Message, exchange: Exchange): void;
  /** Resolves when all that was taken by {@linkcode send} is sent or given up. */
  flushed(): Promise<void>;
  /** Ends the session. */
  end(signal: AbortSignal): Promise<void>;
}

/** What {@linkcode openBackendSession} needs. */
export interface BackendSessionOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** Makes a carrier of the legacy era in this context. */
  createLegacy(context: BridgeContext): Promise<LegacyEra>;
  /** Whose session it is. */
  client: ClientIdentity;
  /** On whose behalf it is opened. */
  purpose: Exchange["purpose"];
  /** Takes what the backend says by itself, and on the answer stream of which request, if known. */
  receive(message: Message, own: Exchange | undefined): void;
}

/**
 * Begins a session.
 *
 * @throws {ProxyError} when the backend does not begin one
 */
export async function openBackendSession(options: BackendSessionOptions): Promise<BackendSession> {
  const { context, client } = options;
  const open = new Map<string, Exchange>();
  let count = 0;
  const pending = createPendingRequests(() => {});
  pending.find = (id) => open.get(idKey(id));
  pending.findSimilar = (id) => {
    const [similar, another] = [...open.values()].filter(({ request }) =>
      hasSameText(id, request.id)
    );
    return another ? undefined : similar;
  };
  const legacy = await options.createLegacy({
    ...context,
    pending,
    serverRequests: createBackendRequests(),
    limits: undefined,
    toClient: (line) => options.receive(messageOf(line), undefined),
    receive: options.receive,
  });
  const nextId = () => String(++count);

  async function request(exchange: Exchange): Promise<void> {
    const key = idKey(exchange.request.id);
    open.set(key, exchange);
    try {
      await legacy.request(exchange);
    } finally {
      open.delete(key);
    }
  }

  const initialize = messageOf(join([
    `{"jsonrpc":"2.0","id":${nextId()},"method":"initialize","params":{"protocolVersion":"${
      legacyVersions[0]
    }","capabilities":`,
    client.capabilities ?? "{}",
    ',"clientInfo":',
    client.info ?? JSON.stringify({ name: programName, version }),
    "}}",
  ]));
  const answered = Promise.withResolvers<Message>();
  const exchange = new InnerExchange(initialize, {
    outer: createOwnExchange(initialize, options.purpose),
    onAnswer: answered.resolve,
  });
  const stop = () => exchange.abort(asProxyError(context.stop.reason));
  context.stop.addEventListener("abort", stop);
  request(exchange).then(
    () => answered.reject(exchange.failure ?? refused("it gave no answer")),
    answered.reject,
  );
  let response: Message;
  try {
    response = await answered.promise;
  } finally {
    context.stop.removeEventListener("abort", stop);
  }
  if (response.isError) {
    const message = valueOf(response.bytes, response.bodyStart, "message");
    throw refused(message ? String(JSON.parse(textOf(message, 0, message.length))) : "no reason");
  }
  legacy.send(initialized);
  const capabilities = valueOf(response.bytes, response.bodyStart, "capabilities");
  return {
    response,
    capabilities: Object(capabilities && JSON.parse(textOf(capabilities, 0, capabilities.length))),
    nextId,
    request,
    send: (message) => legacy.send(message),
    cancel: (message, exchange) => legacy.cancel(message, exchange),
    flushed: () => legacy.flushed(),
    end: (signal) => legacy.end(signal),
  };
}

const initialized = messageOf('{"jsonrpc":"2.0","method":"notifications/initialized"}');

function refused(why: string): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend did not begin a session: ${why}`,
    fix: "look at the backend's log",
    reason: "session_refused",
  });
}
