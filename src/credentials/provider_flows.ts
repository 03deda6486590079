import type { Credential, PendingAuthorization, PendingDevice } from "../base/credential.ts";
import type { SignInInvitation } from "../base/sign_in_invitation.ts";
import type { SignInToLeave } from "./leave_sign_in.ts";

/** What a sign-in may use of the module that started it. */
export interface SignInContext {
  /**
   * An authorization that another process began and did not finish: go on with it (same redirect
   * URL, state, nonce, verifier) and do not open the browser again.
   */
  resume?: PendingAuthorization;
  /**
   * With `resume`: when the same address is opened once more, unless the person has come by then, in
   * milliseconds since the epoch. Nobody may have listened when their tab led back to us. Absent when
   * it must not be opened again.
   */
  reopenAt?: number;
  /** A device code that another process asked for: go on asking how that ended. */
  resumeDevice?: PendingDevice;
  /**
   * The right to listen on a port of this machine, among all our processes that share a cache
   * directory. Ask before listening on a fixed port; dispose of it when the listener is closed.
   * With `wait` it resolves when the others are done with the port; without, it gives `undefined`
   * while one of them has it. An address in use after this is some other program's.
   */
  reservePort(
    port: number,
    options: { wait: boolean },
  ): Promise<AsyncDisposable | undefined>;
  /**
   * Called with what the person has to open, right before `onPending` where there is one: whoever
   * wants to show it gets it. Not called where the provider's own URL is all there is to be opened.
   */
  onInvitation(invitation: SignInInvitation): void;
  /** Called once the authorization request is made and the listener is up, before the browser opens. */
  onPending(pending: PendingAuthorization): Promise<void>;
  /** Called before the address of `resume` is opened once more. */
  onReopen(): Promise<void>;
  /** Called with a new device code, before the person is told of it. */
  onDevice(device: PendingDevice): Promise<void>;
  /**
   * Called when the authorization response has come, before its code is redeemed: from here on
   * no other process could go on with this authorization.
   */
  onRedeem(): Promise<void>;
  /**
   * Called with the finished credential before the person is told that all is well, so that the
   * success page never lies.
   */
  onCredential(credential: Credential): Promise<void>;
  /** Whether a person may be asked; a flow that is `unattended` is used even when none may. */
  interactive: boolean;
  /** Whether the person asked for it by a command. */
  byHand: boolean;
  /** Whether to sign in although there is a credential that is good. */
  force: boolean;
  /** Ends the sign-in: the program is told to stop. */
  signal: AbortSignal;
}

/**
 * What credentials need of the provider. The functions throw `ProxyError`s: `transient` when it is
 * only a matter of time, `access_denied` / `login_timeout` when the person did not go through with
 * it. A refresh throws a `RefreshError`, which says what has become of the refresh token; of any
 * other error it is as good as before, but for one with the `reason` `invalid_grant`.
 */
export interface ProviderFlows {
  /**
   * True when `signIn` needs no person (client credentials, an exchange): it may then run for
   * background work too, and as often as the credential is due.
   */
  readonly unattended?: boolean;
  /** Signs the person in (or, with client credentials, the program) and returns what came of it. */
  signIn(context: SignInContext): Promise<Credential>;
  /**
   * Resolves when nothing that `signIn` is doing needs this process any more, because another one
   * turns out to be at it; absent where that shows by the lease alone.
   */
  handedOver?(): Promise<void>;
  /** The sign-in of a person that `signIn` waits for, where it does that in a source of its own. */
  personSignIn?(): SignInToLeave | undefined;
  /** Closes what is held open. */
  close?(): Promise<void>;
  /** Trades the refresh token for a new credential; keeps the old refresh token when none came. */
  refresh(credential: Credential, signal: AbortSignal): Promise<Credential>;
}
