import { type Handover, lingerLease, readHandover, writeHandover } from "./handover.ts";
import type { Identity } from "./identity.ts";
import { signInUnderWay } from "./sign_in_under_way.ts";
import type { CredentialStore } from "./store/credential_store.ts";
import type { Store } from "./store/open_store.ts";

/** What {@linkcode leaveSignIn} is told of the sign-in. */
export interface LeaveSignInOptions {
  /** Whose sign-in it is. */
  identity: Identity;
  /** Whether it is for more than what is stored. */
  force: boolean;
  /** What the flows of the other process are to be made from. */
  task: unknown;
  /** The present, in milliseconds since the epoch. */
  now: number;
}

/** What has a sign-in that may be left to another process. */
export interface SignInToLeave {
  /** Whether another process does the sign-in that is waited for, so that none has to be left. */
  isElsewhere(): boolean;
  /** Whether this process does a sign-in that any other one could go on with. */
  isSigningIn(): boolean;
  /** Resolves when that is so; never without a sign-in. */
  begun(): Promise<void>;
  /**
   * Leaves that sign-in to another process, which goes on with it when this one closes its source.
   * `undefined` when there is none, or no other process could know of it.
   *
   * @param task what the other process makes its flows from; kept sealed until it is there
   */
  leave(task: unknown): Promise<LeftSignIn | undefined>;
}

/** A sign-in that waits for another process to go on with it. */
export interface LeftSignIn {
  /** Names the identity, for the other process. */
  readonly digest: string;
  /** Whether a process is there that goes on with it as soon as this one ends. */
  isTaken(): Promise<boolean>;
}

/**
 * Leaves what another process needs to finish the sign-in that this one has begun, sealed.
 *
 * @returns nothing when there is no such sign-in, or no other process could know of it
 */
export async function leaveSignIn(
  { database, seal, leases, store }: Store & { store: CredentialStore },
  { identity, force, task, now }: LeaveSignInOptions,
): Promise<LeftSignIn | undefined> {
  if (database.directory === undefined) return undefined;
  const underWay = await signInUnderWay(store, now);
  if (!underWay) return undefined;
  const { digest } = store;
  const { id: signIn, expiresAt } = underWay;
  const place = { database, seal, digest };
  const isTaken = async () => {
    const left = await readHandover(place);
    return left?.signIn === signIn && left.task === undefined &&
      await leases.holder(lingerLease(digest)) !== undefined;
  };
  if (!await isTaken()) {
    const handover: Handover = { identity, signIn, force, expiresAt, task };
    if (!await writeHandover(place, handover, now)) return undefined;
  }
  return { digest, isTaken };
}
