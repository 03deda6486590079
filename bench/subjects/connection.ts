/** One answer, as far as the benchmark looks at it. */
export interface Answer {
  /** How long the message was. */
  bytes: number;
  /** The message itself, unless it was too big to be worth parsing. */
  message?: { result?: Record<string, unknown>; error?: { code: number; message: string } };
}

/** A client's way to the backend: through a bridge, or without one. */
export interface Connection extends AsyncDisposable {
  /** The bridge's process; absent when there is none. */
  readonly pid?: number;
  /** Sends one request, given as finished text that contains this id, and waits for its answer. */
  request(id: number, text: Uint8Array): Promise<Answer>;
  /** Sends a notification. */
  notify(text: Uint8Array): Promise<void>;
  /** Ends the input of the bridge and resolves when its process has ended. */
  end(): Promise<void>;
}

/** Something that the benchmark compares. */
export interface Subject {
  /** Its key in the results. */
  id: string;
  /** Its name in the table. */
  title: string;
  /**
   * Opens a connection to one kind of backend; nothing is sent yet.
   *
   * @param credential the variables with which this proxy finds another credential than the usual one
   */
  open(path: BackendPath, credential?: Record<string, string>): Connection;
  /** The files that a start reads, for a start with a cold file cache. */
  files: readonly string[];
}

/** The kinds of backend. */
export type BackendPath = "/json" | "/sse" | "/jwt";

/** Messages above this size are counted, not parsed: they measure bytes, not `JSON.parse`. */
export const parsedUpTo = 65_536;
