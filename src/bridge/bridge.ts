import type { Log } from "../log.ts";
import type { Authorizer } from "./authorizer.ts";

/** What {@linkcode runBridge} connects. */
export interface BridgeOptions {
  /** The backend's MCP endpoint. */
  backendUrl: URL;
  /** Authorizes what is sent to it. */
  authorizer: Authorizer;
  /** Where the bridge says what it does. */
  log: Log;
  /** What the client writes, one JSON-RPC message a line. */
  input: ReadableStream<Uint8Array>;
  /** What the client reads. Nothing else is ever written to it. */
  output: WritableStream<Uint8Array>;
  /** Ends the bridge as the end of `input` would. */
  signal: AbortSignal;
}

/**
 * Carries messages between the client on stdio and the backend on Streamable HTTP until the input
 * ends, then drains, ends the session and returns.
 */
export function runBridge(_options: BridgeOptions): Promise<void> {
  return Promise.resolve();
}
