import type { AccountFiles } from "../credentials/account_files/account_files.ts";
import type { BackendMemory } from "../bridge/start/backend_memory.ts";
import { describe } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Note, NoteKey } from "./note.ts";
import type { RememberedAnswers } from "./remembered_answers.ts";
import { startTimer, type Timer } from "../base/timer.ts";

/** What {@linkcode createBackendMemory} is made from. */
export interface BackendMemoryOptions {
  /** The backend, as text: whatever makes another one of it. */
  backend: string;
  /** The account that the answers of this process are for; `undefined` when they are for several. */
  account: () => string | undefined;
  /** Where answers are kept. */
  files: () => Promise<AccountFiles>;
  /** Where it says what it does. */
  log: Log;
  /** How long what was noted waits to be written with what else comes, in milliseconds. */
  delay?: number;
  /** How long {@linkcode BackendMemory.flush} may take, in milliseconds. */
  flushTimeout?: number;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
  /** Runs something later. */
  startTimer?: typeof startTimer;
}

/** What all pages of a list may take, and any other answer, in bytes. */
const mostBytes = 4 << 20;

/** How long a cursor may be, in characters. */
const longestCursor = 4_096;

/** How much may wait to be written, in bytes, and how many answers. */
const mostWaiting = { bytes: 16 << 20, answers: 200 };

/**
 * What a backend last said, kept among the files of the account. Nothing of that is loaded before it
 * is read, or for the first time written: taking note costs a copy of the answer.
 */
export function createBackendMemory(options: BackendMemoryOptions): BackendMemory {
  const { account, log, delay = 3_000, flushTimeout = 1_500, now = Date.now } = options;
  const start = options.startTimer ?? startTimer;
  let waiting: Note[] = [];
  let timer: Timer | undefined;
  let loading: Promise<RememberedAnswers> | undefined;
  let writing: Promise<void> = Promise.resolve();

  const load = () =>
    loading ??= Promise.all([import("./remembered_answers.ts"), options.files()])
      .then(([{ createRememberedAnswers }, files]) =>
        createRememberedAnswers({ files, backend: options.backend, log })
      );

  function note(key: NoteKey, content: Uint8Array): void {
    const of = account();
    if (of === undefined) return;
    const { cursor } = key;
    // A first page begins the list anew.
    waiting = waiting.filter((other) =>
      !isOfOneSubject(other.key, key) || cursor !== undefined && other.key.cursor !== cursor
    );
    const bytes = waiting.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
    const isTooMuch = content.length > mostBytes || (cursor?.length ?? 0) > longestCursor ||
      bytes + content.length > mostWaiting.bytes || waiting.length >= mostWaiting.answers;
    if (isTooMuch) {
      waiting = waiting.filter((other) => !isOfOneSubject(other.key, key));
      const subject: NoteKey = { ...key, cursor: undefined };
      waiting.push({ key: subject, content: undefined, at: now(), account: of });
    } else {
      // What is noted may be a part of a buffer that is used again.
      waiting.push({ key, content: content.slice(), at: now(), account: of });
    }
    timer ??= start(() => void write(), delay);
  }

  function write(): Promise<void> {
    timer?.stop();
    timer = undefined;
    if (waiting.length === 0) return writing;
    const notes = waiting;
    waiting = [];
    return writing = writing.then(async () => {
      try {
        await (await load()).write(notes);
      } catch (error) {
        // Nothing depends on it.
        log.debug(`what the backend said cannot be remembered: ${describe(error)}`);
      }
    });
  }

  async function read<T>(from: (answers: RememberedAnswers) => Promise<T>, otherwise: T) {
    await write();
    try {
      return await from(await load());
    } catch (error) {
      log.debug(`what the backend last said cannot be read: ${describe(error)}`);
      return otherwise;
    }
  }

  return {
    isEmpty: () => read((answers) => answers.isEmpty(), true),
    recall: (key) => read((answers) => answers.read(key), undefined),
    recallVerdict: () => read((answers) => answers.readVerdict(), undefined),
    note,
    noteVerdict: (verdict) => note({ method: "verdict" }, encode(verdict)),
    async flush() {
      const late = Promise.withResolvers<void>();
      using _timer = start(late.resolve, flushTimeout);
      await Promise.race([write(), late.promise]);
    },
  };
}

/** Whether both are pages of one list, or the same otherwise. */
function isOfOneSubject(one: NoteKey, other: NoteKey): boolean {
  return one.era === other.era && one.method === other.method;
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
