/**
 * The scopes that speak of a person, their data and their absence (OpenID Connect Core sections 5.4 and
 * 11). Providers grant them without saying so, and a client that signs in as itself has no use for them.
 */
export const personalScopes: readonly string[] = [
  "openid",
  "profile",
  "email",
  "address",
  "phone",
  "offline_access",
];
