import { ProxyError } from "../../base/errors.ts";
import { abortable } from "../../base/abortable.ts";
import { cancelledNotification } from "../jsonrpc/cancelled_notification.ts";
import { idKey } from "../jsonrpc/id_key.ts";
import { lineOf } from "../jsonrpc/line_of.ts";
import type { Message } from "../jsonrpc/scan_message.ts";
import { join, messageOf } from "./rewrite_message.ts";

/** Requests that are put to the client in place of the backend. */
export interface ClientRequests {
  /**
   * Puts one request; `params` as JSON.
   *
   * @returns the client's response, which may be an error
   */
  ask(method: string, options: ClientRequestOptions): Promise<Message>;
  /** Takes a response of the client; false when nobody waits for it. */
  take(response: Message): boolean;
  /** Nobody waits any more for what was asked. */
  abandon(): void;
}

/** What {@linkcode ClientRequests.ask} needs besides the method. */
export interface ClientRequestOptions {
  /** The `params` as JSON; none when absent. */
  params: Uint8Array | undefined;
  /** When it is aborted, the client is told that nobody waits any more. */
  signal: AbortSignal;
}

/** Puts requests to a client that gets its messages by `toClient`. */
export function createClientRequests(toClient: (line: Uint8Array) => void): ClientRequests {
  const open = new Map<string, PromiseWithResolvers<Message>>();
  let count = 0;

  return {
    async ask(method, { params, signal }) {
      signal.throwIfAborted();
      const id = `"authful-mcp-proxy-ask-${++count}"`;
      const answered = Promise.withResolvers<Message>();
      open.set(id, answered);
      const body: readonly (string | Uint8Array)[] = params ? [',"params":', params] : [];
      const start = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}`;
      toClient(lineOf(messageOf(join([start, ...body, "}"]))));
      try {
        return await abortable(answered.promise, signal);
      } catch (error) {
        if (open.has(id)) {
          toClient(cancelledNotification(id, "the request that needs it has ended"));
        }
        throw error;
      } finally {
        open.delete(id);
      }
    },
    take(response) {
      const answered = open.get(idKey(response.id));
      answered?.resolve(response);
      return answered !== undefined;
    },
    abandon() {
      for (const answered of open.values()) answered.reject(sessionEnded());
      open.clear();
    },
  };
}

function sessionEnded(): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: "the client began another session before it answered what the backend asked",
    fix: "send the request again",
    reason: "session_over",
  });
}
