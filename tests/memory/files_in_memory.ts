import type { AccountFiles } from "../../src/credentials/account_files/account_files.ts";
import { decodePages } from "../../src/memory/page_file.ts";

/** Files of an account that are in memory, and what was done to them. */
export interface FilesInMemory extends AccountFiles {
  /** What the files hold, by their names. */
  readonly contents: Map<string, Uint8Array<ArrayBuffer>>;
  /** What was done: `write` or `remove`, the last part of the file's name, the account. */
  readonly done: string[];
  /** The pages of the file whose name ends so, as texts by their cursors. */
  pages(subject: string): [string | undefined, string][];
}

/** No file yet. */
export function filesInMemory(): FilesInMemory {
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  const done: string[] = [];
  const subjectOf = (name: string) => JSON.parse(name).at(-1);
  return {
    contents,
    done,
    pages(subject) {
      const found = [...contents].find(([name]) => subjectOf(name) === subject);
      const pages = found && decodePages(found[1]);
      return (pages ?? []).map((
        { cursor, content },
      ) => [cursor, new TextDecoder().decode(content)]);
    },
    read: (name) => Promise.resolve(contents.get(name)),
    write(name, { bytes, account }) {
      contents.set(name, bytes);
      done.push(`write ${subjectOf(name)} of ${account}`);
      return Promise.resolve(true);
    },
    remove(name, { account }) {
      contents.delete(name);
      done.push(`remove ${subjectOf(name)} of ${account}`);
      return Promise.resolve();
    },
  };
}
