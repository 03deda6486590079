import type { Exchange } from "../exchange.ts";
import type { Message } from "../jsonrpc/scan_message.ts";

/** What the client has set in the session, and a new session does not know. */
export interface SessionState {
  /** Takes note of a request, once the backend has granted it. */
  observe(exchange: Exchange): void;
  /** The requests that bring a new session to where the old one was. */
  requests(): readonly Message[];
  /** Forgets all. */
  clear(): void;
}

/** Remembers subscriptions to resources and the log level. */
export function createSessionState(): SessionState {
  const subscriptions = new Map<string, Message>();
  let logLevel: Message | undefined;

  function granted(request: Message) {
    if (request.method === "logging/setLevel") logLevel = request;
    else if (request.method === "resources/subscribe") {
      subscriptions.set(request.uri ?? "", request);
    } else subscriptions.delete(request.uri ?? "");
  }

  return {
    observe(exchange) {
      if (!changesState.has(exchange.request.method)) return;
      exchange.beforeAnswer((response) => {
        if (!response.isError) granted(exchange.request);
        return response;
      });
    },
    requests: () => [...(logLevel ? [logLevel] : []), ...subscriptions.values()],
    clear() {
      subscriptions.clear();
      logLevel = undefined;
    },
  };
}

const changesState: ReadonlySet<string> = new Set([
  "logging/setLevel",
  "resources/subscribe",
  "resources/unsubscribe",
]);
