import type { Credential, PendingAuthorization } from "../../credential.ts";
import type { ErrorCategory } from "../../errors.ts";
import { type Identity, identityDigest } from "../identity.ts";
import { type Database, schemaVersion } from "./database.ts";

/** A credential as it was read, with what a later compare-and-set needs. */
export interface StoredCredential {
  /** The credential itself. */
  credential: Credential;
  /** Changes whenever the credential does. */
  versionstamp: string;
}

/** An authorization that any of our processes may bring to its end. */
export interface StoredPending {
  /** What it takes to finish it. */
  pending: PendingAuthorization;
  /** When a process last listened for its response, in milliseconds since the epoch. */
  attendedAt: number;
}

/** What a {@linkcode Brake} holds back. */
export type BrakedAct = "sign-in" | "refresh";

/** Why something that failed is not tried again for a while, by any process. */
export interface Brake {
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
  /** What to do about it. */
  todo: string;
}

/** What is stored of one identity. */
export interface CredentialStore {
  /** A short, fixed-length name of the identity. */
  readonly digest: string;
  /** What is stored now. */
  read(): Promise<StoredCredential | undefined>;
  /**
   * Stores the credential if what was read is still there (`undefined`: if nothing is).
   * False when another process was faster.
   */
  replace(previous: StoredCredential | undefined, next: Credential): Promise<boolean>;
  /**
   * Stores what came of a sign-in, whatever was there before; the pending authorization and the
   * brake go in the same step.
   */
  complete(credential: Credential): Promise<void>;
  /** Removes what was read, unless something newer is there. */
  remove(previous: StoredCredential): Promise<boolean>;
  /** The authorization that was begun and is not finished. */
  readPending(): Promise<StoredPending | undefined>;
  /** Stores what another process would need to finish the authorization. */
  writePending(pending: StoredPending): Promise<void>;
  /** Forgets the authorization: it is finished, or nobody can finish it. */
  removePending(): Promise<void>;
  /** The last failure of this kind since the last success. */
  readBrake(act: BrakedAct): Promise<Brake | undefined>;
  /** Holds every process back. */
  writeBrake(act: BrakedAct, brake: Brake): Promise<void>;
}

interface StoredValue {
  identity: Identity;
  credential: Credential;
}

/** The part of the database that belongs to this identity. */
export async function createCredentialStore(
  database: Database,
  identity: Identity,
): Promise<CredentialStore> {
  const digest = await identityDigest(identity);
  const key = [schemaVersion, "credential", digest];
  const pendingKey = [schemaVersion, "pending", digest];
  const brakeKey = (act: BrakedAct) => [schemaVersion, "brake", digest, act];
  const read = async <T>(key: Deno.KvKey) => (await database.run((kv) => kv.get<T>(key))).value;
  return {
    digest,
    async read() {
      const entry = await database.run((kv) => kv.get<StoredValue>(key));
      if (entry.versionstamp === null) return undefined;
      return { credential: entry.value.credential, versionstamp: entry.versionstamp };
    },
    async replace(previous, credential) {
      const value: StoredValue = { identity, credential };
      const check = { key, versionstamp: previous?.versionstamp ?? null };
      return (await database.run((kv) => kv.atomic().check(check).set(key, value).commit())).ok;
    },
    async complete(credential) {
      const value: StoredValue = { identity, credential };
      await database.run((kv) =>
        kv.atomic().set(key, value).delete(pendingKey)
          .delete(brakeKey("sign-in")).delete(brakeKey("refresh")).commit()
      );
    },
    async remove({ versionstamp }) {
      const check = { key, versionstamp };
      return (await database.run((kv) => kv.atomic().check(check).delete(key).commit())).ok;
    },
    readPending: async () => await read<StoredPending>(pendingKey) ?? undefined,
    async writePending(pending) {
      await database.run((kv) => kv.set(pendingKey, pending));
    },
    removePending: () => database.run((kv) => kv.delete(pendingKey)),
    readBrake: async (act) => await read<Brake>(brakeKey(act)) ?? undefined,
    async writeBrake(act, brake) {
      await database.run((kv) => kv.set(brakeKey(act), brake));
    },
  };
}
