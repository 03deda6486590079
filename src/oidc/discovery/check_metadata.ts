import type { AuthorizationServer } from "../oauth_types.ts";
import { ProxyError } from "../../errors.ts";
import { isLoopback } from "../../setting_values.ts";

/** What {@linkcode checkMetadata} needs to know. */
export interface MetadataCheck {
  /** Where the metadata came from. */
  source: string;
  /** Whether a person is to be sent to the authorization endpoint. */
  interactive: boolean;
}

/**
 * Refuses metadata that lacks an endpoint or names one that is not a plain https URL, or one on this
 * machine when the issuer is elsewhere: such a value must reach neither a browser nor a request.
 */
export function checkMetadata(
  metadata: AuthorizationServer,
  { source, interactive }: MetadataCheck,
): void {
  const required = interactive
    ? ["authorization_endpoint", "token_endpoint"] as const
    : ["token_endpoint"] as const;
  for (const name of required) {
    if (isAbsent(metadata[name])) {
      throw new ProxyError({
        category: "Configuration error",
        what: `the metadata at ${source} has no ${name}`,
        fix: "check that OIDC_ISSUER_URL names an OpenID Provider with the authorization code flow",
        reason: "missing_endpoint",
      });
    }
  }
  const aliases = metadata.mtls_endpoint_aliases ?? {};
  for (const [name, value] of [...Object.entries(metadata), ...Object.entries(aliases)]) {
    if (!name.endsWith("_endpoint") && name !== "jwks_uri") continue;
    if (isAbsent(value) || isSafeUrl(value, metadata.issuer)) continue;
    throw new ProxyError({
      category: "Configuration error",
      what: `the metadata at ${source} has ${
        JSON.stringify(value)?.slice(0, 200)
      } as its ${name}, which is no https URL, or one of this machine`,
      fix: "check OIDC_ISSUER_URL, or tell the provider's administrator",
      reason: "unsafe_endpoint",
    });
  }
}

/** Some providers write what they do not have as `null` or as nothing. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/**
 * Refuses a provider that says which PKCE methods it knows without S256 among them; one that says
 * nothing is warned about, or refused too when that is asked for (RFC 7636, RFC 8414 section 2).
 */
export function checkPkce(
  { issuer, code_challenge_methods_supported: methods }: AuthorizationServer,
  { strict, warn }: { strict: boolean; warn(message: string): void },
): void {
  if (methods?.includes("S256")) return;
  if (methods === undefined && !strict) {
    warn(`${issuer} does not say that it knows PKCE (S256), which protects the sign-in; going on`);
    return;
  }
  throw new ProxyError({
    category: "Configuration error",
    what: methods === undefined
      ? `${issuer} does not say that it knows PKCE (S256)`
      : `${issuer} knows only ${
        methods.join(", ") || "no method"
      } for PKCE, not S256, without which an intercepted code can be redeemed`,
    fix: methods === undefined
      ? "leave --strict out if you trust it to know PKCE all the same"
      : "use a provider that supports PKCE with S256",
    reason: "no_pkce",
  });
}

/**
 * A URL without tricks: https; no user name; nothing that parsing would hide. `teller` is where the
 * value comes from: what is on this machine may be named by what is on this machine alone, then by
 * http too, so that nobody elsewhere can have requests made here.
 */
export function isSafeUrl(value: unknown, teller: string): value is string {
  if (typeof value !== "string" || /[\s\p{Cc}"'<>\\^`{|}]|\$\(/u.test(value)) return false;
  const url = URL.parse(value);
  if (!url || url.username || url.password || url.hash) return false;
  return isLoopback(url.hostname)
    ? /^https?:$/.test(url.protocol) && isLoopback(URL.parse(teller)?.hostname ?? "")
    : url.protocol === "https:";
}
