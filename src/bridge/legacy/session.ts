import type { Message } from "../jsonrpc/scan_message.ts";
import { textOf } from "../json/scan_json.ts";

/** What the `initialize` result says of the backend (legacy era). */
export interface InitializeResult {
  /** The protocol version that holds from then on. */
  protocolVersion: string;
  /** What the backend offers. */
  capabilities: Record<string, unknown>;
}

/** The header fields of every POST, besides those of the session. */
export const postHeaders = {
  "content-type": "application/json",
  "accept": "application/json, text/event-stream",
} as const;

/** One legacy session at the backend. */
export interface Session {
  /** The value of `Mcp-Session-Id`, if the backend uses sessions. */
  id: string | undefined;
  /** What the backend answered to `initialize`. */
  result: InitializeResult | undefined;
  /** The header fields that every request of the session carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the session is over, here or there. */
  readonly over: AbortController;
  /** Whether the backend has taken a message in it. */
  hasTaken: boolean;
  /**
   * Whether it was begun because of a 404 to the session before it, which however knew a ping: once
   * more, and such a 404 is about the request.
   */
  isDoubtful: boolean;
  /** Requests that are being answered in it; a session that was left is ended behind the last. */
  readonly open: Set<unknown>;
  /** Called when the last of {@linkcode open} is done. */
  onIdle?: () => void;
}

/** A session before its `initialize` is answered. */
export function createSession(): Session {
  let id: string | undefined;
  let result: InitializeResult | undefined;
  let headers: Record<string, string> = {};
  const update = () => {
    headers = {};
    if (id !== undefined) headers["mcp-session-id"] = id;
    // The header field exists since 2025-06-18; versions compare as text.
    if (result && result.protocolVersion >= "2025-06-18") {
      headers["mcp-protocol-version"] = result.protocolVersion;
    }
  };
  return {
    get id() {
      return id;
    },
    set id(value) {
      id = value;
      update();
    },
    get result() {
      return result;
    },
    set result(value) {
      result = value;
      update();
    },
    get headers() {
      return headers;
    },
    over: new AbortController(),
    hasTaken: false,
    isDoubtful: false,
    open: new Set(),
  };
}

/** What a response to `initialize` says; `undefined` when it is an error or says nothing usable. */
export function initializeResultOf(response: Message): InitializeResult | undefined {
  if (response.isError) return undefined;
  const result = JSON.parse(textOf(response.bytes, response.bodyStart, response.bodyEnd));
  const version = result?.protocolVersion;
  if (typeof version !== "string" || !/^[\x21-\x7e]+$/.test(version)) return undefined;
  const capabilities = result.capabilities;
  return {
    protocolVersion: version,
    capabilities: typeof capabilities === "object" && capabilities !== null ? capabilities : {},
  };
}
