import type { Credential } from "../credential.ts";
import type { Log } from "../log.ts";
import type { Identity } from "./identity.ts";
import type { ProviderFlows } from "./provider_flows.ts";

/** How far {@linkcode CredentialSource} may go to get a credential. */
export interface CredentialRequest {
  /** Whether a sign-in by the person may be started when nothing else helps. */
  interactive: boolean;
  /** Ends this wait; a sign-in or refresh that others share goes on. */
  signal: AbortSignal;
}

/** Gives out the one credential of an identity, renewed when it is due. */
export interface CredentialSource {
  /**
   * Resolves when the store was read. Rejects with a `ProxyError` when the store must not be used
   * (the cache directory is a symlink, somebody else's, or others can write to it): the program
   * should end with it. Nothing needs to wait for this on the way to a credential.
   */
  readonly ready: Promise<void>;
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

/** What {@linkcode createCredentialSource} is made from. */
export interface CredentialSourceOptions {
  /** The directory that holds the store; made with mode 0700 when it is not there. */
  cacheDir: string;
  /** Whose credential it is. */
  identity: Identity;
  /** How to get and renew it at the provider. */
  flows: ProviderFlows;
  /** Where it says what it does; never a secret. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/** A credential source on the store in `cacheDir`, whose opening it begins at once. */
export function createCredentialSource(_options: CredentialSourceOptions): CredentialSource {
  throw new Error("unbuilt");
}
