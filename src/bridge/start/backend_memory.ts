/** The requests for lists whose answers are remembered, page by page. */
export const listMethods = [
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
] as const;

/** One of {@linkcode listMethods}. */
export type ListMethod = typeof listMethods[number];

/** An answer of the backend that is worth remembering. */
export interface RememberedAnswer {
  /** The `result` member as it was written. */
  readonly result: Uint8Array;
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
}

/** Which answer it is. */
export interface AnswerKey {
  /** The era that it was given in; its form differs. */
  readonly era: "legacy" | "modern";
  /** What was asked. */
  readonly method: "initialize" | "server/discover" | ListMethod;
  /** The `params.cursor` of a later page. */
  readonly cursor?: string;
}

/** Which eras a backend was found to speak. */
export interface EraVerdict {
  /** The era, or both. */
  readonly era: "legacy" | "modern" | "both";
  /** The protocol versions that it named, as it did. */
  readonly versions: readonly string[];
}

/** A verdict that was remembered. */
export interface RememberedVerdict extends EraVerdict {
  /** When it was found, in milliseconds since the epoch. */
  readonly at: number;
}

/** What a backend last said to one account, kept on this machine. */
export interface BackendMemory {
  /**
   * Whether anything is remembered for the account that is, or was last, signed in. Never rejects: a
   * memory that cannot be read is empty.
   */
  isEmpty(): Promise<boolean>;
  /** The answer that was given last; `undefined` when none is remembered. Never rejects. */
  recall(key: AnswerKey): Promise<RememberedAnswer | undefined>;
  /** What was found last of the eras; `undefined` when nothing is remembered. Never rejects. */
  recallVerdict(): Promise<RememberedVerdict | undefined>;
  /** Takes note of the eras, as {@linkcode BackendMemory.note} does of an answer. */
  noteVerdict(verdict: EraVerdict): void;
  /**
   * Takes note of an answer. Returns at once and is cheap when the same is remembered already; what
   * is new is written a little later. The first page of a list drops the pages after it. A list that
   * is too long to be remembered is forgotten as a whole. The bytes may be used again afterwards.
   */
  note(key: AnswerKey, result: Uint8Array): void;
  /** Writes what was noted, within a bounded time. Never rejects. */
  flush(): Promise<void>;
}
