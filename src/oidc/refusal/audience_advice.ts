import { excerpt } from "../../base/excerpt.ts";
import { listed } from "./refusal_words.ts";

/** What {@linkcode audienceAdvice} goes by. */
export interface AudienceQuestion {
  /** The provider. */
  issuer: string;
  /** The audience that the backend wants, as far as that is known. */
  wanted?: string;
  /** The audiences that the token has. */
  aud: readonly string[];
  /** The resource indicator that is sent, be it set or advertised; `none` when it is not to be sent. */
  resource?: string;
  /** The audience parameter that is set. */
  audience?: string;
  /** The scopes that are set. */
  scopes: readonly string[];
}

/**
 * Providers that take the audience from somewhere else than the parameters `resource` and `audience`,
 * by their issuer, with the place. What their documentation says stands on the page of each in
 * docs/providers.
 */
const elsewhere: readonly [RegExp, (question: AudienceQuestion) => string][] = [
  [
    // ForgeRock's have /oauth2 before the realms.
    /^(?!.*\/oauth2\/realms\/).*\/realms\/[^/]+\/?$/,
    ({ wanted }) =>
      `add an audience mapper${
        forThis(wanted)
      } to a client scope of this client in Keycloak, which ` +
      "takes the audience from there and from no parameter",
  ],
  [
    /^https:\/\/(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\//,
    ({ scopes, aud }) =>
      scopes.some((scope) => scope.includes("://"))
        ? `tell the backend's operator to accept the audience ${
          listed(aud)
        }, or ask for the backend's ` +
          "own scope with OIDC_SCOPES: Entra ID takes the audience from there"
        : "ask for a scope of the backend with OIDC_SCOPES, such as api://its-client-id/.default: " +
          "Entra ID takes the audience from there",
  ],
  [
    /\/application\/o\/[^/]+\/?$|\.zitadel\.cloud\/?$/,
    ({ aud }) =>
      `tell the backend's operator to accept the audience ${
        listed(aud)
      }: this provider takes it from ` +
      "the client and from no parameter",
  ],
  [
    /^https:\/\/[^/]+\.okta(?:preview|-emea)?\.com(?:\/|$)/,
    ({ wanted }) =>
      `set the audience of the authorization server at Okta${
        forThis(wanted)
      } (Security, API), which ` +
      "takes it from there and from no parameter",
  ],
];

/** How the token gets the audience that the backend wants; never what is set already. */
export function audienceAdvice(question: AudienceQuestion): string {
  const { issuer, wanted, aud, resource, audience } = question;
  const known = elsewhere.find(([pattern]) => pattern.test(issuer));
  if (known) return known[1](question);
  const sent = { resource: resource === "none" ? undefined : resource, audience };
  const named = wanted === undefined ? "what the backend wants" : excerpt(wanted);
  const atProvider = `configure at the provider that tokens of this client are for ${named}`;
  const ignored = Object.entries(sent).filter(([, value]) =>
    value !== undefined && !aud.some((one) => isSameUrl(one, value))
  );
  if (ignored.length > 0) {
    const parameters = ignored.map(([name, value]) => `${name} ${excerpt(value!)}`).join(" and ");
    return `${atProvider}, which did not put the ${parameters} that it was sent into the token`;
  }
  if (sent.resource !== undefined || audience !== undefined) {
    return `ask the backend's operator which audience it wants, and ${atProvider}`;
  }
  const unset = resource === undefined
    ? "OIDC_AUDIENCE (Auth0 and similar) or OIDC_RESOURCE (RFC 8707)"
    : "OIDC_AUDIENCE";
  return `set ${unset} to ${named}, if the provider knows that parameter, or ${atProvider}`;
}

/** Whether two identifiers are the same but for a slash at the end. */
export function isSameUrl(left: string, right: string): boolean {
  const plain = (text: string) => (URL.parse(text)?.href ?? text).replace(/\/$/, "");
  return plain(left) === plain(right);
}

function forThis(wanted: string | undefined): string {
  return wanted === undefined ? "" : ` for ${excerpt(wanted)}`;
}
