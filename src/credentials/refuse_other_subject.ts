import type { Credential } from "../base/credential.ts";
import { ProxyError } from "../base/errors.ts";
import type { CredentialStore, StoredCredential } from "./store/credential_store.ts";

/** What {@linkcode refuseOtherSubject} compares. */
export interface SubjectComparison {
  /** What is stored. */
  stored: StoredCredential | undefined;
  /** What is to take its place. */
  next: Credential;
  /** Whether the stored one is good all the same, and stays when the other one is refused. */
  keep?: boolean;
}

/**
 * A credential stays the same person's. One that changes hands is removed, for who knows whose it is;
 * unless it was to be replaced while it was good.
 *
 * @throws {ProxyError} `subject_changed`, or `other_account` when the stored one stays
 */
export async function refuseOtherSubject(
  store: CredentialStore,
  { stored, next, keep = false }: SubjectComparison,
): Promise<void> {
  const before = stored?.credential.claims?.sub;
  const after = next.claims?.sub;
  if (!stored || before === undefined || after === undefined || before === after) return;
  // Another provider has other names for the same person. What is older says nothing of its provider.
  if (stored.credential.issuer !== undefined && stored.credential.issuer !== next.issuer) return;
  if (!keep) await store.remove(stored);
  throw new ProxyError({
    category: "Authentication error",
    what: `the provider answered for another account (sub ${after}) than the one signed in (${
      String(before)
    }); ${keep ? "the one signed in stays so" : "the stored credential was removed"}`,
    fix: keep
      ? "sign in as that one when asked for more, or run authful-mcp-proxy login --force to change the account"
      : "sign in again, with --profile for a second account",
    reason: keep ? "other_account" : "subject_changed",
  });
}
