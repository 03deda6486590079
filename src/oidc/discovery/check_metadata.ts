import type { AuthorizationServer } from "../oauth_types.ts";
import { ProxyError } from "../../errors.ts";
import { excerpt, excerpts } from "../../excerpt.ts";
import { isLoopback } from "../../setting_values.ts";

/** What {@linkcode checkMetadata} needs to know. */
export interface MetadataCheck {
  /** Where the metadata came from. */
  source: string;
  /** Whether a person is to be sent to the authorization endpoint. */
  interactive: boolean;
}

/** Longer ones reach no browser and fit into no store, in characters. */
const longestUrl = 8_192;

/**
 * Refuses metadata that lacks an endpoint or names one that is not a plain https URL, or one on this
 * machine when the issuer is elsewhere: such a value must reach neither a browser nor a request. An endpoint like that which a sign-in can do without
 * is taken out of the metadata.
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
  const needed: readonly string[] = [...required, "jwks_uri"];
  for (const endpoints of [metadata, metadata.mtls_endpoint_aliases ?? {}]) {
    dropUnsafe(endpoints, { issuer: metadata.issuer, kept: endpoints === metadata ? needed : [] });
  }
  for (const name of needed) {
    const value = metadata[name];
    if (isAbsent(value) || isSafeUrl(value, metadata.issuer)) continue;
    throw new ProxyError({
      category: "Configuration error",
      what: `the metadata at ${source} has ${
        excerpt(JSON.stringify(value) ?? "nothing")
      } as its ${name}, which is no https URL, one of this machine, or longer than ${longestUrl} characters`,
      fix: "check OIDC_ISSUER_URL, or tell the provider's administrator",
      reason: "unsafe_endpoint",
    });
  }
}

/** Takes out endpoints that must not be used, so that whatever can do without them does. */
function dropUnsafe(
  endpoints: Record<string, unknown>,
  { issuer, kept }: { issuer: string; kept: readonly string[] },
): void {
  for (const [name, value] of Object.entries(endpoints)) {
    if (!name.endsWith("_endpoint") || kept.includes(name)) continue;
    if (!isAbsent(value) && !isSafeUrl(value, issuer)) delete endpoints[name];
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
        excerpts(methods) || "no method"
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
  if (typeof value !== "string" || value.length > longestUrl) return false;
  if (/[\s\p{Cc}"'<>\\^`{|}]|\$\(/u.test(value)) return false;
  const url = URL.parse(value);
  if (!url || url.username || url.password || url.hash) return false;
  return isLoopback(url.hostname)
    ? /^https?:$/.test(url.protocol) && isLoopback(URL.parse(teller)?.hostname ?? "")
    : url.protocol === "https:";
}
