import { rememberCredential } from "../../base/remember_credential.ts";
import type { Credential, PendingAuthorization, PendingDevice } from "../../base/credential.ts";
import { adviceText, type ErrorCategory, ProxyError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { SignInInvitation } from "../../base/sign_in_invitation.ts";
import type { Seal } from "../encryption/seal.ts";
import type { AccountKeyRecord } from "./account_key_record.ts";
import { accountOf, type Identity } from "../identity.ts";
import type { Database } from "./database.ts";
import { isSameCredential } from "../is_same_credential.ts";
import type { HeadRecord } from "./credential_record.ts";
import { joinCredential } from "./join_credential.ts";
import { keys, placeOf } from "./keys.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import { largestValue, splitCredential } from "./split_credential.ts";
import { writeSplit } from "./write_split.ts";

/** A credential as it was read, with what a later compare-and-set needs. */
export interface StoredCredential {
  /** The credential itself. */
  credential: Credential;
  /** Changes whenever the credential does. */
  versionstamp: string;
  /** Which database it was read from. */
  generation: number;
  /** Whether the last refresh brought another refresh token; absent before the first one. */
  rotates: boolean | undefined;
  /**
   * Whether a process began to spend the refresh token and never said what came of it, and the
   * provider may be one that takes a second use for theft and revokes everything.
   */
  maybeSpent: boolean;
  /** The versionstamp of the note that says so. */
  spendingStamp: string | null;
}

/** An authorization that any of our processes may bring to its end. */
export interface StoredPending {
  /** What it takes to finish it. */
  pending: PendingAuthorization;
  /** When a process last listened for its response, in milliseconds since the epoch. */
  attendedAt: number;
  /**
   * What the person has to open; absent when that is the provider's URL, and when an older version
   * wrote it.
   */
  invitation?: SignInInvitation;
  /** When the page was last opened, in milliseconds since the epoch; absent when it was only once. */
  reopenedAt?: number;
}

/** A device code that any of our processes may ask about. */
export interface StoredDevice {
  /** The code and what belongs to it. */
  device: PendingDevice;
  /** What the person has to open. */
  invitation?: SignInInvitation;
}

/** What a {@linkcode Cooldown} holds back. */
export type CooldownAction = "sign-in" | "refresh";

/** Why something that failed is not tried again for a while, by any process. */
export interface Cooldown {
  /** How many attempts failed in a row. */
  failures: number;
  /** When the next one may start, in milliseconds since the epoch. */
  until: number;
  /** When the last one failed, in milliseconds since the epoch. */
  failedAt: number;
  /** What kind of error it was. */
  category: ErrorCategory;
  /** What happened. */
  what: string;
  /** What to do about it; stored by this name since 0.1.0, so that versions understand each other. */
  todo: string;
}

/** What is stored of one identity. */
export interface CredentialStore {
  /** A short, fixed-length name of the identity. */
  readonly digest: string;
  /** What was found when the database was opened, protected as it should be now. */
  first(): Promise<StoredCredential | undefined>;
  /** What is stored now; what cannot be decrypted counts as nothing. */
  read(): Promise<StoredCredential | undefined>;
  /** Stores the credential if what was read is still there; false when another process was faster. */
  replace(previous: StoredCredential, next: Credential): Promise<boolean>;
  /**
   * Stores what came of a sign-in, whatever was there before; the pending authorization and the
   * cooldown go in the same step.
   */
  complete(credential: Credential): Promise<void>;
  /**
   * Notes that the refresh token is about to be spent: if this process dies in the middle, the next
   * one knows. The note goes with the refresh token. False when another process was here since it
   * was read: then it must not be spent.
   */
  beginSpending(stored: StoredCredential): Promise<boolean>;
  /** The refresh token was not spent after all: removes the note, unless it is another process's. */
  endSpending(): Promise<void>;
  /** Removes what was read, unless something newer is there. */
  remove(previous: StoredCredential): Promise<boolean>;
  /** The authorization that was begun and is not finished. */
  readPending(): Promise<StoredPending | undefined>;
  /** Stores what another process would need to finish the authorization. */
  writePending(pending: StoredPending): Promise<void>;
  /** The device code that was asked for and has come to no end. */
  readDevice(): Promise<StoredDevice | undefined>;
  /** Stores what another process would need to go on asking; one that is too large is not stored. */
  writeDevice(device: StoredDevice): Promise<void>;
  /** Forgets the authorization and the device code: they are finished, or nobody can finish them. */
  removePending(): Promise<void>;
  /** The last failure of this kind since the last success. */
  readCooldown(action: CooldownAction): Promise<Cooldown | undefined>;
  /** Holds every process back. */
  writeCooldown(action: CooldownAction, cooldown: Cooldown): Promise<void>;
  /** Remembers, to ten minutes, when the credential was used, in milliseconds since the epoch. */
  noteUse(at: number): Promise<void>;
}

/** What {@linkcode createCredentialStore} is made from. */
export interface CredentialStoreOptions {
  /** The open database. */
  database: Database;
  /** Protects what is stored. */
  seal: Seal;
  /** Whose credential it is. */
  identity: Identity;
  /** The digest of the identity. */
  digest: string;
  /** The digest of the identity that this one is derived from, when it is. */
  base?: string;
  /** Where a record that cannot be opened is told. */
  log: Log;
}

/** The part of the database that belongs to one identity. */
export function createCredentialStore(options: CredentialStoreOptions): CredentialStore {
  const { database, seal, identity, digest, base, log } = options;
  const key = keys.credential(digest);
  const pendingKey = keys.pending(digest);
  const deviceKey = keys.device(digest);
  const place = placeOf(key);
  const spendingKey = keys.spending(digest);
  const accountKey = keys.accountKey(digest);
  let unreadable: string | undefined;
  /** What this process wrote into its note. */
  let ownNote: string | undefined;

  const sealed = async (credential: Credential, rotates?: boolean) => {
    rememberCredential(credential);
    return await splitCredential({ identity, credential, rotates }, { seal, digest });
  };
  const write = async (
    split: Awaited<ReturnType<typeof sealed>>,
    change: (atomic: Deno.AtomicOperation) => Deno.AtomicOperation,
  ) => await writeSplit(split, { database, digest, change });
  const commit = async (change: (atomic: Deno.AtomicOperation) => Deno.AtomicOperation) =>
    (await database.run((kv) => change(kv.atomic()).commit())).ok;

  async function open(
    entry: Deno.KvEntryMaybe<unknown>,
    spendingStamp: string | null = null,
  ): Promise<StoredCredential | undefined> {
    if (entry.versionstamp === null) return undefined;
    const { generation } = database;
    const head = await seal.open<HeadRecord>(entry.value, place);
    const record = head && await joinCredential(head, { database, seal, digest });
    if (record) {
      rememberCredential(record.credential);
      const { versionstamp } = entry;
      const { credential, rotates } = record;
      const maybeSpent = spendingStamp !== null && rotates !== false;
      return { credential, versionstamp, generation, rotates, maybeSpent, spendingStamp };
    }
    // Another process may have replaced it, its parts with it, after the head was read.
    if (head?.parts && (await readHead())[0].versionstamp !== entry.versionstamp) {
      return await store.read();
    }
    if (unreadable !== entry.versionstamp) {
      unreadable = entry.versionstamp;
      log.warn(
        adviceText({
          what: "the stored credential cannot be decrypted: its key is lost or another one",
          fix: "sign in again",
        }),
      );
    }
    return undefined;
  }

  /** Whether what is kept beside the credential is of another account than this credential. */
  async function belongsToOthers(credential: Credential): Promise<boolean> {
    const entry = await database.run((kv) => kv.get(accountKey));
    if (entry.versionstamp === null) return false;
    const record = await seal.open<AccountKeyRecord>(entry.value, placeOf(accountKey))
      .catch(() => undefined);
    return record?.account === undefined || record.account !== accountOf(credential, identity);
  }

  /** What was derived from another person's credential must not outlive it. */
  async function forgetDerivedOfOthers(credential: Credential): Promise<void> {
    const { listDerived, removeDerived } = await import("./derived.ts");
    const { sub } = credential.claims ?? {};
    const derived = await listDerived(database, digest);
    if (derived.length === 0) return;
    const before = (await store.read())?.credential.claims?.sub;
    if (sub !== undefined && sub === before) return;
    for (const each of derived) await removeDerived(database, { base: digest, digest: each });
  }

  const readHead = () => database.run((kv) => kv.getMany([key, spendingKey]));

  const store: CredentialStore = {
    digest,
    async first() {
      const entry = database.prefetched;
      const stored = entry && await open(entry);
      // What was protected in another way than is asked for now is protected anew, once.
      if (
        stored && !seal.isCurrent(entry.value) && await store.replace(stored, stored.credential)
      ) {
        await database.scrub();
        return await store.read();
      }
      return stored;
    },
    async read() {
      const [entry, spending] = await readHead();
      return await open(entry, spending.versionstamp);
    },
    async beginSpending({ versionstamp, spendingStamp, generation }) {
      const note = ownNote = crypto.randomUUID();
      const begin = (atomic: Deno.AtomicOperation) => atomic.set(spendingKey, encodeRecord(note));
      const begun = await commit((atomic) =>
        begin(
          atomic.check({ key, versionstamp }, { key: spendingKey, versionstamp: spendingStamp }),
        )
      );
      // Another database took the place of the one that was read: its versionstamps are void.
      return begun || database.generation !== generation && await commit(begin);
    },
    async endSpending() {
      const { value, versionstamp } = await database.run((kv) => kv.get(spendingKey));
      if (ownNote === undefined || decodeRecord<string>(value) !== ownNote) return;
      await commit((atomic) =>
        atomic.check({ key: spendingKey, versionstamp }).delete(spendingKey)
      );
    },
    async replace(previous, credential) {
      const before = previous.credential;
      const refreshed = !isSameCredential(credential, before);
      const isSealedAnew = credential === before;
      const isAnother = credential.refreshToken !== before.refreshToken;
      // Taken away, it says nothing of what the provider does.
      const rotates = refreshed
        ? isAnother
        : isAnother && credential.refreshToken !== undefined || previous.rotates;
      const value = await sealed(credential, rotates);
      const { versionstamp, generation } = previous;
      if (
        await write(value, (atomic) => {
          const change = atomic.check({ key, versionstamp });
          // Whoever refreshes meanwhile goes on with it.
          if (isSealedAnew) return change;
          return change.delete(spendingKey).delete(keys.plainCooldown(digest, "refresh"))
            .delete(keys.cooldown(digest, "refresh"));
        })
      ) return true;
      if (database.generation === generation) return false;
      // Another database took the place of the one that was read, and lost it: not a removal.
      return await write(value, (atomic) => atomic.check({ key, versionstamp: null }));
    },
    async complete(credential) {
      const value = await sealed(credential);
      if (base === undefined) await forgetDerivedOfOthers(credential);
      const isOthers = await belongsToOthers(credential);
      // Where others keep storing credentials of their own, theirs count.
      await write(value, (atomic) => {
        if (isOthers) atomic.delete(accountKey);
        if (base !== undefined) atomic.set(keys.derived(base, digest), encodeRecord(true));
        return atomic.delete(spendingKey).delete(pendingKey).delete(deviceKey)
          .delete(keys.plainCooldown(digest, "sign-in")).delete(
            keys.plainCooldown(digest, "refresh"),
          )
          .delete(keys.cooldown(digest, "sign-in")).delete(keys.cooldown(digest, "refresh"));
      });
    },
    async remove({ versionstamp }) {
      const removed = await commit((atomic) =>
        atomic.check({ key, versionstamp }).delete(key).delete(spendingKey)
      );
      if (!removed) return false;
      const parts = await database.run((kv) =>
        Array.fromAsync(kv.list({ prefix: keys.parts(digest) }))
      );
      for (const { key } of parts) await database.run((kv) => kv.delete(key));
      await database.scrub();
      return true;
    },
    async readPending() {
      const { value } = await database.run((kv) => kv.get(pendingKey));
      return await seal.open<StoredPending>(value, placeOf(pendingKey));
    },
    async writePending(stored) {
      const value = await seal.seal(stored, placeOf(pendingKey));
      if (value.length > largestValue) throw requestTooLarge(value.length);
      const { startedAt, expiresAt } = stored.pending;
      // Nobody may come back to delete it.
      const expireIn = Math.max(1, expiresAt - startedAt);
      await database.run((kv) => kv.set(pendingKey, value, { expireIn }));
    },
    async readDevice() {
      const { value } = await database.run((kv) => kv.get(deviceKey));
      return await seal.open<StoredDevice>(value, placeOf(deviceKey));
    },
    async writeDevice(stored) {
      const value = await seal.seal(stored, placeOf(deviceKey));
      if (value.length > largestValue) return;
      const { startedAt, expiresAt } = stored.device;
      const expireIn = Math.max(1, expiresAt - startedAt);
      await database.run((kv) => kv.set(deviceKey, value, { expireIn }));
    },
    async removePending() {
      await commit((atomic) => atomic.delete(pendingKey).delete(deviceKey));
    },
    async readCooldown(action) {
      const sealedKey = keys.cooldown(digest, action);
      const [plain, sealed] = await database.run((kv) =>
        kv.getMany([keys.plainCooldown(digest, action), sealedKey])
      );
      const cooldown = decodeRecord<Cooldown>(plain.value);
      const whole = cooldown && sealed.value !== null
        ? await seal.open<Cooldown>(sealed.value, placeOf(sealedKey))
        : undefined;
      // An older program may have written the plain one since.
      return whole?.failedAt === cooldown?.failedAt ? whole : cooldown;
    },
    async writeCooldown(action, cooldown) {
      const sealedKey = keys.cooldown(digest, action);
      const whole = await seal.seal(cooldown, placeOf(sealedKey));
      // What others said is in the sealed one alone; released programs look at the plain one.
      const plain = { ...cooldown, what: `the last ${action} failed`, todo: "try again" };
      await commit((atomic) =>
        atomic.set(keys.plainCooldown(digest, action), encodeRecord(plain)).set(sealedKey, whole)
      );
    },
    async noteUse(at) {
      const usedKey = keys.used(digest);
      const noted = decodeRecord<number>((await database.run((kv) => kv.get(usedKey))).value);
      // Other processes note it too, and most starts shall leave the file as it is.
      if (noted !== undefined && Math.abs(at - noted) < 600_000) return;
      await database.run((kv) => kv.set(usedKey, encodeRecord(at)));
    },
  };
  return store;
}

function requestTooLarge(size: number): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what:
      `the authorization request is too long to be stored (${size} bytes, ${largestValue} at most)`,
    fix: "request fewer scopes in OIDC_SCOPES, or shorten OIDC_AUTH_PARAMS",
    reason: "request_too_large",
  });
}
