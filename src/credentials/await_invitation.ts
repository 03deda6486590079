import { pause } from "../base/abortable.ts";
import type { SignInInvitation } from "../base/sign_in_invitation.ts";
import { signInUnderWay } from "./sign_in_under_way.ts";
import type { CredentialStore } from "./store/credential_store.ts";

/** What {@linkcode awaitInvitation} looks at. */
export interface AwaitInvitationOptions {
  /** What gets a credential at present; `undefined` when nothing does. */
  flight(): { readonly invitation?: SignInInvitation } | undefined;
  /** What is stored of the identity. */
  store(): Promise<CredentialStore>;
  /** The present, in milliseconds since the epoch. */
  now: () => number;
  /** Ends the wait. */
  signal: AbortSignal;
}

/** A provider that takes longer than this to be asked for a code or found is not waited for. */
const patience = 5_000;
const interval = 50;

/**
 * What the person has to open for the sign-in that is under way in this process or, when this one
 * waits for another, there. `undefined` when it ends first, or has nothing to be opened in time.
 */
export async function awaitInvitation(
  { flight, store, now, signal }: AwaitInvitationOptions,
): Promise<SignInInvitation | undefined> {
  const stored = async () => await signInUnderWay(await store(), now());
  for (let waited = 0;; waited += interval) {
    const current = flight();
    if (!current) return undefined;
    const begun = current.invitation ? undefined : await stored().catch(() => undefined);
    const invitation = current.invitation ??
      (begun?.authorization ?? begun?.device)?.invitation;
    if (invitation && now() < invitation.expiresAt) return invitation;
    if (waited >= patience) return undefined;
    await pause(interval, signal);
  }
}
