import {
  parseBytes,
  parseCredentialEncryption,
  parseHeaders,
  parseHttpUrl,
  parseIssuerUrl,
  parseLines,
  parseProfile,
  parseScopes,
  parseSeconds,
  parseSecondsOrOff,
  parseSwitch,
  parseTransport,
  type Settings,
} from "../settings.ts";
import { parseRedirectUrls } from "../provider_settings.ts";
import { providerOptions } from "./provider_options.ts";

/** The headings under which `--help` and the documentation list the options. */
export type OptionGroup =
  | "Backend"
  | "Network"
  | "Provider"
  | "Sign-in"
  | "Credentials"
  | "Files"
  | "Output";

/** One way to set one setting: everything that help, parsing and documentation need to know of it. */
export interface SettingOption<T> {
  /** The long flag, or the name of the positional argument. */
  flag: `--${string}` | "MCP_BACKEND_URL";
  /** The placeholder of its value in help; absent for switches. */
  value?: string;
  /** The flag may come several times; the variable then has one value a line. */
  repeatable?: true;
  /** The values it can take, for completion and documentation; `parse` judges. */
  choices?: readonly string[];
  /** The environment variable; absent when there is none. */
  env?: string;
  /** Where help lists it. */
  group: OptionGroup;
  /** What it does, in one sentence without a full stop. */
  help: string;
  /** What holds when nothing is set. */
  default: T;
  /** How help and documentation name the default; absent to leave it out. */
  defaultText?: string;
  /** Reads the text of a flag or variable; throws `SettingValueError`. */
  parse(text: string): NonNullable<T>;
  /** The value is never shown. */
  secret?: true;
}

