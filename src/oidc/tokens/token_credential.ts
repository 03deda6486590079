import { getValidatedIdTokenClaims } from "@panva/oauth4webapi";
import type { TokenEndpointResponse } from "../oauth_types.ts";
import type { Credential } from "../../base/credential.ts";
import { ProxyError } from "../../base/errors.ts";

/** No provider means a lifetime beyond 68 years; what says so is broken. */
const longestLifetime = 2 ** 31;

/** Whether it is a token that can be sent in a header field and means there what it means here. */
export function isTokenText(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

/** The credential that a checked token endpoint answer holds. */
export function tokenCredential(
  tokens: TokenEndpointResponse,
  { issuer, clientId, receivedAt, presentedToken = "access" }: {
    issuer: string;
    clientId: string;
    receivedAt: number;
    presentedToken?: "access" | "id";
  },
): Credential {
  const { access_token, token_type, expires_in, refresh_token, id_token, scope } = tokens;
  const refuse = (what: string) => {
    throw new ProxyError({
      category: "Authentication error",
      what: `${issuer} answered with ${what}`,
      fix: "tell the provider's administrator",
      reason: "invalid_response",
    });
  };
  for (
    const [what, token] of [["an access token", access_token], ["a refresh token", refresh_token]]
  ) {
    if (token !== undefined && !isTokenText(token)) {
      refuse(`${what} that has characters no token has`);
    }
  }
  if (expires_in !== undefined && expires_in > longestLifetime) {
    refuse(`the impossible lifetime of ${expires_in} s`);
  }
  const claims = getValidatedIdTokenClaims(tokens);
  // By its own span, since clocks differ; less a second, since the times are cut to whole ones.
  const lifetime = presentedToken === "id" && claims ? claims.exp - claims.iat - 1 : expires_in;
  if (presentedToken === "id" && id_token === undefined) {
    throw new ProxyError({
      category: "Configuration error",
      what: `${issuer} gave no ID token, which is what the backend is to be shown`,
      fix: "add openid to OIDC_SCOPES, or set OIDC_TOKEN to access",
      reason: "no_id_token",
    });
  }
  return {
    issuer,
    clientId,
    accessToken: presentedToken === "id" ? id_token! : access_token,
    tokenType: presentedToken === "access" && token_type === "dpop" ? "DPoP" : "Bearer",
    obtainedAt: receivedAt,
    // Some say 0 for a token that does not end; one that has ended would have to be replaced for ever.
    ...(lifetime !== undefined && lifetime > 0 && { expiresAt: receivedAt + lifetime * 1000 }),
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
    ...(id_token !== undefined && {
      idToken: id_token,
      claims: { ...claims },
    }),
    ...(scope !== undefined && { scope }),
  };
}
