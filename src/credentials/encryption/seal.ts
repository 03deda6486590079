import type { Database } from "../store/database.ts";
import { readKeychain, writeKeychain } from "./keychain.ts";
import { readKeyFile, writeKeyFile } from "./key_file.ts";
import {
  type DataKey,
  encryptionOf,
  importDataKey,
  openRecord,
  sealRecord,
} from "./sealed_record.ts";
import type { CredentialEncryption } from "./encryptions.ts";

/** Protects records at rest with the data key of this installation. */
export interface Seal {
  /** The record as bytes that only the data key opens, at this place only. */
  seal(value: unknown, place: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The record; `undefined` when its key is lost or another one, or the bytes were tampered with. */
  open<T>(sealed: unknown, place: string): Promise<T | undefined>;
  /** Reads the data key, or makes it: fails now rather than later when that is not possible. */
  reach(): Promise<void>;
  /** Whether a record is protected as it should be now. */
  isCurrent(sealed: unknown): boolean;
}

/** What {@linkcode createSeal} is made from. */
export interface SealOptions {
  /** The database whose records are sealed. */
  database: Database;
  /** The directory of the key file. */
  directory: string;
  /** What protects new records. */
  encryption: CredentialEncryption;
  /** The key file as it is being read already. */
  keyFile?: Promise<DataKey | undefined>;
  /** Runs the creation of the data key so that no other process creates one at the same time. */
  exclusively: <T>(create: () => Promise<T>) => Promise<T>;
}

/** A seal that reads the data key when it is first needed and makes one when there is none. */
export function createSeal(options: SealOptions): Seal {
  const { database, directory, encryption, keyFile, exclusively } = options;
  const cached = new Map<CredentialEncryption, DataKey>();

  /** What is in memory only needs no protection at rest. */
  const kindNow = () => database.directory === undefined ? "none" : encryption;

  async function load(kind: CredentialEncryption): Promise<DataKey | undefined> {
    const dataKey = kind === "keychain"
      ? await imported(readKeychain())
      : kind === "file"
      ? await loadKeyFile(directory)
      : undefined;
    if (dataKey) cached.set(kind, dataKey);
    return dataKey;
  }

  /** The data key; none when the database turned out to be in memory only. */
  async function loadOrCreate(kind: "file" | "keychain"): Promise<DataKey | undefined> {
    try {
      return await load(kind) ?? await exclusively(async () => {
        const made = await load(kind);
        if (made || database.directory === undefined) return made;
        const bytes = crypto.getRandomValues(new Uint8Array(32));
        if (kind === "keychain") await writeKeychain(bytes);
        else await writeKeyFile(directory, bytes);
        return await load(kind);
      });
    } catch (error) {
      if (kind === "keychain") throw error;
      await database.abandon(error);
      return undefined;
    }
  }

  return {
    async seal(value, place) {
      const kind = kindNow();
      if (kind === "none") return await sealRecord(value, { encryption: kind, place });
      // The file is read anew each time: another process may have replaced a key that was lost. A
      // keychain would ask its person each time, and may be locked when a refresh token is spent.
      const dataKey = kind === "keychain" && cached.get(kind) || await loadOrCreate(kind);
      if (!dataKey) return await sealRecord(value, { encryption: "none", place });
      return await sealRecord(value, { encryption: kind, dataKey, place });
    },
    async open<T>(sealed: unknown, place: string) {
      if (!(sealed instanceof Uint8Array)) return undefined;
      const kind = encryptionOf(sealed);
      if (!kind) return undefined;
      const dataKey = cached.get(kind) ?? (kind === "file" ? await keyFile : undefined);
      const opened = await openRecord<T>(sealed, { dataKey, place });
      if (opened !== undefined || kind === "none") return opened;
      return await openRecord<T>(sealed, { dataKey: await load(kind), place });
    },
    async reach() {
      const kind = kindNow();
      if (kind !== "none") await loadOrCreate(kind);
    },
    isCurrent: (sealed) => sealed instanceof Uint8Array && encryptionOf(sealed) === kindNow(),
  };
}

/** The data key in the file next to the database; `undefined` when there is none. */
export function loadKeyFile(directory: string): Promise<DataKey | undefined> {
  return imported(readKeyFile(directory));
}

async function imported(bytes: Promise<Uint8Array<ArrayBuffer> | undefined>) {
  const read = await bytes;
  return read && await importDataKey(read);
}
