import type { Credential } from "../credential.ts";
import { ProxyError } from "../errors.ts";
import type { CredentialStore, StoredCredential } from "./store/credential_store.ts";

/**
 * A credential stays the same person's. One that changes hands is removed: who knows whose it is.
 *
 * @throws {ProxyError} `subject_changed`
 */
export async function refuseOtherSubject(
  store: CredentialStore,
  stored: StoredCredential | undefined,
  next: Credential,
): Promise<void> {
  const before = stored?.credential.claims?.sub;
  const after = next.claims?.sub;
  if (!stored || before === undefined || after === undefined || before === after) return;
  // Another provider has other names for the same person. What is older says nothing of its provider.
  if (stored.credential.issuer !== undefined && stored.credential.issuer !== next.issuer) return;
  await store.remove(stored);
  throw new ProxyError({
    category: "Authentication error",
    what: `the provider answered for another account (sub ${after}) than the one signed in (${
      String(before)
    }); the stored credential was removed`,
    fix: "sign in again, with --profile for a second account",
    reason: "subject_changed",
  });
}
