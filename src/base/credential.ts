/**
 * One stored result of a sign-in, as the provider gave it. Lives in memory and, under its identity
 * key, in the store; nowhere else.
 */
export interface Credential {
  /** The issuer that gave it, as it was configured or found: nobody else may see the refresh token. */
  issuer: string;
  /** The client id that it was given to. */
  clientId: string;
  /** The token that the backend is shown. */
  accessToken: string;
  /** How it is shown: RFC 6750 or RFC 9449. */
  tokenType: "Bearer" | "DPoP";
  /** When the provider's answer arrived, in milliseconds since the epoch (local clock). */
  obtainedAt: number;
  /** When the access token ends, in milliseconds since the epoch; absent when the provider did not say. */
  expiresAt?: number;
  /** Renews the credential without a person (RFC 6749 section 6). */
  refreshToken?: string;
  /** The ID token itself, for backends that check it and for `id_token_hint`. */
  idToken?: string;
  /** The validated claims of the ID token (OpenID Connect Core section 2). */
  claims?: Record<string, unknown>;
  /** The scopes that were granted, space-separated. */
  scope?: string;
  /**
   * A random name of the sign-in that it came of, the same through all refreshes, where no claim says
   * whose it is. Absent in what 0.1.0 has stored or renewed.
   */
  signInId?: string;
  /** The private key that the tokens are bound to (RFC 9449), when they are. */
  dpopKey?: JsonWebKey;
}

/**
 * A device code (RFC 8628 section 3.2) whose person may still come: what any process needs to ask the
 * token endpoint how that ended. Secret while it lasts.
 */
export interface PendingDevice {
  /** The issuer that gave it. */
  issuer: string;
  /** The client id that it was given to. */
  clientId: string;
  /** Stands for this sign-in at the token endpoint; a secret. */
  deviceCode: string;
  /** What the person enters. */
  userCode: string;
  /** Where the person enters it. */
  verificationUrl: string;
  /** The same place with the code in it. */
  completeUrl?: string;
  /** When it began, in milliseconds since the epoch. */
  startedAt: number;
  /** When the code ends or the person has waited too long, in milliseconds since the epoch. */
  expiresAt: number;
  /** How long to wait between two questions at the token endpoint, in milliseconds. */
  interval: number;
  /** The PKCE verifier (RFC 7636) of the challenge that was sent; a secret. */
  codeVerifier: string;
}

/**
 * An authorization request that a browser may still bring to its end: what any process needs to
 * listen for its response and redeem the code. Secret while it lasts.
 */
export interface PendingAuthorization {
  /** The issuer that it is for: its answer must be redeemed nowhere else. */
  issuer: string;
  /** The URL that was opened, or must be opened, in the browser. */
  authorizationUrl: string;
  /** The redirect URL it names, with the port that is really listened on. */
  redirectUrl: string;
  /** RFC 6749 section 4.1.1. */
  state: string;
  /** OpenID Connect Core section 3.1.2.1; empty when no ID token was asked for. */
  nonce: string;
  /** RFC 7636 section 4.1. */
  codeVerifier: string;
  /** When it began, in milliseconds since the epoch. */
  startedAt: number;
  /** After this the person has waited too long, in milliseconds since the epoch. */
  expiresAt: number;
  /** The private key that the tokens are to be bound to (RFC 9449), when they are. */
  dpopKey?: JsonWebKey;
  /**
   * The path at the redirect URL's origin that leads one browser, and no second one, to the
   * provider. Absent when the person gets the provider's URL itself, to open it in any browser.
   */
  startPath?: string;
  /** The cookie of the browser that came by that path: no other one may bring the answer. */
  browserKey?: string;
}
