import type { Credential } from "../credential.ts";
import type { Log } from "../log.ts";
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

/** What makes two sign-ins the same one. */
export interface Identity {
  /** The provider's issuer identifier. */
  issuer: string;
  /** The client id registered at the provider. */
  clientId: string;
  /** The scopes that are asked for, in any order. */
  scopes: readonly string[];
}

/** What {@linkcode createCredentialSource} works with. */
export interface CredentialSourceOptions {
  /** The directory that holds the credentials. */
  cacheDir: string;
  /** Whose credential it is. */
  identity: Identity;
  /** How to get and renew one. */
  flows: ProviderFlows;
  /** Where the source says what it does. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/** The source of one identity's credential. */
export function createCredentialSource(options: CredentialSourceOptions): CredentialSource {
  const signIn = (request: CredentialRequest) =>
    options.flows.signIn({
      onPending: () => Promise.resolve(),
      onCredential: () => Promise.resolve(),
      signal: request.signal,
    });
  return {
    current: signIn,
    renewed: (_refused, request) => signIn(request),
    settled: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
