import type { Seal } from "./encryption/seal.ts";
import type { Identity } from "./identity.ts";
import type { Database } from "./store/database.ts";
import { keys, placeOf } from "./store/keys.ts";
import { largestValue } from "./store/split_credential.ts";

/** What the process needs that a sign-in under way is left to. */
export interface Handover {
  /** Whose sign-in it is. */
  identity: Identity;
  /** Which sign-in it is; a secret. */
  signIn: string;
  /** Whether it is for more than what is stored, which stays if another account comes. */
  force: boolean;
  /** When it is over, in milliseconds since the epoch. */
  expiresAt: number;
  /** What the flows are made from. Absent once a process has taken it: it may hold a client secret. */
  task?: unknown;
}

/** Where a handover lies. */
export interface HandoverPlace {
  /** The open database. */
  database: Database;
  /** Protects it. */
  seal: Seal;
  /** The digest of the identity. */
  digest: string;
}

/** The lease of the one process that a sign-in is left to. */
export function lingerLease(digest: string): string {
  return `linger ${digest}`;
}

/** What is left of this identity. */
export async function readHandover(
  { database, seal, digest }: HandoverPlace,
): Promise<Handover | undefined> {
  const key = keys.handover(digest);
  const { value } = await database.run((kv) => kv.get(key));
  return await seal.open<Handover>(value, placeOf(key));
}

/**
 * Leaves this in the place of what was there.
 *
 * @returns false when it is too large for that
 */
export async function writeHandover(
  { database, seal, digest }: HandoverPlace,
  handover: Handover,
  now: number,
): Promise<boolean> {
  const key = keys.handover(digest);
  const value = await seal.seal(handover, placeOf(key));
  if (value.length > largestValue) return false;
  const expireIn = Math.max(1, handover.expiresAt - now);
  await database.run((kv) => kv.set(key, value, { expireIn }));
  return true;
}

/** Removes what is left of this identity. */
export async function removeHandover({ database, digest }: HandoverPlace): Promise<void> {
  await database.run((kv) => kv.delete(keys.handover(digest)));
}
