/** The protocol of a connection: with a handshake and sessions, or stateless as of 2026-07-28. */
export type Era = "2025" | "2026";

/** A notification of the server. */
export interface Notification {
  method: string;
  params?: Record<string, unknown>;
}

/** What a tool gave. */
export interface ToolResult {
  content: { type: string; text?: string; data?: string; mimeType?: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

/** How a request is made. */
export interface RequestOptions {
  /** Cancels it. */
  signal?: AbortSignal;
  /** Called for each notification of progress. */
  onProgress?(progress: { progress: number; total?: number }): void;
  /** When the client gives up, in milliseconds; 20 s unless told otherwise. */
  timeout?: number;
}

/** How {@linkcode Connection.notified} waits. */
export interface NotificationWait {
  /** Which one of this method. */
  test?(notification: Notification): boolean;
  /** How long, in milliseconds; 5 s unless told otherwise. */
  patience?: number;
}

/**
 * A connected client that answers what a server may ask: sampling with the prompt after "sampled: ",
 * elicitation with `{ answer: "elicited" }`, and its roots. The same for a direct client and for one
 * behind the program, so that one probe measures both.
 */
export interface Connection extends AsyncDisposable {
  /** What the server says it can. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** Every notification so far. */
  readonly notifications: readonly Notification[];
  /** Resolves with the first one that fits, be it in the past or to come. */
  notified(method: string, wait?: NotificationWait): Promise<Notification>;
  /** Calls a tool. */
  callTool(
    name: string,
    args?: Record<string, unknown>,
    options?: RequestOptions,
  ): Promise<ToolResult>;
  /** The names of the tools. */
  listTools(): Promise<string[]>;
  /** Any other request. */
  request(
    method: string,
    params?: Record<string, unknown>,
    options?: RequestOptions,
  ): Promise<Record<string, unknown>>;
  /** Asks for `notifications/resources/updated`. */
  subscribe(uri: string): Promise<void>;
  /** Changes what the client says its roots are, and tells that they changed. */
  setRoots(uris: readonly string[]): Promise<void>;
}

/** The text of a tool's result. */
export function textOf(result: ToolResult): string {
  return result.content.map(({ text = "" }) => text).join("");
}
