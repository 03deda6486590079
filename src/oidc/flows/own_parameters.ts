/** The parameters that an authorization request sets itself: nobody else may. */
export const ownAuthorizationParameters = [
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
] as const;

/** One of {@linkcode ownAuthorizationParameters}. */
export type OwnAuthorizationParameter = typeof ownAuthorizationParameters[number];
