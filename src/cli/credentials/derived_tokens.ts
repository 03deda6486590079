import {
  baseIdentity,
  exchangedFor,
  type Identity,
  identityKey,
} from "../../credentials/identity.ts";
import type { StoredIdentity } from "../../credentials/stored_credentials.ts";

/** A sign-in, and the tokens that were exchanged for its own. */
export interface Family {
  /** The sign-in; a derived token whose sign-in is gone stands for itself. */
  signIn: StoredIdentity;
  /** What was derived from it. */
  derived: StoredIdentity[];
}

/** What is stored, with each derived token under the sign-in that it came of. */
export function groupDerived(stored: readonly StoredIdentity[]): Family[] {
  const keyOf = ({ identity }: StoredIdentity) => identity && identityKey(identity);
  const baseKeyOf = ({ identity }: StoredIdentity) => {
    const base = identity && baseIdentity(identity);
    return base && identityKey(base);
  };
  const known = new Set(stored.map(keyOf));
  const isUnder = (each: StoredIdentity) => {
    const base = baseKeyOf(each);
    return base !== undefined && known.has(base);
  };
  return stored.filter((each) => !isUnder(each)).map((signIn) => ({
    signIn,
    derived: stored.filter((each) => isUnder(each) && baseKeyOf(each) === keyOf(signIn)),
  }));
}

/** Whom a derived token is for, in a few words. */
export function derivedFor(identity: Identity): string {
  const { audience, backend, resource, scopes } = exchangedFor(identity);
  return backend ?? audience ?? resource ?? scopes ?? "the backend";
}
