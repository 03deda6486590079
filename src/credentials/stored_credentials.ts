import { rememberCredential } from "../base/remember_credential.ts";
import type { Credential } from "../base/credential.ts";
import { asProxyError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { encryptionOf } from "./encryption/sealed_record.ts";
import type { CredentialEncryption } from "./encryption/encryptions.ts";
import {
  baseIdentity,
  type Identity,
  identityDigest,
  identityKey,
  isUnattended,
  withoutPersonalParameters,
} from "./identity.ts";
import { removeAccountFiles } from "./account_files/account_directory.ts";
import { type LingeringSignIn, lingeringSignIns } from "./lingering_sign_ins.ts";
import { removeKeyFile } from "./encryption/key_file.ts";
import type { CredentialRecord, HeadRecord } from "./store/credential_record.ts";
import { joinCredential } from "./store/join_credential.ts";
import { listDerived } from "./store/derived.ts";
import { schemaVersion } from "./store/database.ts";
import { keys, placeOf } from "./store/keys.ts";
import { openStore, type Store } from "./store/open_store.ts";
import { decodeRecord } from "./store/record.ts";

/** What is stored of one identity, without anything secret. */
export interface StoredIdentity {
  /** Whose it is; absent when the record cannot be decrypted. */
  identity?: Identity;
  /** The validated claims of the ID token. */
  claims?: Record<string, unknown>;
  /** The scopes that were granted, space-separated. */
  scope?: string;
  /** When it was obtained, in milliseconds since the epoch. */
  obtainedAt?: number;
  /** When the access token ends, in milliseconds since the epoch; absent when that is not known. */
  expiresAt?: number;
  /** Whether it renews itself without a person. */
  renewable: boolean;
  /** About when it was last used, in milliseconds since the epoch. */
  lastUsedAt?: number;
  /** What protects it at rest. */
  encryption: CredentialEncryption;
  /** The database it lies in. */
  file: string;
}

/** A credential that was removed; revoking it at the provider is up to the caller. */
export interface RemovedCredential {
  /** Whose it was; absent when the record could not be decrypted. */
  identity?: Identity;
  /** What it was; absent when the record could not be decrypted. */
  credential?: Credential;
}

/** Which store is meant. */
export interface StoredCredentialsOptions {
  /** The directory that holds the store. */
  cacheDir: string;
  /** Where faults are told. */
  log: Log;
}

/**
 * All stored identities, in no particular order; none when there is no store. Never makes one.
 *
 * @example
 * ```ts
 * for (const { identity, claims } of await listStoredIdentities({ cacheDir, log })) {
 *   console.log(identity?.issuer, claims?.email);
 * }
 * ```
 *
 * @throws {ProxyError} when the cache directory is not safe
 */
export async function listStoredIdentities(
  options: StoredCredentialsOptions,
): Promise<StoredIdentity[]> {
  if (!await hasStore(options)) return [];
  using store = await openStore({ ...options, encryption: "file" });
  const found = await readAll(store, options.log);
  return await Promise.all(found.map(async ({ digest, encryption, record }) => {
    const used = await store.database.run((kv) => kv.get(keys.used(digest)));
    const { identity, credential } = record ?? {};
    return {
      identity,
      claims: credential?.claims,
      scope: credential?.scope,
      obtainedAt: credential?.obtainedAt,
      expiresAt: credential?.expiresAt,
      renewable: credential?.refreshToken !== undefined || isUnattended(identity) ||
        identity !== undefined && baseIdentity(identity) !== undefined,
      lastUsedAt: decodeRecord<number>(used.value) ?? credential?.obtainedAt,
      encryption,
      file: `${options.cacheDir}/cache.db`,
    };
  }));
}

/**
 * The sign-ins that go on in the background, since a client has ended the program in their middle;
 * none when there is no store. Never makes one.
 *
 * @throws {ProxyError} when the cache directory is not safe
 */
export async function listLingeringSignIns(
  options: StoredCredentialsOptions,
): Promise<LingeringSignIn[]> {
  if (!await hasStore(options)) return [];
  using store = await openStore({ ...options, encryption: "file" });
  return await lingeringSignIns(store, Date.now());
}

/**
 * The one of the stored identities whose credential a bridge of this identity would use: its own, or
 * that of the same one without parameters that are about a person.
 */
export function findStoredIdentity(
  stored: readonly StoredIdentity[],
  wanted: Identity,
): StoredIdentity | undefined {
  const plain = withoutPersonalParameters(wanted);
  const keys = [wanted, ...plain ? [plain] : []].map(identityKey);
  return stored.find(({ identity }) =>
    identity !== undefined && keys.includes(identityKey(identity))
  );
}

/**
 * Removes the credential of one identity with all that is derived from it, or everything when none is named: then also what was
 * noted of providers and the key file, so that no copy of the database can be decrypted any more.
 * What was removed is overwritten in the database file.
 *
 * @throws {ProxyError} when the cache directory is not safe
 */
export async function removeStoredCredentials(
  options: StoredCredentialsOptions & { identity?: Identity },
): Promise<RemovedCredential[]> {
  const { identity, cacheDir } = options;
  if (!await hasStore(options)) return [];
  using store = await openStore({ ...options, encryption: "file" });
  const { database } = store;
  const plain = identity && withoutPersonalParameters(identity);
  const named = identity &&
    await Promise.all([identity, ...plain ? [plain] : []].map(identityDigest));
  const derived = await Promise.all((named ?? []).map((base) => listDerived(database, base)));
  const only = named && [...named, ...derived.flat()];
  const all = await readAll(store, options.log);
  const removed = all.filter(({ digest }) => only === undefined || only.includes(digest));
  const entries = await database.run((kv) => Array.fromAsync(kv.list({ prefix: [schemaVersion] })));
  for (const { key } of entries) {
    // Leases end by themselves; whoever holds one must not think that another process took it.
    if (key[1] === "lease" || only !== undefined && !only.includes(String(key[2]))) continue;
    await database.run((kv) => kv.delete(key));
  }
  if (database.directory !== undefined) {
    await removeAccountFiles(cacheDir, { digests: only });
    if (only === undefined) await removeKeyFile(cacheDir);
  }
  await database.scrub();
  return removed.map(({ record }) => ({
    identity: record?.identity,
    credential: record?.credential,
  }));
}

interface FoundRecord {
  digest: string;
  encryption: CredentialEncryption;
  record: CredentialRecord | undefined;
}

async function readAll({ database, seal }: Store, log: Log): Promise<FoundRecord[]> {
  const entries = await database.run((kv) =>
    Array.fromAsync(kv.list({ prefix: keys.credentials }))
  );
  const problems = new Set<string>();
  const open = async (value: unknown, key: Deno.KvKey) => {
    try {
      const head = await seal.open<HeadRecord>(value, placeOf(key));
      const digest = String(key[2]);
      const record = head && await joinCredential(head, { database, seal, digest });
      // Its claims and scopes may repeat them.
      if (record?.credential) rememberCredential(record.credential);
      return record;
    } catch (error) {
      // Without the keychain there is still something to be listed and removed.
      problems.add(asProxyError(error).message);
    }
  };
  const found = await Promise.all(entries.map(async ({ key, value }) => ({
    digest: String(key[2]),
    encryption: value instanceof Uint8Array && encryptionOf(value) || "none",
    record: await open(value, key),
  })));
  for (const problem of problems) log.warn(problem);
  return found;
}

/** Whether there is a store at all. */
export async function hasStore({ cacheDir }: StoredCredentialsOptions): Promise<boolean> {
  try {
    await Deno.lstat(`${cacheDir}/cache.db`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
