import type { AnswerKey } from "../bridge/start/backend_memory.ts";

/** Something that a backend said and that is not written yet. */
export interface Note {
  /** Which answer it is, or the verdict. */
  key: NoteKey;
  /** What was said; `undefined` when the answer, or all of its list, is to be forgotten: it is too long. */
  content: Uint8Array<ArrayBuffer> | undefined;
  /** When it came, in milliseconds since the epoch. */
  at: number;
  /** Whom it was said to. */
  account: string;
}

/** An answer, or what was found of the eras. */
export type NoteKey = AnswerKey | { era?: undefined; method: "verdict"; cursor?: undefined };
