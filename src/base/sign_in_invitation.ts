/** What a person has to open to go on with a sign-in that is under way. */
export interface SignInInvitation {
  /**
   * The one-time address of our own listener, or the page where a device code is typed (RFC 8628
   * section 3.2). Never the provider's authorization URL: whoever is shown this may keep it in a
   * transcript.
   */
  url: string;
  /** The code to type there (RFC 8628 section 3.2, `user_code`). */
  userCode?: string;
  /** After this the person has waited too long, in milliseconds since the epoch. */
  expiresAt: number;
}
