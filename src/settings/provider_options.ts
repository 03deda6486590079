import { flowNames, presentedTokens } from "../oidc/client_options.ts";
import { ownAuthorizationParameters } from "../oidc/flows/own_parameters.ts";
import { clientAuthenticationMethods } from "../oidc/client_authentication/methods.ts";
import {
  parseClientMetadataUrl,
  parseParameters,
  parseResource,
  type ProviderSettings,
} from "./provider_settings.ts";
import { parseHttpUrl, parseOneOf, parseSwitch } from "./values.ts";
import type { SettingOption } from "./setting_option.ts";

/** What a token request sets itself. */
const ownTokenParameters = [
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

const clientAuthentications = ["auto", ...clientAuthenticationMethods] as const;

/** The rows of the table of options that are about how to sign in at the provider. */
export const providerOptions: {
  readonly [K in Exclude<keyof ProviderSettings, "oidcRedirectUrls">]: SettingOption<
    ProviderSettings[K]
  >;
} = {
  oidcClientSecretFile: {
    flag: "--oidc-client-secret-file",
    value: "<file>",
    env: "OIDC_CLIENT_SECRET_FILE",
    group: "Provider",
    help: "read the client secret from a file",
    default: undefined,
    parse: (text) => text,
  },
  oidcClientAuth: {
    flag: "--oidc-client-auth",
    value: "<method>",
    choices: clientAuthentications,
    env: "OIDC_CLIENT_AUTH",
    group: "Provider",
    help: "how the client authenticates: auto, none, client_secret_basic, client_secret_post, " +
      "client_secret_jwt, private_key_jwt or tls_client_auth",
    default: "auto",
    defaultText: "auto",
    parse: parseOneOf(...clientAuthentications),
  },
  oidcClientKeyFile: {
    flag: "--oidc-client-key",
    value: "<file>",
    env: "OIDC_CLIENT_KEY_FILE",
    group: "Provider",
    help: "private key for private_key_jwt: a PEM (PKCS#8) or JWK file",
    default: undefined,
    parse: (text) => text,
  },
  oidcMetadataUrl: {
    flag: "--oidc-metadata-url",
    value: "<url>",
    env: "OIDC_METADATA_URL",
    group: "Provider",
    help: "where the provider's metadata is, when not at a well-known place under the issuer",
    default: undefined,
    parse: parseHttpUrl,
  },
  oidcIssuerTemplate: {
    flag: "--oidc-issuer-template",
    env: "OIDC_ISSUER_TEMPLATE",
    group: "Provider",
    help: "accept {tenantid} in the metadata's issuer, as Entra ID has it, of this provider too",
    default: false,
    parse: parseSwitch,
  },
  oidcClientMetadataUrl: {
    flag: "--oidc-client-metadata-url",
    value: "<url>",
    env: "OIDC_CLIENT_METADATA_URL",
    group: "Provider",
    help: "https URL of a client ID metadata document, the client id where providers accept one",
    default: undefined,
    parse: parseClientMetadataUrl,
  },
  oidcRegistrationTokenFile: {
    flag: "--oidc-registration-token-file",
    value: "<file>",
    env: "OIDC_REGISTRATION_TOKEN_FILE",
    group: "Provider",
    help:
      "initial access token, in a file, for providers where not everybody may register a client",
    default: undefined,
    parse: (text) => text,
  },
  oidcResource: {
    flag: "--oidc-resource",
    value: "<url|none>",
    env: "OIDC_RESOURCE",
    group: "Provider",
    help:
      "resource indicator (RFC 8707): what the token is for; none to send none, for providers " +
      "that refuse the one that the backend advertises",
    default: undefined,
    parse: parseResource,
  },
  oidcAudience: {
    flag: "--oidc-audience",
    value: "<audience>",
    env: "OIDC_AUDIENCE",
    group: "Provider",
    help: "audience parameter, for providers such as Auth0 that want one",
    default: undefined,
    parse: (text) => text,
  },
  oidcAuthParams: {
    flag: "--oidc-auth-param",
    value: "<name=value>",
    repeatable: true,
    env: "OIDC_AUTH_PARAMS",
    group: "Provider",
    help: "one more parameter of the authorization request",
    default: {},
    parse: parseParameters(ownAuthorizationParameters),
  },
  oidcTokenParams: {
    flag: "--oidc-token-param",
    value: "<name=value>",
    repeatable: true,
    env: "OIDC_TOKEN_PARAMS",
    group: "Provider",
    help: "one more parameter of every token request",
    default: {},
    parse: parseParameters(ownTokenParameters),
  },
  oidcToken: {
    flag: "--oidc-token",
    value: "<kind>",
    choices: presentedTokens,
    env: "OIDC_TOKEN",
    group: "Provider",
    help: "which token the backend is shown: access or id",
    default: "access",
    defaultText: "access",
    parse: parseOneOf(...presentedTokens),
  },
  noOpenid: {
    flag: "--no-openid",
    env: "OIDC_NO_OPENID",
    group: "Provider",
    help: "plain OAuth 2.0: do not ask for the scope openid",
    default: false,
    parse: parseSwitch,
  },
  oidcPar: {
    flag: "--oidc-par",
    env: "OIDC_PAR",
    group: "Provider",
    help: "push authorization requests (RFC 9126) even when the provider does not require it",
    default: false,
    parse: parseSwitch,
  },
  oidcDpop: {
    flag: "--oidc-dpop",
    env: "OIDC_DPOP",
    group: "Provider",
    help: "bind tokens to a key of this installation (DPoP, RFC 9449)",
    default: false,
    parse: parseSwitch,
  },
  strict: {
    flag: "--strict",
    env: "OIDC_STRICT",
    group: "Provider",
    help: "refuse providers that do not say that they know PKCE",
    default: false,
    parse: parseSwitch,
  },
  oidcFlow: {
    flag: "--oidc-flow",
    value: "<flow>",
    choices: flowNames,
    env: "OIDC_FLOW",
    group: "Sign-in",
    help: "way to sign in: auto, browser, paste, device or client-credentials",
    default: "auto",
    defaultText: "auto",
    parse: parseOneOf(...flowNames),
  },
  browser: {
    flag: "--browser",
    value: "<command>",
    env: "BROWSER",
    group: "Sign-in",
    help: "command that opens URLs; %s stands for the URL, else it is appended",
    default: undefined,
    parse: (text) => text,
  },
};
