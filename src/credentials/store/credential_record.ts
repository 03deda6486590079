import type { Credential } from "../../base/credential.ts";
import type { Identity } from "../identity.ts";

/** The credential as it lies in the database, with whose it is. */
export interface CredentialRecord {
  /** Whose it is. */
  identity: Identity;
  /** The credential itself. */
  credential: Credential;
  /** Whether the last refresh brought another refresh token; absent before the first one. */
  rotates?: boolean;
}

/** The record under the credential's own key when the credential itself may lie in parts. */
export interface HeadRecord extends Omit<CredentialRecord, "credential"> {
  /** The credential; when it lies in parts, what says whose it is and how long it is good. */
  credential: Partial<Credential>;
  /** Where the credential lies: as so many parts under this name. Absent when it lies here. */
  parts?: { id: string; count: number };
}
