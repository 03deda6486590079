import { adviceText, describe, ProxyError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { prepareCacheDirectory } from "./cache_directory.ts";
import { openDatabaseFile, scrubDatabaseFile } from "./database_file.ts";
import { databaseFault } from "./database_fault.ts";
import { decodeRecord } from "./record.ts";
import { retryWhileLocked } from "./retry_while_locked.ts";

/** The version of the layout; the first part of every key except the one that holds it. */
export const schemaVersion = 2;

/** Where the version of the layout is written. */
export const schemaKey: Deno.KvKey = ["schema"];

/** The open Deno KV database that our processes share, or one in memory when there can be none. */
export interface Database extends Disposable {
  /** The directory it lies in; absent when it is in memory only. */
  readonly directory: string | undefined;
  /** Goes up when the database was replaced by another one: versionstamps from before are void. */
  readonly generation: number;
  /** What was found under the prefetched key when the database was opened. */
  readonly prefetched: Deno.KvEntryMaybe<unknown> | undefined;
  /** Whether the layout is older than this version's, or not there at all. */
  readonly outdated: boolean;
  /**
   * Runs an operation, again while another process holds the lock. A database that turns out to be
   * damaged is set aside, one that cannot be written is left for memory, and the operation runs on
   * the new one.
   */
  run<T>(operation: (kv: Deno.Kv) => Promise<T>): Promise<T>;
  /** Goes on in memory when what lies next to the database cannot be written; else throws the error. */
  abandon(error: unknown): Promise<void>;
  /** Overwrites what was deleted; warns when that is not possible. */
  scrub(): Promise<void>;
}

/** How {@linkcode openDatabase} goes about it. */
export interface DatabaseOptions {
  /** Where faults are told. */
  log: Log;
  /** A key to read in the same step; not needed before the database is open. */
  prefetch?: Promise<Deno.KvKey>;
  /** Fails where it would otherwise go on in memory. */
  requireFile?: boolean;
}

/**
 * Opens `cache.db` in the cache directory, both made when they are not there.
 *
 * @throws {ProxyError} when the cache directory is not safe, another process keeps the database
 *   locked for long, or, with `requireFile`, there can only be one in memory (`store_unusable`)
 */
export async function openDatabase(
  cacheDir: string,
  { log, prefetch, requireFile }: DatabaseOptions,
): Promise<Database> {
  const path = `${cacheDir}/cache.db`;
  let directory: string | undefined = cacheDir;
  let generation = 0;
  let closed = false;
  let reopening: Promise<Deno.Kv> | undefined;
  let kv = await openFile();
  const [schema, prefetched] = await read();

  async function openFile(): Promise<Deno.Kv> {
    try {
      await prepareCacheDirectory(cacheDir);
      return await openDatabaseFile(path);
    } catch (error) {
      return await reopen(error, undefined);
    }
  }

  /** Another database in the place of the one that failed. */
  async function reopen(error: unknown, failed: Deno.Kv | undefined): Promise<Deno.Kv> {
    const fault = directory === undefined ? undefined : databaseFault(error);
    if (fault === "corrupt") {
      failed?.close();
      generation++;
      try {
        const { reopenSetAside } = await import("./set_aside.ts");
        const { kv, setAside } = await reopenSetAside(path);
        if (setAside) {
          log.warn(adviceText({
            what: `${path} was damaged (${describe(error)}) and moved to ${setAside}`,
            fix: "sign in again",
          }));
        }
        return kv;
      } catch (error) {
        return await toMemory({ why: `cannot be repaired (${describe(error)})`, cause: error });
      }
    }
    if (fault === "unwritable") {
      return await toMemory({ why: `is unusable (${describe(error)})`, cause: error, failed });
    }
    if (fault === "locked") throw lockedForLong(path, error);
    throw error;
  }

  async function toMemory(
    { why, fix, cause, failed }: { why: string; fix?: string; cause?: unknown; failed?: Deno.Kv },
  ): Promise<Deno.Kv> {
    if (requireFile) throw unusable(path, { why, fix, cause });
    log.warn(
      `the credential store ${path} ${why}: credentials are kept in memory only, until this process ends`,
    );
    generation++;
    directory = undefined;
    const memory = await Deno.openKv(":memory:");
    if (failed) {
      try {
        // What can still be read is not lost for this process. Leases are: it is alone now.
        for await (const { key, value } of failed.list({ prefix: [] })) {
          if (key[1] !== "lease") await memory.set(key, value);
        }
      } catch (error) {
        log.debug(`not all of it could be read: ${describe(error)}`);
      }
      failed.close();
    }
    return memory;
  }

  async function read(): Promise<[Deno.KvEntryMaybe<unknown>, Deno.KvEntryMaybe<unknown>]> {
    const key = await prefetch ?? schemaKey;
    const found = await run((kv) => kv.getMany([schemaKey, key]));
    const version = decodeRecord<number>(found[0].value);
    if (found[0].versionstamp === null || version !== undefined && version <= schemaVersion) {
      return [found[0], found[1]];
    }
    kv.close();
    kv = await toMemory({
      why: `was written by a newer version of this program (layout ${version ?? "unknown"})`,
      fix: "install that version",
    });
    const nothing = { value: null, versionstamp: null };
    return [{ key: schemaKey, ...nothing }, { key, ...nothing }];
  }

  /** Others may have met the same fault at the same time: one of them deals with it. */
  async function replace(error: unknown, failed: Deno.Kv): Promise<void> {
    if (kv !== failed) return;
    kv = await (reopening ??= reopen(error, failed).finally(() => reopening = undefined));
  }

  async function run<T>(operation: (kv: Deno.Kv) => Promise<T>): Promise<T> {
    const used = kv;
    try {
      return await retryWhileLocked(() => operation(used));
    } catch (error) {
      if (closed) throw error;
      await replace(error, used);
      return await retryWhileLocked(() => operation(kv));
    }
  }

  return {
    get directory() {
      return directory;
    },
    get generation() {
      return generation;
    },
    prefetched: prefetch && prefetched,
    outdated: decodeRecord<number>(schema.value) !== schemaVersion,
    run,
    abandon: (error) => replace(error, kv),
    async scrub() {
      if (directory === undefined) return;
      try {
        await scrubDatabaseFile(path);
      } catch (error) {
        log.warn(`what was removed could not be overwritten in ${path} (${describe(error)})`);
      }
    },
    [Symbol.dispose]() {
      if (closed) return;
      closed = true;
      try {
        kv.close();
      } catch {
        // It was damaged, and nothing took its place.
      }
    },
  };
}

function unusable(
  path: string,
  { why, fix, cause }: { why: string; fix?: string; cause?: unknown },
): ProxyError {
  return new ProxyError({
    category: "System error",
    what:
      `the credential store ${path} ${why}: a sign-in would be lost with the end of this process`,
    fix: `${
      fix ?? "make the directory writable and see that there is room on its disk"
    }, or name another directory with --cache-dir`,
    reason: "store_unusable",
    cause,
  });
}

function lockedForLong(path: string, cause: unknown): ProxyError {
  return new ProxyError({
    category: "System error",
    what: `another process keeps ${path} locked`,
    fix: "try again; if that does not help, end the other processes of authful-mcp-proxy",
    reason: "store_locked",
    transient: true,
    cause,
  });
}
