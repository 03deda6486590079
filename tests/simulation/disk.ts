import type { KvContent } from "./memory_kv.ts";

/** A file or directory. */
export interface Node {
  kind: "file" | "directory";
  content: Uint8Array<ArrayBuffer>;
  mtime: number;
  /** Who holds the lock on it. */
  lockedBy?: object;
}

/** The files that the processes of one machine share, as far as the program looks at them. */
export interface Disk {
  readonly nodes: Map<string, Node>;
  /** What is in `cache.db`. */
  readonly store: KvContent;
  /** Whether files can be locked (`Deno.FsFile.tryLock`); not on all file systems. */
  readonly hasLocks: boolean;
}

/** The directory of the store. */
export const cacheDir = "/home/ada/.mcp-auth";

/** A disk with an empty store that was found good before, so that nobody checks it again. */
export function createDisk(store: KvContent, hasLocks: boolean): Disk {
  const nodes = new Map<string, Node>([
    [cacheDir, { kind: "directory", content: new Uint8Array(), mtime: 0 }],
    [`${cacheDir}/cache.db`, { kind: "file", content: new Uint8Array(), mtime: 0 }],
    [`${cacheDir}/cache.db.checked`, {
      kind: "file",
      content: new TextEncoder().encode("0 0 1"),
      mtime: 0,
    }],
  ]);
  return { nodes, store, hasLocks };
}
