/** The ways a client can authenticate (OpenID Connect Core section 9, RFC 8705 section 2). */
export const clientAuthenticationMethods = [
  "none",
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
  "private_key_jwt",
  "tls_client_auth",
] as const;

/** One of {@linkcode clientAuthenticationMethods}. */
export type ClientAuthenticationMethod = typeof clientAuthenticationMethods[number];
