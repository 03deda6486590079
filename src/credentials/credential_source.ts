import type { Credential } from "../credential.ts";

/** How far {@linkcode CredentialSource} may go to get a credential. */
export interface CredentialRequest {
  /** Whether a sign-in by the person may be started when nothing else helps. */
  interactive: boolean;
  /** Ends this wait; a sign-in or refresh that others share goes on. */
  signal: AbortSignal;
}

/** Gives out the one credential of an identity, renewed when it is due. */
export interface CredentialSource {
  /** A valid credential; synchronous when one is at hand. */
  current(request: CredentialRequest): Credential | Promise<Credential>;
  /**
   * The backend refused this access token: gets another one (store, refresh, sign-in, in this order)
   * unless a newer one is there already.
   */
  renewed(refusedAccessToken: string, request: CredentialRequest): Promise<Credential>;
  /** Resolves when no sign-in is in progress any more; for a client that leaves in the middle of one. */
  settled(): Promise<void>;
  /** Stops all background work and closes the store. */
  close(): Promise<void>;
}
