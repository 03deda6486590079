import type { AccountFiles } from "../credentials/account_files/account_files.ts";
import {
  type AnswerKey,
  listMethods,
  type RememberedAnswer,
  type RememberedVerdict,
} from "../bridge/start/backend_memory.ts";
import type { Log } from "../base/log.ts";
import type { Note, NoteKey } from "./note.ts";
import { decodePages, encodePages, type Page } from "./page_file.ts";
import { readVerdict } from "./read_verdict.ts";

/** What a backend last said, in files: one for each list with all its pages, and for each other answer. */
export interface RememberedAnswers {
  /** The answer that was written last. */
  read(key: AnswerKey): Promise<RememberedAnswer | undefined>;
  /** The verdict that was written last. */
  readVerdict(): Promise<RememberedVerdict | undefined>;
  /** Whether no answer can be read. */
  isEmpty(): Promise<boolean>;
  /** Writes what is another one than before. */
  write(notes: readonly Note[]): Promise<void>;
}

/** What {@linkcode createRememberedAnswers} is made from. */
export interface RememberedAnswersOptions {
  /** The files of the account. */
  files: AccountFiles;
  /** The backend, as text: whatever makes another one of it. */
  backend: string;
  /** Where it says what is too long. */
  log: Log;
}

/** What all pages of a list may take, in bytes. */
const mostBytes = 4 << 20;

/** How many pages a list may have. */
const mostPages = 50;

/** After so long the same answer is written again, in milliseconds: for the sake of its time. */
const sameForLong = 86_400_000;

/** The answers of one backend to one account. */
export function createRememberedAnswers(
  { files, backend, log }: RememberedAnswersOptions,
): RememberedAnswers {
  const told = new Set<string>();
  const fileOf = (subject: string) => JSON.stringify(["what a backend said", backend, subject]);

  async function readPages(subject: string): Promise<Page[]> {
    const bytes = await files.read(fileOf(subject));
    return bytes && decodePages(bytes) || [];
  }

  async function read(key: AnswerKey): Promise<RememberedAnswer | undefined> {
    const page = (await readPages(subjectOf(key))).find(({ cursor }) => cursor === key.cursor);
    return page && { result: page.content, at: page.at };
  }

  async function writeSubject(subject: string, notes: readonly Note[]): Promise<void> {
    const before = await readPages(subject);
    const pages = before.slice();
    for (const { key: { cursor }, content, at } of notes) {
      if (content === undefined || cursor === undefined) pages.length = 0;
      // Of a list that is not remembered, later pages are of no use.
      if (content === undefined || cursor !== undefined && pages.length === 0) continue;
      const same = pages.findIndex((page) => page.cursor === cursor);
      pages.splice(same < 0 ? pages.length : same, 1, { cursor, content, at });
    }
    const isTooLong = pages.length > mostPages ||
      pages.reduce((sum, { content }) => sum + content.length, 0) > mostBytes;
    const { account, content } = notes.at(-1)!;
    if ((isTooLong || content === undefined) && !told.has(subject)) {
      told.add(subject);
      log.debug(`what the backend said (${subject}) is too long to be remembered`);
    }
    const file = fileOf(subject);
    if (isTooLong || pages.length === 0) {
      if (before.length > 0) await files.remove(file, { account });
    } else if (!isSame(before, pages)) {
      await files.write(file, { bytes: encodePages(pages), account });
    }
  }

  return {
    read,
    readVerdict: async () => readVerdict((await readPages(subjectOf({ method: "verdict" })))[0]),
    async isEmpty() {
      for (const era of ["legacy", "modern"] as const) {
        for (const method of ["initialize", "server/discover", ...listMethods] as const) {
          if (await read({ era, method })) return false;
        }
      }
      return true;
    },
    async write(notes) {
      const subjects = new Set(notes.map(({ key }) => subjectOf(key)));
      for (const subject of subjects) {
        await writeSubject(subject, notes.filter(({ key }) => subjectOf(key) === subject));
      }
    },
  };
}

/** What is written to one file: a list with all its pages, or an answer that has none. */
function subjectOf({ era, method }: NoteKey): string {
  return era === undefined ? method : `${era} ${method}`;
}

function isSame(before: readonly Page[], after: readonly Page[]): boolean {
  return before.length === after.length &&
    before.every((page, i) => {
      const { cursor, content, at } = after[i];
      return page.cursor === cursor && Math.abs(at - page.at) < sameForLong &&
        isEqual(page.content, content);
    });
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  // Faster by far than `every`, and a list may take megabytes.
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
