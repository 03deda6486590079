import type { Log } from "../base/log.ts";
import type { LeaseActivity } from "./leases/lease_holder.ts";
import type { Leases } from "./leases/leases.ts";
import type { SignInInvitation } from "../base/sign_in_invitation.ts";
import type { ProviderFlows } from "./provider_flows.ts";
import type { CredentialStore } from "./store/credential_store.ts";

/**
 * How far a sign-in of this process has come: the person may come, and any other process can go on
 * with it; their answer has come, which counts once; what it brought is stored.
 */
export type SignInStage = "begun" | "redeeming" | "stored";

/** What getting a credential takes. */
export interface Acquisition {
  /** What is stored of the identity. */
  store: CredentialStore;
  /** The rights of this process among the others. */
  leases: Leases;
  /** How to refresh and sign in. */
  flows: ProviderFlows;
  /** Where it says what it does. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now: () => number;
  /** An access token that is to be replaced by another one. */
  unwanted: string | undefined;
  /** Whether that is so because the backend refused it, so that it is of no use at all. */
  refused: boolean;
  /** Whether a person may be asked. */
  interactive: boolean;
  /** Whether the person asked for a sign-in by hand: no cooldown holds it back. */
  byHand: boolean;
  /** Whether to sign in although a refresh might do. */
  force: boolean;
  /** Whether only what another process began is gone on with, and nothing is ever opened. */
  takesOver?: boolean;
  /** Whether a credential that is not stored is of no use. */
  mustStore: boolean;
  /** Ends waiting and signing in. */
  signal: AbortSignal;
  /** Ends a refresh that is under way, which may cost the refresh token. */
  refreshSignal: AbortSignal;
  /** Called when another process turns out to be at it. */
  onWaiting: (activity: LeaseActivity) => void;
  /** Called when the sign-in has come to another stage. */
  onStage: (stage: SignInStage) => void;
  /** Called with what the person has to open. */
  onInvitation: (invitation: SignInInvitation) => void;
}
