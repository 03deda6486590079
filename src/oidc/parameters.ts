/** Parameters to add to a request, by name. */
export type Parameters = Readonly<Record<string, string>>;

/** What an authorization request's own parameters are; nobody else may set them. */
export const ownAuthorizationParameters: readonly string[] = [
  "audience",
  "client_id",
  "code_challenge",
  "code_challenge_method",
  "dpop_jkt",
  "nonce",
  "redirect_uri",
  "request",
  "request_uri",
  "resource",
  "response_type",
  "scope",
  "state",
];

/** What a token request's own parameters are; nobody else may set them. */
export const ownTokenParameters: readonly string[] = [
  "client_assertion",
  "client_assertion_type",
  "client_id",
  "client_secret",
  "code",
  "code_verifier",
  "device_code",
  "grant_type",
  "redirect_uri",
  "refresh_token",
  "resource",
];
