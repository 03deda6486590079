import type { Log } from "../base/log.ts";
import type { BackendRequests } from "./backend_requests.ts";
import type { Exchange } from "./exchange.ts";
import type { Message } from "./jsonrpc/scan_message.ts";
import type { RequestLimits } from "./request_limits.ts";
import type { PendingRequests } from "./pending_requests.ts";
import type { BackendHttp } from "./http/backend_http.ts";

/** What the parts of a running bridge share. */
export interface BridgeContext {
  /** The backend's MCP endpoint, for messages that people read. */
  readonly url: URL;
  /** The way to the backend. */
  readonly http: BackendHttp;
  /** The client's unanswered requests. */
  readonly pending: PendingRequests;
  /** The backend's unanswered requests. */
  readonly serverRequests: BackendRequests;
  /** Gives one line to the client. */
  readonly toClient: (line: Uint8Array) => void;
  /**
   * Takes what the backend says by itself in place of the client, and on the answer stream of which
   * request it came, if that is known. The bytes may be overwritten after the call.
   */
  readonly receive?: (message: Message, own: Exchange | undefined) => void;
  /** Waits while the client is slow to read; `undefined` when there is no need to. */
  readonly whenWritable: () => Promise<void> | undefined;
  /** Whether one of the client's messages waits for a credential, perhaps for a person. */
  readonly isAuthorizing?: () => boolean;
  /** Where the bridge says what it does. */
  readonly log: Log;
  /** The longest message, in bytes. */
  readonly maxMessageBytes: number;
  /** How often an idle backend is pinged, in milliseconds; 0 for never. */
  readonly keepAlive: number;
  /** How long the backend may take to accept a notification or a response, in milliseconds. */
  readonly acceptTimeout: number;
  /** How long what comes behind a notification waits for it to be accepted, in milliseconds. */
  readonly orderTimeout: number;
  /** Limits the time that requests may take; absent when it has no limit. */
  readonly limits: RequestLimits | undefined;
  /** How long what may be tried again is tried again, in milliseconds. */
  readonly retryWindow: number;
  /** Aborted when the bridge ends. */
  readonly stop: AbortSignal;
}
