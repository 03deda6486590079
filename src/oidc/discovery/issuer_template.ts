const placeholder = "{tenantid}";

/** The hosts of Microsoft Entra ID, whose multi-tenant metadata has a template as its issuer. */
const templateHosts = [
  "login.microsoftonline.com",
  "login.microsoftonline.us",
  "login.partner.microsoftonline.cn",
  "login.windows.net",
  "sts.windows.net",
];

/**
 * The issuer to expect instead of the configured one, when the metadata's is that with `{tenantid}`
 * in the place of one path segment (`common`, `organizations`) and the provider is known for it.
 */
export async function templateForIssuer(
  issuerUrl: URL,
  response: Response,
  allowed = false,
): Promise<URL | undefined> {
  if (!allowed && !templateHosts.includes(issuerUrl.hostname)) return undefined;
  let issuer: unknown;
  try {
    issuer = (await response.json()).issuer;
  } catch {
    return undefined;
  }
  if (typeof issuer !== "string" || issuer.split(placeholder).length !== 2) return undefined;
  const template = URL.parse(issuer);
  if (template?.origin !== issuerUrl.origin) return undefined;
  const asked = issuerUrl.href.split("/");
  const named = template.href.split("/");
  const differing = named.filter((segment, at) => segment !== asked[at]);
  const same = named.length === asked.length && differing.length === 1 &&
    decodeURIComponent(differing[0]) === placeholder;
  return same ? template : undefined;
}

/**
 * The issuer that an ID token must name: the provider's own, or its template filled with the
 * token's `tid`.
 */
export function issuerOfIdToken(issuer: string, idToken: string): string {
  const { tid } = unverifiedClaims(idToken);
  if (typeof tid !== "string" || !/^[\w.-]{1,64}$/.test(tid)) return issuer;
  return issuer.replace(placeholder, tid);
}

/** What a JWT says, whether or not it is true; nothing when it is not a JWT. */
export function unverifiedClaims(token: string): Record<string, unknown> {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
