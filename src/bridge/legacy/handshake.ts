import type { AcceptLimit } from "../accept_limit.ts";
import type { BridgeContext } from "../bridge_context.ts";
import type { Exchange } from "../exchange.ts";
import { postRequest } from "./post_request.ts";
import { initializeResultOf, type Session } from "./session.ts";

/** What {@linkcode performHandshake} needs. */
export interface HandshakeOptions {
  /** The running bridge. */
  context: BridgeContext;
  /** The session that begins with it. */
  session: Session;
  /** Whether it is tried only once, with the token that there is. */
  isTrial?: boolean;
  /** The time that the backend has for it; any by default. */
  limit?: AcceptLimit;
  /** Called when the session is known, which the backend may use before its answer is there. */
  onSession?(): void;
  /** Called when an attempt that has begun a session failed, and another one is to begin. */
  onLeft?(id: string): void;
  /** Called when the answer is there. */
  onAnswer?(): void;
}

/**
 * Sends an `initialize` request and learns the session's id and protocol version from its answer.
 *
 * @throws {ProxyError} what the request is to be answered with, when nothing else did
 */
export function performHandshake(exchange: Exchange, options: HandshakeOptions): Promise<void> {
  const { context, session, isTrial, limit, onSession, onAnswer, onLeft } = options;
  exchange.beforeAnswer((response) => {
    session.result = initializeResultOf(response);
    onAnswer?.();
    return response;
  });
  return postRequest(exchange, {
    context,
    isTrial,
    limit,
    session() {
      // An attempt before this one may have got an id, which the next must not carry.
      if (session.id !== undefined) onLeft?.(session.id);
      session.id = undefined;
      return session;
    },
    onHeaders(headers) {
      const id = headers.get("mcp-session-id") ?? undefined;
      if (id === undefined || /^[\x21-\x7e]+$/.test(id)) session.id = id;
      else context.log.warn("the backend's session id has forbidden characters; it is not used");
      onSession?.();
    },
  });
}
