import { type AccountCipher, createAccountCipher, sealLength } from "./account_cipher.ts";
import {
  accountFilePath,
  makeRoom,
  readAccountFile,
  removeAccountFiles,
  writeAccountFile,
} from "./account_directory.ts";
import {
  type AccountKey,
  type AccountKeyOptions,
  isStoredAccountKey,
  obtainAccountKey,
  readAccountKey,
} from "./account_key.ts";

/**
 * Files that belong to an account: sealed with a key of its own, which lies in the store as the
 * credential does, and goes with it. What cannot be opened is not there.
 */
export interface AccountFiles {
  /**
   * What was written last under this name for the account that is signed in, or was last.
   *
   * @throws when the store or the file cannot be read
   */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * Writes a file of this account; appears whole or not at all.
   *
   * @returns false when it was not written: another account is signed in, this one has signed out,
   *   it is too long, or there is only a store in memory
   * @throws when the store or the file cannot be written
   */
  write(name: string, content: AccountFileContent): Promise<boolean>;
  /** Removes the file of this name, where it belongs to this account. */
  remove(name: string, content: Pick<AccountFileContent, "account">): Promise<void>;
}

/** What is written. */
export interface AccountFileContent {
  /** What the file shall hold, `mostFileBytes` at most. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Whose it is, as `accountOf` says. */
  account: string;
}

/** What a file may hold, in bytes. */
export const mostFileBytes = 5 << 20;

/** What {@linkcode createAccountFiles} is made from. */
export interface AccountFilesOptions extends AccountKeyOptions {
  /** The present, in milliseconds since the epoch. */
  now: () => number;
}

/** The files of the account of one identity. */
export function createAccountFiles(options: AccountFilesOptions): AccountFiles {
  const { database, now, store: { digest } } = options;
  let latest: { id: string; cipher: Promise<AccountCipher> } | undefined;

  function cipherOf(key: AccountKey): Promise<AccountCipher> {
    if (latest?.id !== key.id) latest = { id: key.id, cipher: createAccountCipher(key) };
    return latest.cipher;
  }

  async function locate(key: AccountKey, { directory, name }: { directory: string; name: string }) {
    const cipher = await cipherOf(key);
    const { id } = key;
    return {
      cipher,
      path: accountFilePath(directory, { digest, id, name: await cipher.fileName(name) }),
    };
  }

  return {
    async read(name) {
      const { directory } = database;
      const key = directory === undefined ? undefined : await readAccountKey(options);
      if (directory === undefined || !key) return undefined;
      const { cipher, path } = await locate(key, { directory, name });
      const sealed = await readAccountFile(path, { maxBytes: mostFileBytes + sealLength });
      return sealed && await cipher.open(sealed, name);
    },
    async write(name, { bytes, account }) {
      const { directory } = database;
      if (directory === undefined || bytes.length > mostFileBytes) return false;
      const obtained = await obtainAccountKey(account, options);
      // Making it may have shown that nothing can be written there.
      if (!obtained || database.directory === undefined) return false;
      const { key, isNew } = obtained;
      if (isNew) await removeAccountFiles(directory, { digests: [digest], exceptId: key.id });
      const { cipher, path } = await locate(key, { directory, name });
      await makeRoom(directory, { bytes: bytes.length, now: now() });
      await writeAccountFile(path, await cipher.seal(bytes, name));
      if (await isStoredAccountKey(key, options)) return true;
      // Signed out meanwhile.
      await Deno.remove(path).catch(() => {});
      return false;
    },
    async remove(name, { account }) {
      const { directory } = database;
      const key = directory === undefined ? undefined : await readAccountKey(options);
      if (directory === undefined || key?.account !== account) return;
      const { path } = await locate(key, { directory, name });
      await Deno.remove(path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    },
  };
}
