import type { ClientAuthenticationMethod } from "../oidc/client_authentication/methods.ts";
import type {
  ExchangeGrant,
  FlowName,
  PresentedToken,
  WorkloadUse,
} from "../oidc/client_options.ts";
import { parseHttpUrl, parseUrl, quote, SettingValueError } from "./values.ts";
import { isLoopback } from "../base/is_loopback.ts";

/** How to sign in at the provider, beyond who it is and who we are. */
export interface ProviderSettings {
  /** The registered redirect URLs, on loopback hosts; the first whose port is free is used. */
  oidcRedirectUrls: readonly URL[];
  /** The way to sign in. */
  oidcFlow: FlowName;
  /** The command that opens URLs instead of the system's own. */
  browser: string | undefined;
  /** How the client authenticates; `auto` goes by the metadata and by what is configured. */
  oidcClientAuth: ClientAuthenticationMethod | "auto";
  /** A file with the client secret. */
  oidcClientSecretFile: string | undefined;
  /** A file with the client's private key: PEM (PKCS#8) or JWK. */
  oidcClientKeyFile: string | undefined;
  /** Where the provider's metadata is, when not at a well-known place. */
  oidcMetadataUrl: URL | undefined;
  /** Accepts `{tenantid}` in the metadata's issuer of any provider. */
  oidcIssuerTemplate: boolean;
  /** The https URL of this client's metadata document, used as its client id. */
  oidcClientMetadataUrl: URL | undefined;
  /** A file with the initial access token (RFC 7591) that registering a client takes. */
  oidcRegistrationTokenFile: string | undefined;
  /** The resource indicator (RFC 8707); `none` to send none even when the backend names itself one. */
  oidcResource: string | undefined;
  /** The audience parameter of providers that have one. */
  oidcAudience: string | undefined;
  /** More parameters of the authorization request. */
  oidcAuthParams: Readonly<Record<string, string>>;
  /** More parameters of every token request. */
  oidcTokenParams: Readonly<Record<string, string>>;
  /** Which token the backend is shown. */
  oidcToken: PresentedToken;
  /** Plain OAuth 2.0: `openid` is not asked for. */
  noOpenid: boolean;
  /** Pushes authorization requests (RFC 9126) even when the provider does not require it. */
  oidcPar: boolean;
  /** Binds tokens to a key of this installation (RFC 9449). */
  oidcDpop: boolean;
  /** Refuses what is otherwise only warned about. */
  strict: boolean;
  /** The file with the JWT that a workload presents. */
  oidcAssertionFile: string | undefined;
  /** The variable that holds it. */
  oidcAssertionEnv: string | undefined;
  /** The audience that GitHub Actions is asked to address it to. */
  oidcAssertionAudience: string | undefined;
  /** What a workload presents its JWT as. */
  oidcWorkloadAs: WorkloadUse;
  /** The audience of the token that the one of the sign-in is exchanged for (RFC 8693). */
  oidcExchangeAudience: string | undefined;
  /** The resource indicator of that token; `none` to send none. */
  oidcExchangeResource: string | undefined;
  /** The scopes of that token. */
  oidcExchangeScopes: readonly string[];
  /** The grant of the exchange. */
  oidcExchangeGrant: ExchangeGrant;
  /** The client id at the backend's own authorization server. */
  backendClientId: string | undefined;
  /** The client secret there. */
  backendClientSecret: string | undefined;
  /** A file with that secret. */
  backendClientSecretFile: string | undefined;
  /** How the client authenticates there. */
  backendClientAuth: ClientAuthenticationMethod | "auto";
  /** A file with the client's private key there: PEM (PKCS#8) or JWK. */
  backendClientKeyFile: string | undefined;
  /** The issuer of that authorization server. */
  backendIssuerUrl: URL | undefined;
}

/** The name of a variable of the environment. */
export function parseVariableName(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(text)) return text;
  // Whoever gives the JWT itself must not find it in a log.
  throw new SettingValueError("must be the name of a variable, not what is in it");
}

/** A loopback redirect URL (RFC 8252 section 7.3). */
export function parseRedirectUrl(text: string): URL {
  const url = parseUrl(text);
  if (url.protocol !== "http:") {
    throw new SettingValueError(
      `must be an http URL on this machine such as http://localhost:8080/auth/callback, not ${
        quote(text)
      }: only this program listens there, and it has no certificate`,
    );
  }
  if (!isLoopback(url.hostname)) {
    throw new SettingValueError(
      `must name this machine (localhost, 127.0.0.1 or [::1]), not ${
        quote(url.hostname)
      }: the code must not travel over a network`,
    );
  }
  if (url.username || url.password) {
    throw new SettingValueError("must not contain a user name or password");
  }
  if (url.hash) throw new SettingValueError("must not have a fragment (RFC 6749 section 3.1.2)");
  return url;
}

/** One or more redirect URLs, separated by spaces or commas. */
export function parseRedirectUrls(text: string): readonly URL[] {
  return text.split(/[\s,]+/).filter((part) => part !== "").map(parseRedirectUrl);
}

/** A resource indicator: an absolute URI without a fragment (RFC 8707 section 2), or `none`. */
export function parseResource(text: string): string {
  if (text === "none") return text;
  const url = parseUrl(text);
  if (url.hash) throw new SettingValueError(`must not have a fragment (${quote(url.hash)})`);
  // As it was written: what the provider knows may differ from what a URL parser makes of it.
  return text;
}

/** The URL of a client ID metadata document: https, with a path. */
export function parseClientMetadataUrl(text: string): URL {
  const url = parseHttpUrl(text);
  if (url.protocol !== "https:" && !isLoopback(url.hostname)) {
    throw new SettingValueError(`must be an https URL, not ${quote(text)}`);
  }
  if (url.pathname === "/") throw new SettingValueError("must have a path, as client ids do");
  return url;
}

/**
 * A parser of parameters, `name=value`, one per line; values may be percent-encoded. Those of
 * `owned` belong to the sign-in itself.
 */
export function parseParameters(
  owned: readonly string[],
): (text: string) => Readonly<Record<string, string>> {
  return (text) => {
    const parameters: Record<string, string> = {};
    for (const line of text.split(/[\r\n]+/)) {
      if (line.trim() === "") continue;
      const [, name, value] = /^\s*([\w.:-]+)=(.*)$/.exec(line) ?? [];
      if (name === undefined) {
        throw new SettingValueError(`must have the form name=value, not ${quote(line)}`);
      }
      if (owned.includes(name)) {
        throw new SettingValueError(
          `must not set ${name}, which the sign-in sets itself${ownSetting(name)}`,
        );
      }
      if (name === "response_mode" && !["query", "jwt", "query.jwt"].includes(value)) {
        throw new SettingValueError(
          `must not set response_mode to ${quote(value)}: the answer comes in a query ` +
            "(query, query.jwt, jwt)",
        );
      }
      try {
        parameters[name] = decodeURIComponent(value.trim());
      } catch {
        throw new SettingValueError(`has a broken percent-encoding in ${name}`);
      }
    }
    return parameters;
  };
}

function ownSetting(name: string): string {
  const settings: Readonly<Record<string, string>> = {
    audience: "OIDC_AUDIENCE",
    client_id: "OIDC_CLIENT_ID",
    client_secret: "OIDC_CLIENT_SECRET",
    redirect_uri: "OIDC_REDIRECT_URL",
    resource: "OIDC_RESOURCE",
    scope: "OIDC_SCOPES",
  };
  return settings[name] ? `: use ${settings[name]}` : "";
}
