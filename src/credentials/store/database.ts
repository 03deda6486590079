import { prepareCacheDirectory } from "./cache_directory.ts";
import { retryWhileLocked } from "./retry_while_locked.ts";

/** The version of the layout; the first part of every key. */
export const schemaVersion = 1;

/** The open Deno KV database that our processes share. */
export interface Database extends Disposable {
  /** Runs an operation, again while another process holds the lock. */
  run<T>(operation: (kv: Deno.Kv) => Promise<T>): Promise<T>;
}

/**
 * Opens `cache.db` in the cache directory, both made when they are not there and readable by
 * nobody else whatever the umask. SQLite gives `-wal` and `-shm` the mode of the main file.
 *
 * @throws {ProxyError} when the cache directory is not safe
 */
export async function openDatabase(cacheDir: string): Promise<Database> {
  await prepareCacheDirectory(cacheDir);
  const path = `${cacheDir}/cache.db`;
  await ensurePrivateFile(path);
  const kv = await retryWhileLocked(() => Deno.openKv(path));
  return {
    run: (operation) => retryWhileLocked(() => operation(kv)),
    [Symbol.dispose]: () => kv.close(),
  };
}

async function ensurePrivateFile(path: string): Promise<void> {
  try {
    const { mode } = await Deno.lstat(path);
    if (!mode || !(mode & 0o077) || Deno.build.os === "windows") return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const options = { write: true, createNew: true, mode: 0o600 };
    // Another process may have made it since: as good.
    const file = await Deno.open(path, options).catch(unlessExists);
    file?.close();
  }
  if (Deno.build.os !== "windows") await Deno.chmod(path, 0o600);
}

function unlessExists(error: unknown): undefined {
  if (error instanceof Deno.errors.AlreadyExists) return undefined;
  throw error;
}
