import { isJSONRPCResponse, type JSONRPCMessage } from "@modelcontextprotocol/server";

/** The id of a request. */
export type RequestId = string | number;

/**
 * The requests of a connection that are not answered. Over stdio nothing says which request a message
 * of the server belongs to, and over HTTP it is sent on the stream of one.
 */
export class OpenRequests {
  #open = new Map<RequestId, unknown>();

  /** Takes note of what the client sends. */
  sent(message: JSONRPCMessage): void {
    if (!("method" in message && "id" in message)) return;
    this.#open.set(message.id, message.params?._meta?.progressToken);
  }

  /** The request that a message of the server belongs to, which is over when that is its response. */
  received(message: JSONRPCMessage): RequestId | undefined {
    if (isJSONRPCResponse(message)) {
      if (message.id !== undefined) this.#open.delete(message.id);
      return message.id;
    }
    const { progressToken, _meta } = (message.params ?? {}) as Record<string, unknown>;
    const subscription = Object(_meta)["io.modelcontextprotocol/subscriptionId"];
    for (const [id, token] of this.#open) {
      if (id === subscription || token !== undefined && token === progressToken) return id;
    }
    return [...this.#open.keys()].at(-1);
  }

  /** Takes note that nobody waits for this one any more; whether somebody did. */
  gone(id: RequestId): boolean {
    return this.#open.delete(id);
  }
}
