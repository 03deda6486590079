import type { CredentialStore } from "../store/credential_store.ts";
import type { Database } from "../store/database.ts";
import type { Seal } from "../encryption/seal.ts";
import { accountOf, type Identity } from "../identity.ts";
import type { AccountKeyRecord } from "../store/account_key_record.ts";
import { keys, placeOf } from "../store/keys.ts";

/** The key, and what it takes to see whether it is there still. */
export interface AccountKey extends AccountKeyRecord {
  /** Changes when the record does. */
  versionstamp: string;
}

/** Where the key of one identity's account is kept. */
export interface AccountKeyOptions {
  /** What is stored of the identity. */
  store: CredentialStore;
  /** The open database. */
  database: Database;
  /** Protects the key. */
  seal: Seal;
  /** Whose credential it is. */
  identity: Identity;
}

/** How often it is tried again when another process was faster. */
const attempts = 5;

/**
 * The key of the account whose credential is stored, or was last. Another account's key is none, nor
 * is that of a credential of which nobody can tell whose it is.
 */
export async function readAccountKey(options: AccountKeyOptions): Promise<AccountKey | undefined> {
  const { key, account, isSignedIn } = await look(options);
  return key && (!isSignedIn || key.account === account) ? key : undefined;
}

/** A key for this account, and whether it was made just now. */
export interface ObtainedAccountKey {
  /** The key. */
  key: AccountKey;
  /** Whether it took the place of one that must not be used any more, or of none. */
  isNew: boolean;
}

/**
 * The key of this account, made when there is none. Only for the account whose credential is stored, so
 * that a process which still holds what another one has removed brings nothing back; for the one that
 * was stored last, the key that is there.
 *
 * @throws what the database and the seal throw
 */
export async function obtainAccountKey(
  account: string,
  options: AccountKeyOptions,
): Promise<ObtainedAccountKey | undefined> {
  const { database, seal, store } = options;
  const place = keys.accountKey(store.digest);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await look(options);
    if (found.isSignedIn && found.account !== account) return undefined;
    if (found.key?.account === account && found.isCurrent) return { key: found.key, isNew: false };
    if (!found.isSignedIn) return undefined;
    const record: AccountKeyRecord = {
      version: 1,
      account,
      id: randomHex(8),
      secret: randomHex(32),
    };
    const value = await seal.seal(record, placeOf(place));
    const written = await database.run((kv) =>
      kv.atomic().check(...found.checks).set(place, value).commit()
    );
    if (!written.ok) continue;
    // One that lay in the clear, or under another key, would open copies of what it sealed.
    if (found.key && !found.isCurrent) await database.scrub();
    return { key: { ...record, versionstamp: written.versionstamp }, isNew: true };
  }
  return undefined;
}

/** Whether the key is still the one that is stored. */
export async function isStoredAccountKey(
  { versionstamp }: AccountKey,
  { database, store }: AccountKeyOptions,
): Promise<boolean> {
  const entry = await database.run((kv) => kv.get(keys.accountKey(store.digest)));
  return entry.versionstamp === versionstamp;
}

async function look({ database, seal, store, identity }: AccountKeyOptions) {
  const credentialKey = keys.credential(store.digest);
  const place = keys.accountKey(store.digest);
  const [credential, sealed] = await database.run((kv) => kv.getMany([credentialKey, place]));
  const isSignedIn = credential.versionstamp !== null;
  const stored = isSignedIn ? await store.read() : undefined;
  const record = await seal.open<AccountKeyRecord>(sealed.value, placeOf(place));
  return {
    isSignedIn,
    account: stored && accountOf(stored.credential, identity),
    key: isRecord(record) && sealed.versionstamp !== null
      ? { ...record, versionstamp: sealed.versionstamp }
      : undefined,
    isCurrent: seal.isCurrent(sealed.value),
    checks: [credential, sealed],
  };
}

function isRecord(value: AccountKeyRecord | undefined): value is AccountKeyRecord {
  return value?.version === 1 && typeof value.account === "string" &&
    /^[0-9a-f]{16}$/.test(value.id) && /^[0-9a-f]{64}$/.test(value.secret);
}

function randomHex(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
