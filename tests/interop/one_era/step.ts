/** Something that a client does by its SDK's own means; the harness looks at what came of it. */
export type Step =
  | { do: "call"; name: string; args: Record<string, unknown>; cancel?: boolean }
  | { do: "tools" | "resources" | "templates" | "prompts" }
  | { do: "read"; uri: string }
  | { do: "prompt"; name: string; args: Record<string, string> }
  | { do: "complete"; prompt: string; argument: string; value: string }
  /** Has the server log; a client of 2026 says so in each request. */
  | { do: "level"; level: string }
  | { do: "subscribe"; uri: string }
  /** Has the server tell when its list of tools changes; a client of 2025 hears it without. */
  | { do: "watch tools" }
  /** Waits for a notification that has come already, or comes within five seconds. */
  | { do: "hear"; method: string };

/** What came of a step, in words that all clients share. */
export interface StepOutcome {
  /** What went wrong: the message, and the code of JSON-RPC where there is one. */
  error?: { message: string; code?: number };
  /** All text of it: of a result, a resource, a prompt's messages. */
  text?: string;
  /** The names of what was listed, or what a completion offers. */
  names?: string[];
  /** Of a call. */
  structured?: unknown;
  isError?: boolean;
  /** How many notifications of progress came during a call. */
  progress?: number;
  /** Whether it ended since it was cancelled. */
  cancelled?: boolean;
}
