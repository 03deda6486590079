import type { AuthorizationServer } from "../oauth_types.ts";
import { ProxyError } from "../../base/errors.ts";
import { excerpt, excerpts } from "../../base/excerpt.ts";
import { isThisMachine } from "../../base/is_loopback.ts";
import { isLoopback } from "../../base/is_loopback.ts";

/** What {@linkcode checkMetadata} needs to know. */
export interface MetadataCheck {
  /** Where the metadata came from. */
  source: string;
  /** The members that a sign-in cannot do without. */
  needed: readonly ("authorization_endpoint" | "token_endpoint" | "jwks_uri")[];
  /** The endpoints that were taken out of this metadata before. */
  refused?: RefusedEndpoints;
}

/**
 * Endpoints that metadata named and that must not be used: by name, with `mtls_endpoint_aliases.` in
 * front for those of RFC 8705 section 5, which one it was and why not, as a sentence.
 */
export type RefusedEndpoints = Readonly<Record<string, string>>;

/** Longer ones reach no browser and fit into no store, in characters. */
const longestUrl = 8_192;

/** So many refused endpoints are remembered; nobody asks for others. */
const maxRefused = 50;

/**
 * Takes every endpoint out of the metadata that is not a plain https URL, or is one on this machine
 * when the issuer is elsewhere: such a value must reach neither a browser nor a request. What was
 * taken out is returned, to be told to whoever needs it ({@linkcode requireUsable}).
 *
 * @throws {ProxyError} `missing_endpoint` or `unsafe_endpoint`, about what is needed
 */
export function checkMetadata(
  metadata: AuthorizationServer,
  { source, needed, refused: refusedBefore }: MetadataCheck,
): RefusedEndpoints {
  const refused = { ...refusedBefore, ...takeOutUnsafe(metadata, source) };
  for (const name of needed) {
    requireUsable(refused, name);
    // Without keys it is the ID token that says which are missing.
    if (name === "jwks_uri" || !isAbsent(metadata[name])) continue;
    throw new ProxyError({
      category: "Configuration error",
      what: `the metadata at ${source} has no ${name}`,
      fix: "check that OIDC_ISSUER_URL names an OpenID Provider with the authorization code flow",
      reason: "missing_endpoint",
    });
  }
  return refused;
}

/** Takes out endpoints that must not be used, so that whatever can do without them does. */
export function takeOutUnsafe(metadata: AuthorizationServer, source: string): RefusedEndpoints {
  const refused: Record<string, string> = {};
  const { issuer, mtls_endpoint_aliases: aliases } = metadata;
  const hasAliases = typeof aliases === "object" && aliases !== null;
  for (const [endpoints, prefix] of [[metadata, ""], [hasAliases ? aliases : {}, aliasPrefix]]) {
    for (const [name, value] of Object.entries(endpoints)) {
      if (!/_endpoint$|^jwks_uri$/.test(name) || isAbsent(value)) continue;
      const fault = urlFault(value, issuer);
      if (fault === undefined) continue;
      delete (endpoints as Record<string, unknown>)[name];
      if (Object.keys(refused).length >= maxRefused) continue;
      const shown = excerpt(JSON.stringify(value));
      refused[`${prefix}${name}`] = `the metadata at ${source} has ${shown} as its ${prefix}` +
        `${name}, which ${fault}`;
    }
  }
  return refused;
}

const aliasPrefix = "mtls_endpoint_aliases.";

/**
 * Says what is wrong with an endpoint that is to be used.
 *
 * @throws {ProxyError} `unsafe_endpoint`, when it was refused
 */
export function requireUsable(
  refused: RefusedEndpoints,
  name: string,
  { mutualTls }: { mutualTls?: boolean } = {},
): void {
  const what = (mutualTls ? refused[`${aliasPrefix}${name}`] : undefined) ?? refused[name];
  if (what === undefined) return;
  throw new ProxyError({
    category: "Configuration error",
    what,
    fix: "check OIDC_ISSUER_URL, or tell the provider's administrator",
    reason: "unsafe_endpoint",
  });
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
 * Why a URL must not be used, as the end of "which …"; `undefined` for one without tricks: https; no
 * user name; nothing that parsing would hide. `teller` is where the value comes from: what is on this
 * machine may be named by what is on this machine alone, then by http too, so that nobody elsewhere
 * can have requests made here.
 */
export function urlFault(value: unknown, teller: string): string | undefined {
  if (typeof value !== "string") return "is no text";
  if (value.length > longestUrl) return `is longer than ${longestUrl} characters`;
  if (/[\s\p{Cc}"'<>\\^`{|}]|\$\(/u.test(value)) return "has characters that no URL has";
  const url = URL.parse(value);
  if (!url) return "is no absolute URL";
  if (url.username || url.password) return "has a user name in it";
  if (url.hash) return "has a fragment";
  if (!isLoopback(url.hostname)) {
    if (url.protocol !== "https:") return "is not https";
  } else if (!/^https?:$/.test(url.protocol)) return "is neither https nor http";
  return isThisMachine(url.hostname) && !isThisMachine(URL.parse(teller)?.hostname ?? "")
    ? "is an address of this machine, named by another one"
    : undefined;
}
