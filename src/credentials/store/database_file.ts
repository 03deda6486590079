import { createPrivateFile } from "./private_file.ts";
import { requireDescriptors } from "./require_descriptors.ts";
import { retryWhileLocked } from "./retry_while_locked.ts";
import { readTextFile } from "../../base/read_file.ts";

/**
 * Opens the database file, made when it is not there, readable by nobody else whatever the umask:
 * SQLite gives `-wal` and `-shm` the mode of the main file.
 *
 * A file that changed since it was last found good is checked first, because Deno KV does not
 * survive a damaged one: its background thread takes the whole process down.
 *
 * @throws {Error} whose kind `databaseFault` tells
 */
export async function openDatabaseFile(path: string): Promise<Deno.Kv> {
  requireDescriptors();
  const info = await ensurePrivateFile(path);
  if (info) await checkUnlessUnchanged(path, info);
  return await retryWhileLocked(() => Deno.openKv(path));
}

/** What the system knows of the file; `undefined` when it was made just now. */
async function ensurePrivateFile(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    const info = await Deno.lstat(path);
    if (!info.isFile && !info.isSymlink) throw new Error("unable to open what is not a file");
    const tooWide = info.mode !== null && (info.mode & 0o077) !== 0;
    if (tooWide && Deno.build.os !== "windows") await Deno.chmod(path, 0o600);
    return info;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  // Another process may have made it since: as good.
  const file = await createPrivateFile(path).catch(unlessExists);
  // Where a link leads to nothing, SQLite would make the file by the umask.
  const linked = file ?? await Deno.open(path, { write: true, create: true, mode: 0o600 });
  linked.close();
}

/**
 * Loading SQLite's own interface takes longer than opening the database. Most starts only read, so
 * the main file stays as it was; frames of the write-ahead log carry checksums of their own.
 */
async function checkUnlessUnchanged(path: string, info: Deno.FileInfo): Promise<void> {
  const note = `${path}.checked`;
  const stamp = `${info.size} ${info.mtime?.getTime()} ${info.ino}`;
  if (await readTextFile(note, { pipes: false }).catch(() => "") === stamp) return;
  await checkIntegrity(path);
  // Only a shortcut: without it the next start checks again.
  await Deno.writeTextFile(note, stamp, { mode: 0o600 }).catch(() => {});
}

async function checkIntegrity(path: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  await retryWhileLocked(() => {
    const database = new DatabaseSync(path);
    try {
      // Says what is wrong where `prepare` of older versions of Deno only says that something is.
      database.exec("SELECT count(*) FROM sqlite_schema");
      const verdict = database.prepare("PRAGMA integrity_check(1)").get();
      if (verdict?.integrity_check !== "ok") throw new Error("integrity check failed");
    } finally {
      database.close();
    }
  });
}

/**
 * Overwrites what was deleted: writes every table anew, with zeros where it was and on the free
 * pages, and empties the write-ahead log. What the file system or the disk keeps of old blocks is
 * out of reach. (`VACUUM` would attach a second database, which Deno allows only to programs that
 * have every permission.)
 */
export async function scrubDatabaseFile(path: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  await retryWhileLocked(() => {
    const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    try {
      database.exec("PRAGMA secure_delete = ON");
      database.exec("BEGIN IMMEDIATE");
      const tables = database.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
      ).all();
      for (const { name } of tables) {
        const table = `"${String(name).replaceAll('"', '""')}"`;
        database.exec(`CREATE TABLE rewritten AS SELECT * FROM ${table}`);
        database.exec(`DELETE FROM ${table}`);
        database.exec(`INSERT INTO ${table} SELECT * FROM rewritten`);
        database.exec("DROP TABLE rewritten");
      }
      const pages = Number(database.prepare("PRAGMA freelist_count").get()?.freelist_count);
      const size = Number(database.prepare("PRAGMA page_size").get()?.page_size);
      database.exec("CREATE TABLE zeros (page BLOB)");
      database.exec(`INSERT INTO zeros VALUES (zeroblob(${pages * size}))`);
      database.exec("DROP TABLE zeros");
      database.exec("COMMIT");
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      database.close();
    }
  });
}

function unlessExists(error: unknown): undefined {
  if (error instanceof Deno.errors.AlreadyExists) return undefined;
  throw error;
}
