import type { Log } from "../../base/log.ts";
import { createSeal, loadKeyFile, type Seal } from "../encryption/seal.ts";
import type { CredentialEncryption } from "../encryption/encryptions.ts";
import { createLeases, type Leases } from "../leases/leases.ts";
import { withLease } from "../leases/with_lease.ts";
import { type Database, openDatabase } from "./database.ts";
import { migrate } from "./migrate.ts";

/** The open store of all identities. */
export interface Store extends Disposable {
  /** Where everything lies. */
  readonly database: Database;
  /** Protects it. */
  readonly seal: Seal;
  /** The rights of this process among the others. */
  readonly leases: Leases;
}

/** How to open the store. */
export interface StoreOptions {
  /** The directory that holds the store; made with mode 0700 when it is not there. */
  cacheDir: string;
  /** What protects credentials at rest. */
  encryption: CredentialEncryption;
  /** Where faults are told. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
  /** A key to read in the same step. */
  prefetch?: Promise<Deno.KvKey>;
  /** Fails where it would otherwise go on in memory. */
  requireFile?: boolean;
}

/**
 * Opens the store and brings it up to date.
 *
 * @throws {ProxyError} when the cache directory is not safe, the keychain is to be used and cannot
 *   be reached, or, with `requireFile`, there can only be a store in memory
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { cacheDir, encryption, log, now, prefetch, requireFile } = options;
  // What does not need the database is done while it opens.
  const keyFile = encryption === "file" ? loadKeyFile(cacheDir) : undefined;
  keyFile?.catch(() => {});
  const database = await openDatabase(cacheDir, { log, prefetch, requireFile });
  const leases = createLeases(database, { now });
  const close = () => {
    leases[Symbol.dispose]();
    database[Symbol.dispose]();
  };
  try {
    const seal = createSeal({
      database,
      directory: cacheDir,
      encryption,
      keyFile,
      exclusively: (create) => withLease(leases, "data key", create),
    });
    if (encryption === "keychain") await seal.reach();
    if (database.outdated) await migrate(database, seal);
    return { database, seal, leases, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}
