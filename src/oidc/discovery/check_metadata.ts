import type { AuthorizationServer } from "../oauth_types.ts";
import { ProxyError } from "../../errors.ts";
import { isLoopback } from "../../settings.ts";

const required = ["authorization_endpoint", "token_endpoint"] as const;

/**
 * Refuses metadata that lacks an endpoint or names one that is not a plain https URL (http on
 * loopback): such a value must reach neither a browser nor a request.
 */
export function checkMetadata(metadata: AuthorizationServer, source: string): void {
  for (const name of required) {
    if (metadata[name] === undefined) {
      throw new ProxyError({
        category: "Configuration error",
        what: `the metadata at ${source} has no ${name}`,
        todo:
          "check that OIDC_ISSUER_URL names an OpenID Provider with the authorization code flow",
        reason: "missing_endpoint",
      });
    }
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (!name.endsWith("_endpoint") && name !== "jwks_uri") continue;
    if (value === undefined || isSafeUrl(value)) continue;
    throw new ProxyError({
      category: "Configuration error",
      what: `the metadata at ${source} has ${
        JSON.stringify(value)?.slice(0, 200)
      } as its ${name}, which is not an https URL`,
      todo: "check OIDC_ISSUER_URL, or tell the provider's administrator",
      reason: "unsafe_endpoint",
    });
  }
}

/** A URL without tricks: https, or http on loopback; no user name; nothing that parsing would hide. */
export function isSafeUrl(value: unknown): value is string {
  if (typeof value !== "string" || /[\s\p{Cc}"'<>\\^`{|}]/u.test(value)) return false;
  const url = URL.parse(value);
  return url !== null && url.username === "" && url.password === "" && url.hash === "" &&
    (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
}
