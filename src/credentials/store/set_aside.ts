import { openDatabaseFile } from "./database_file.ts";
import { databaseFault } from "./database_fault.ts";
import { createPrivateFile } from "./private_file.ts";

/** What {@linkcode reopenSetAside} did. */
export interface Reopened {
  /** The database, empty if the old one was set aside. */
  kv: Deno.Kv;
  /** Where the damaged file is now; absent when another process was faster. */
  setAside: string | undefined;
}

/**
 * Moves a damaged database aside as `cache.db.corrupt-<time>` and opens a fresh one. Several
 * processes may find the damage at once: a file lock lets one of them do it, and the others find a
 * good file when it is their turn.
 */
export async function reopenSetAside(path: string): Promise<Reopened> {
  using lockFile = await openLockFile(`${path}.repair`);
  await lockFile.lock(true);
  try {
    return { kv: await openDatabaseFile(path), setAside: undefined };
  } catch (error) {
    if (databaseFault(error) !== "corrupt") throw error;
  }
  const setAside = `${path}.corrupt-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  // The log first: a fresh database must not find the old one's.
  for (const suffix of ["-wal", "-shm", ""]) {
    await Deno.rename(path + suffix, setAside + suffix).catch(unlessNotFound);
  }
  return { kv: await openDatabaseFile(path), setAside };
}

async function openLockFile(path: string): Promise<Deno.FsFile> {
  try {
    return await createPrivateFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return await Deno.open(path, { write: true });
  }
}

function unlessNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
