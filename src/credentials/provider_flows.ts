import type { Credential, PendingAuthorization } from "../credential.ts";

/** What a sign-in may use of the room that started it. */
export interface SignInContext {
  /**
   * An authorization that another process began and did not finish: go on with it (same redirect
   * URL, state, nonce, verifier) and do not open the browser again.
   */
  resume?: PendingAuthorization;
  /** Called once the authorization request is made and the listener is up, before the browser opens. */
  onPending(pending: PendingAuthorization): Promise<void>;
  /**
   * Called with the finished credential before the person is told that all is well, so that the
   * success page never lies.
   */
  onCredential(credential: Credential): Promise<void>;
  /** Ends the sign-in: the program is told to stop. */
  signal: AbortSignal;
}

/**
 * What credentials need of the provider. The functions throw `ProxyError`s: `reason`
 * `invalid_grant` when the refresh token is no longer good, `transient` when it is only a matter of
 * time, `access_denied` / `login_timeout` when the person did not go through with it.
 */
export interface ProviderFlows {
  /** Signs the person in (or, with client credentials, the program) and returns what came of it. */
  signIn(context: SignInContext): Promise<Credential>;
  /** Trades the refresh token for a new credential; keeps the old refresh token when none came. */
  refresh(credential: Credential, signal: AbortSignal): Promise<Credential>;
}
