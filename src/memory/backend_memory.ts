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
  /**
   * How long what was noted waits to be written with what else comes, in milliseconds; twice as long
   * after each time, up to 20 times as long.
   */
  delay?: number;
  /** How long {@linkcode BackendMemory.flush} may take, in milliseconds. */
  flushTimeout?: number;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
  /** Runs something later. */
  startTimer?: typeof startTimer;
}

/** How long a cursor may be, in characters. */
const longestCursor = 4_096;

/** How many times as long as at first what was noted may wait later on. */
const longestDelay = 20;

/** How many protocol versions a verdict may name, and how long they may be, in characters. */
const mostVersions = 16;
const longestVersion = 64;

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
  let batches = 0;
  let loading: Promise<RememberedAnswers> | undefined;
  let writing: Promise<void> | undefined;

  const load = () =>
    loading ??= Promise.all([import("./remembered_answers.ts"), options.files()])
      .then(([{ createRememberedAnswers }, files]) =>
        createRememberedAnswers({ files, backend: options.backend, log })
      );

  function note(key: NoteKey, content: Uint8Array): void {
    const of = account();
    if (of === undefined) return;
    const { cursor } = key;
    const isOfSubject = ({ key: other }: Note) =>
      other.era === key.era && other.method === key.method;
    // Of a list that is too long, later pages are of no use.
    if (cursor !== undefined && waiting.some((it) => it.content === undefined && isOfSubject(it))) {
      return;
    }
    // A first page begins the list anew.
    waiting = waiting.filter((it) =>
      !isOfSubject(it) || cursor !== undefined && it.key.cursor !== cursor
    );
    const bytes = waiting.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
    const isTooMuch = (cursor?.length ?? 0) > longestCursor ||
      bytes + content.length > mostWaiting.bytes || waiting.length >= mostWaiting.answers;
    if (isTooMuch) {
      waiting = waiting.filter((it) => !isOfSubject(it));
      const subject: NoteKey = { ...key, cursor: undefined };
      waiting.push({ key: subject, content: undefined, at: now(), account: of });
    } else {
      // What is noted may be a part of a buffer that is used again.
      waiting.push({ key, content: content.slice(), at: now(), account: of });
    }
    // A backend that lists something else each time must not keep the disk busy.
    timer ??= start(() => void write(), delay * Math.min(2 ** batches, longestDelay));
  }

  async function write(): Promise<void> {
    timer?.stop();
    timer = undefined;
    if (waiting.length > 0) writing ??= writeAll();
    await writing;
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const notes = waiting;
      waiting = [];
      batches++;
      try {
        await (await load()).write(notes);
      } catch (error) {
        // Nothing depends on it.
        log.debug(`what the backend said cannot be remembered: ${describe(error)}`);
      }
    }
    writing = undefined;
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
    noteVerdict({ era, versions }) {
      const bounded = versions.filter(({ length }) => length <= longestVersion)
        .slice(0, mostVersions);
      note({ method: "verdict" }, encode({ era, versions: bounded }));
    },
    async flush() {
      const late = Promise.withResolvers<void>();
      using _timer = start(late.resolve, flushTimeout);
      await Promise.race([write(), late.promise]);
    },
  };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
