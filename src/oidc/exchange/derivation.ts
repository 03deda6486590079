import type { SubjectToken } from "./exchange_token.ts";

/** What an exchange for the token of a backend begins with. */
export interface Derivation {
  /** Who it is about. */
  subject: SubjectToken;
  /** What is known of them, which the new credential says too. */
  claims?: Readonly<Record<string, unknown>>;
  /** Scopes to ask for besides those that are set. */
  moreScopes?: readonly string[];
  /** The key that the new token is to be bound to. */
  dpopKey: JsonWebKey | undefined;
  /** Ends the wait. */
  signal: AbortSignal;
}