/** The one table of options: `--help`, parsing, README and docs all come from it. */
export const options: { readonly [K in keyof Settings]: SettingOption<Settings[K]> } = {
  backendUrl: {
    flag: "MCP_BACKEND_URL",
    env: "MCP_BACKEND_URL",
    group: "Backend",
    help: "URL of the remote MCP server",
    default: undefined,
    defaultText: "required",
    parse: parseHttpUrl,
  },
  transport: {
    flag: "--transport",
    value: "<transport>",
    env: "MCP_PROXY_TRANSPORT",
    group: "Backend",
    help: "http for Streamable HTTP, sse for the deprecated HTTP+SSE, auto to find out",
    default: "auto",
    defaultText: "auto",
    parse: parseTransport,
  },
  headers: {
    flag: "--header",
    value: "<field>",
    repeatable: true,
    env: "MCP_PROXY_HEADERS",
    group: "Backend",
    help:
      "header field for every request to the backend, as 'Name: value'; ${NAME} stands for a variable",
    default: [],
    parse: parseHeaders,
    secret: true,
  },
  headerFile: {
    flag: "--header-file",
    value: "<file>",
    env: "MCP_PROXY_HEADER_FILE",
    group: "Backend",
    help: "read more header fields from a file, one a line",
    default: undefined,
    parse: (text) => text,
  },
  allowTools: {
    flag: "--allow-tool",
    value: "<pattern>",
    repeatable: true,
    env: "MCP_PROXY_ALLOW_TOOL",
    group: "Backend",
    help: "offer only tools with such a name; * stands for any characters",
    default: [],
    defaultText: "all",
    parse: parseLines,
  },
  ignoreTools: {
    flag: "--ignore-tool",
    value: "<pattern>",
    repeatable: true,
    env: "MCP_PROXY_IGNORE_TOOL",
    group: "Backend",
    help: "do not offer tools with such a name; * stands for any characters",
    default: [],
    parse: parseLines,
  },
  keepAlive: {
    flag: "--keep-alive",
    value: "<seconds>",
    env: "MCP_PROXY_KEEP_ALIVE",
    group: "Network",
    help: "ping the backend after this long without a message; 0 for never",
    default: 0,
    defaultText: "0",
    parse: parseSecondsOrOff,
  },
  retryWindow: {
    flag: "--retry-window",
    value: "<seconds>",
    env: "MCP_PROXY_RETRY_WINDOW",
    group: "Network",
    help: "how long to try again what can be sent again without harm; 0 for not at all",
    default: 20,
    defaultText: "20",
    parse: parseSecondsOrOff,
  },
  connectTimeout: {
    flag: "--connect-timeout",
    value: "<seconds>",
    env: "MCP_PROXY_CONNECT_TIMEOUT",
    group: "Network",
    help: "how long connecting to the backend may take",
    default: 10,
    defaultText: "10",
    parse: parseSeconds,
  },
  maxMessageBytes: {
    flag: "--max-message-bytes",
    value: "<bytes>",
    env: "MCP_PROXY_MAX_MESSAGE_BYTES",
    group: "Network",
    help: "the longest message that is carried, either way",
    default: 64 << 20,
    defaultText: String(64 << 20),
    parse: parseBytes,
  },
  noCookies: {
    flag: "--no-cookies",
    env: "MCP_PROXY_NO_COOKIES",
    group: "Network",
    help: "forget the cookies that the backend sets",
    default: false,
    parse: parseSwitch,
  },
  allowHttp: {
    flag: "--allow-http",
    env: "MCP_PROXY_ALLOW_HTTP",
    group: "Network",
    help: "show the token to a backend on another machine over plain http",
    default: false,
    parse: parseSwitch,
  },
  caCerts: {
    flag: "--ca-cert",
    value: "<file>",
    repeatable: true,
    env: "MCP_PROXY_CA_CERT",
    group: "Network",
    help:
      "trust the certificate authorities in a PEM file, besides those of the system and of Mozilla",
    default: [],
    parse: parseLines,
  },
  clientCert: {
    flag: "--client-cert",
    value: "<file>",
    env: "MCP_PROXY_CLIENT_CERT",
    group: "Network",
    help: "PEM file with the certificate to show to the backend (mutual TLS)",
    default: undefined,
    parse: (text) => text,
  },
  clientKey: {
    flag: "--client-key",
    value: "<file>",
    env: "MCP_PROXY_CLIENT_KEY",
    group: "Network",
    help: "PEM file with the private key of --client-cert",
    default: undefined,
    parse: (text) => text,
  },
  oidcIssuerUrl: {
    flag: "--oidc-issuer-url",
    value: "<url>",
    env: "OIDC_ISSUER_URL",
    group: "Provider",
    help: "issuer of the OpenID Provider, unless the backend advertises it",
    default: undefined,
    parse: parseIssuerUrl,
  },
  oidcClientId: {
    flag: "--oidc-client-id",
    value: "<id>",
    env: "OIDC_CLIENT_ID",
    group: "Provider",
    help: "client id registered at the provider, unless it registers clients by itself",
    default: undefined,
    parse: (text) => text,
  },
  oidcClientSecret: {
    flag: "--oidc-client-secret",
    value: "<secret>",
    env: "OIDC_CLIENT_SECRET",
    group: "Provider",
    help: "client secret, for confidential clients",
    default: undefined,
    parse: (text) => text,
    secret: true,
  },
  oidcScopes: {
    flag: "--oidc-scopes",
    value: "<scopes>",
    env: "OIDC_SCOPES",
    group: "Provider",
    help: "scopes to ask for, space-separated; openid is put in front when missing",
    default: ["openid", "profile", "email"],
    defaultText: "openid profile email",
    parse: parseScopes,
  },
  ...providerOptions,
  oidcRedirectUrls: {
    flag: "--oidc-redirect-url",
    value: "<urls>",
    env: "OIDC_REDIRECT_URL",
    group: "Sign-in",
    help:
      "redirect URL registered at the provider: http, on this machine; several are tried in turn",
    default: [new URL("http://localhost:8080/auth/callback")],
    defaultText: "http://localhost:8080/auth/callback",
    parse: parseRedirectUrls,
  },
  loginTimeout: {
    flag: "--login-timeout",
    value: "<seconds>",
    env: "MCP_PROXY_LOGIN_TIMEOUT",
    group: "Sign-in",
    help: "how long to wait for the person to sign in",
    default: 300,
    defaultText: "300",
    parse: parseSeconds,
  },
  noBrowser: {
    flag: "--no-browser",
    env: "MCP_PROXY_NO_BROWSER",
    group: "Sign-in",
    help: "print the sign-in URL instead of opening it",
    default: false,
    parse: parseSwitch,
  },
  cacheDir: {
    flag: "--cache-dir",
    value: "<directory>",
    env: "MCP_PROXY_CACHE_DIR",
    group: "Credentials",
    help: "where credentials are kept",
    default: undefined,
    defaultText: "~/.mcp-auth/authful-mcp-proxy",
    parse: (text) => text,
  },
  profile: {
    flag: "--profile",
    value: "<name>",
    env: "MCP_PROXY_PROFILE",
    group: "Credentials",
    help: "keeps several accounts at one provider apart",
    default: "default",
    defaultText: "default",
    parse: parseProfile,
  },
  credentialEncryption: {
    flag: "--credential-encryption",
    value: "<way>",
    choices: ["file", "keychain", "none"],
    env: "MCP_PROXY_CREDENTIAL_ENCRYPTION",
    group: "Credentials",
    help: "what protects credentials at rest: a key in a file, in the system's keychain, or none",
    default: "file",
    defaultText: "file",
    parse: parseCredentialEncryption,
  },
  config: {
    flag: "--config",
    value: "<file>",
    env: "MCP_PROXY_CONFIG",
    group: "Files",
    help: "read settings and named servers from a JSON file, comments allowed",
    default: undefined,
    defaultText: "~/.config/authful-mcp-proxy/config.json",
    parse: (text) => text,
  },
  envFile: {
    flag: "--env-file",
    value: "<file>",
    group: "Files",
    help: "read variables from a dotenv file; the real environment wins",
    default: undefined,
    parse: (text) => text,
  },
  noBanner: {
    flag: "--no-banner",
    env: "MCP_PROXY_NO_BANNER",
    group: "Output",
    help: "no start banner",
    default: false,
    parse: parseSwitch,
  },
  silent: {
    flag: "--silent",
    group: "Output",
    help: "errors only; a URL that you must open is still shown",
    default: false,
    parse: parseSwitch,
  },
  debug: {
    flag: "--debug",
    env: "MCP_PROXY_DEBUG",
    group: "Output",
    help: "detailed log",
    default: false,
    parse: parseSwitch,
  },
};

/** The name of one setting. */
export type OptionName = keyof Settings;

/** All names, in the order in which help and documentation list them. */
export const optionNames = Object.keys(options) as OptionName[];

/** Whether a text is the name of a setting. */
export function isOptionName(text: string): text is OptionName {
  return Object.hasOwn(options, text);
}
