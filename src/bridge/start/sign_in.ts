import type { ProxyError } from "../../base/errors.ts";
import type { SignInInvitation } from "../../base/sign_in_invitation.ts";

/** What the bridge asks of the sign-in besides having its requests authorized. */
export interface SignIn {
  /** Whether a valid credential is at hand, so that a request goes out without waiting. */
  isAtHand(): boolean;
  /**
   * Begins a sign-in unless one is under way here or in another process, or there is a credential.
   *
   * @returns a promise that settles with the sign-in; it rejects with a `ProxyError`
   */
  begin(signal: AbortSignal): Promise<void>;
  /**
   * What the person has to open; waits a moment for a sign-in that has only just begun, also in
   * another process. `undefined` when nothing can be opened here (the URL is to be pasted in a
   * terminal), or no sign-in is under way.
   */
  invitation(signal: AbortSignal): Promise<SignInInvitation | undefined>;
  /**
   * Whether a credential can be had without asking anybody: from the store, or by a refresh. Waits
   * for a sign-in that another process has begun. Never rejects.
   */
  isAvailable(signal: AbortSignal): Promise<boolean>;
  /** Why no person can sign in here, whatever they do; `undefined` when one can. */
  obstacle(): Promise<ProxyError | undefined>;
}
