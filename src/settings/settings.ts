import type { Protocol, Transport } from "../bridge/transports.ts";
import type { CredentialEncryption } from "../credentials/encryption/encryptions.ts";
import type { LogFormat, LogLevel } from "../base/log.ts";
import type { ProviderSettings } from "./provider_settings.ts";
import type { EagerLogin, HeaderField, InstantStart } from "./values.ts";

/** Everything a person can set, resolved from flags, environment, files and defaults. */
export interface Settings extends ProviderSettings {
  /** The backend's MCP endpoint. */
  backendUrl: URL | undefined;
  /** How the backend is spoken to. */
  transport: Transport;
  /** Whether messages are translated for a backend of the other era. */
  protocol: Protocol;
  /** Header fields that every request to the backend carries; `${NAME}` stands for a variable. */
  headers: readonly HeaderField[];
  /** A file with more of them, one per line. */
  headerFile: string | undefined;
  /** Patterns of the only tools that the client may see and call; all when there is none. */
  allowTools: readonly string[];
  /** Patterns of tools that the client must neither see nor call. */
  ignoreTools: readonly string[];
  /** How often an idle backend is pinged, in seconds; 0 for never. */
  keepAlive: number;
  /** How long a request that may be tried again is tried again, in seconds. */
  retryWindow: number;
  /** How long connecting to the backend may take, in seconds. */
  connectTimeout: number;
  /** How long a request may take without progress, in seconds; 0 for any time. */
  requestTimeout: number;
  /** The longest message that is carried, in bytes. */
  maxMessageBytes: number;
  /** Forget the cookies that the backend sets. */
  noCookies: boolean;
  /** Show the token to a backend on another machine over plain http. */
  allowHttp: boolean;
  /** PEM files of certificate authorities that are trusted besides the usual ones. */
  caCerts: readonly string[];
  /** A PEM file with the certificate that this client shows (mutual TLS). */
  clientCert: string | undefined;
  /** A PEM file with its private key. */
  clientKey: string | undefined;
  /** The provider's issuer identifier. */
  oidcIssuerUrl: URL | undefined;
  /** The client id registered at the provider. */
  oidcClientId: string | undefined;
  /** The secret of a confidential client. */
  oidcClientSecret: string | undefined;
  /** The scopes to ask for, `openid` first when it was missing. */
  oidcScopes: readonly string[];
  /** How long to wait for the person, in seconds. */
  loginTimeout: number;
  /** Print the URL instead of opening it. */
  noBrowser: boolean;
  /** Whether the client is answered before the person has signed in. */
  instantStart: InstantStart;
  /** How long the client's first request waits for a sign-in, in seconds; 0 for not at all. */
  startGrace: number;
  /** How long a request for a list that is not remembered waits for a sign-in, in seconds. */
  listGrace: number;
  /** Which starts begin a sign-in before a request needs it. */
  eagerLogin: EagerLogin;
  /** Leave no process behind to finish a sign-in. */
  noLinger: boolean;
  /** The directory that holds the credentials; `undefined` for the one under the home directory. */
  cacheDir: string | undefined;
  /** The name under which the person keeps several accounts apart. */
  profile: string;
  /** What protects credentials at rest. */
  credentialEncryption: CredentialEncryption;
  /** How much is logged. */
  logLevel: LogLevel;
  /** How it is written. */
  logFormat: LogFormat;
  /** A file that it is written to besides stderr. */
  logFile: string | undefined;
  /** No start banner. */
  noBanner: boolean;
  /** Errors only: the level is `error`. */
  silent: boolean;
  /** Detailed log: the level is `debug`. */
  debug: boolean;
  /** The configuration file; `undefined` for the one in the person's configuration directory. */
  config: string | undefined;
  /** A dotenv file to read variables from. */
  envFile: string | undefined;
}
