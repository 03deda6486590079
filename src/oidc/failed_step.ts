import type { ClientAuthenticationMethod } from "./client_authentication/methods.ts";

/** Which step failed, and the words for it. */
export interface FailedStep {
  /** What was being done, as a noun: `the code exchange`. */
  step: string;
  /** The provider's issuer, to name it. */
  issuer: string;
  /** How we authenticated, when we did. */
  method?: ClientAuthenticationMethod;
  /** What was asked for, as far as an error can be about it. */
  requested?: {
    /** The scopes; empty when the provider was left to choose. */
    scopes: readonly string[];
    /** The resource indicator (RFC 8707), when one was sent. */
    resource?: string;
  };
}
