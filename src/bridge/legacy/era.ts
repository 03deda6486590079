import type { Exchange } from "../exchange.ts";
import type { Message } from "../jsonrpc/scan_message.ts";

/** Carries the messages of the protocol versions up to 2025-11-25, which know sessions. */
export interface LegacyEra {
  /**
   * Takes a request of the client, and settles when nothing more is to be done for it.
   *
   * @throws {ProxyError} what it is to be answered with, when nothing else did
   */
  request(exchange: Exchange): Promise<void>;
  /** Takes a notification or a response of the client. */
  send(message: Message): void;
  /** Takes a cancellation of a request that is pending. */
  cancel(message: Message, exchange: Exchange): void;
  /** Resolves when all that was taken by {@linkcode send} is sent or given up. */
  flushed(): Promise<void>;
  /** Ends the session at the backend. */
  end(signal: AbortSignal): Promise<void>;
}
