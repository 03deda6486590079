/**
 * What a backend wants of a sign-in beyond what the settings ask for: scopes (RFC 6750 section 3.1) or
 * another way of authenticating the person (RFC 9470 section 4).
 */
export interface StepUpRequest {
  /** Scopes to ask for besides the configured ones. */
  scopes: readonly string[];
  /** The authentication context class references to ask for, space-separated, the best first. */
  acrValues?: string;
  /** How long ago the person may have authenticated, in seconds. */
  maxAge?: number;
}
