import { schemaVersion } from "./database.ts";

/** Where the things lie in the database; the identity is named by its digest. */
export const keys = {
  /** All stored credentials. */
  credentials: [schemaVersion, "credential"],
  /** The credential, sealed. */
  credential: (digest: string): Deno.KvKey => [schemaVersion, "credential", digest],
  /** The parts of a credential that is too large for one value: all, or those of one name. */
  parts: (digest: string, ...id: string[]): Deno.KvKey => [schemaVersion, "part", digest, ...id],
  /** One of them, sealed. */
  part: (digest: string, { id, at }: { id: string; at: number }): Deno.KvKey => [
    schemaVersion,
    "part",
    digest,
    id,
    at,
  ],
  /** What is derived from the credential of a sign-in: all, or the one of this digest. */
  derived: (base: string, ...digest: string[]): Deno.KvKey => [
    schemaVersion,
    "derived",
    base,
    ...digest,
  ],
  /** There while the refresh token is being spent: a name for the one attempt. */
  spending: (digest: string): Deno.KvKey => [schemaVersion, "spending", digest],
  /** The authorization that was begun, sealed. */
  pending: (digest: string): Deno.KvKey => [schemaVersion, "pending", digest],
  /** The device code that was asked for, sealed. */
  device: (digest: string): Deno.KvKey => [schemaVersion, "device", digest],
  /** What the process needs that a sign-in under way is left to, sealed. */
  handover: (digest: string): Deno.KvKey => [schemaVersion, "handover", digest],
  /** When the last failure of this kind was, and how long nobody tries again. */
  // Released programs know it by this name: the key stays.
  plainCooldown: (digest: string, act: string): Deno.KvKey => [schemaVersion, "brake", digest, act],
  /** The same with what was said, sealed. */
  cooldown: (digest: string, act: string): Deno.KvKey => [schemaVersion, "cooldown", digest, act],
  /** About when a process last used the credential. */
  used: (digest: string): Deno.KvKey => [schemaVersion, "used", digest],
  /** The key of the files that belong to the account beside its credential, sealed. */
  accountKey: (digest: string): Deno.KvKey => [schemaVersion, "account", digest],
  /** Who has the lease. */
  lease: (name: string): Deno.KvKey => [schemaVersion, "lease", name],
  /** All notes. */
  notes: [schemaVersion, "note"],
  /** What the provider said of itself or gave us, sealed. */
  note: (name: string): Deno.KvKey => [schemaVersion, "note", name],
};

/** The associated data of a sealed record: the key it is stored under. */
export function placeOf(key: Deno.KvKey): string {
  return key.join(" ");
}
