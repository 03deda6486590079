/**
 * What the interop harness knows of a program that others wrote: how it is installed, how it is
 * started, and what it is to the program under test.
 *
 * A counterpart is a folder in `backends`, `clients`, `providers` or `peers` whose `counterpart.ts`
 * has one or several of them as its default export. Several share one installation when their
 * `files` are the same.
 *
 * @module
 */
import type { Page } from "../support/person.ts";
import type { ProgramCommand } from "../support/program_command.ts";
import type { RunningProcess } from "./running_process.ts";
import type { Toolchain } from "./toolchains.ts";

/** A program that others wrote, or that is written with what others published, at pinned versions. */
export interface Counterpart {
  /** What `test:interop NAME` takes: lower case with hyphens, unique in the harness. */
  name: string;
  /** What the table calls it: "Java SDK 1.1 in Tomcat, Streamable HTTP". */
  title: string;
  /** What is pinned, for the table: `{ "@modelcontextprotocol/sdk": "1.32.2" }`. */
  versions: Readonly<Record<string, string>>;
  /** What must be on the machine. */
  toolchains: readonly Toolchain[];
  /** Whether it belongs to `--quick`: all of these install and run within six minutes. */
  quick?: boolean;
  /** What the installation is made of; the cache is keyed by their contents. */
  files: readonly URL[];
  /**
   * Installs into `directory`, which exists, is empty, and is kept between runs.
   *
   * @throws {Error} when it cannot be had: the counterpart is then ignored and named.
   */
  install(directory: string, signal: AbortSignal): Promise<void>;
}

/** An MCP server. */
export interface Backend extends Counterpart {
  /** How a direct client reaches it; `streamable-http` unless told otherwise. */
  transport?: "streamable-http" | "sse";
  /** Whether only the 2026 protocol is spoken there: a direct client needs the SDK's second version. */
  modernOnly?: boolean;
  /**
   * Features of which nothing is shown although the SDK has them, with the reason: for what the
   * contract cannot ask of it. What the SDK cannot is measured with a direct client and needs no entry.
   */
  without?: Readonly<Record<string, string>>;
  /** Starts it; resolves when it accepts connections. */
  start(options: BackendOptions): Promise<RunningBackend>;
}

/** What a backend is started with. */
export interface BackendOptions {
  /** Where it was installed. */
  directory: string;
  /** The port to listen on, at 127.0.0.1; the same when it is started again. */
  port: number;
  /** The issuer of the tokens to accept. */
  issuer: string;
  /** The issuer's keys. */
  jwksUri: string;
  /** The `aud` that a token must have. */
  audience: string;
  /** Ends the start. */
  signal: AbortSignal;
}

/** A backend at work. */
export interface RunningBackend extends AsyncDisposable {
  /** Its MCP endpoint. */
  readonly url: URL;
  /** Ends it and all that it started at once (SIGKILL); resolves when it is gone. */
  kill(): Promise<void>;
  /** The end of what it has written so far, stdout and stderr together. */
  output(): string;
}

/** An MCP client that starts the program as its stdio server. */
export interface Client extends Counterpart {
  /**
   * Starts it: it connects, lists the tools, calls `echo`, and closes. A client that is told
   * `waitForChange` calls `grow` after `echo` and waits for `notifications/tools/list_changed`.
   * It prints one {@linkcode ClientEvent} a line on stdout.
   */
  start(options: ClientOptions): Promise<RunningProcess>;
}

/** What a client is started with. */
export interface ClientOptions {
  /** Where it was installed. */
  directory: string;
  /** A home directory of its own. */
  home: string;
  /** The server to start; the client program finds it as JSON in `SERVER`. */
  server: ProgramCommand;
  /** Whether it is to see `list_changed`; the client program finds `WAIT_FOR_CHANGE=1`. */
  waitForChange?: boolean;
  /** How long the client may wait for the handshake where it lets that be set, in milliseconds. */
  connectTimeout?: number;
  /** Ends the start. */
  signal: AbortSignal;
}

/** What a client says, one JSON text a line. */
export type ClientEvent =
  | { event: "connected"; ms: number }
  | { event: "tools"; names: string[] }
  | { event: "echo"; text: string }
  | { event: "list_changed" }
  | { event: "closed" }
  | { event: "error"; message: string };

/** What a provider may offer; each is probed only where it is listed. */
export type Flow =
  | "authorization code"
  | "confidential client"
  | "refresh"
  | "rotation"
  | "device code"
  | "client credentials"
  | "registration"
  | "pushed authorization request"
  | "DPoP"
  | "refresh after revocation"
  | "person disabled"
  | "logout";

/** An OpenID Provider or OAuth authorization server. */
export interface Provider extends Counterpart {
  /** What it offers as it is set up here. */
  flows: readonly Flow[];
  /** Starts it; resolves when it answers. */
  start(options: ProviderOptions): Promise<RunningProvider>;
}

/** What a provider is started with. */
export interface ProviderOptions {
  /** Where it was installed; nothing is written here but by `install`. */
  directory: string;
  /** A directory for its data, empty, gone after the run. */
  data: string;
  /** The port to listen on, at 127.0.0.1. */
  port: number;
  /** The redirect URL that its clients are registered with. */
  redirectUrl: string;
  /** The `aud` that its access tokens shall have where it can give one. */
  audience: string;
  /** The lifetime of access tokens, in seconds: 10 for the runs that refresh. */
  accessTokenLifetime: number;
  /** Ends the start. */
  signal: AbortSignal;
}

/** A provider at work. */
export interface RunningProvider extends AsyncDisposable {
  /** The issuer identifier, as the program is told it. */
  readonly issuer: string;
  /** Its keys, for the backend. */
  readonly jwksUri: string;
  /** The `aud` that its access tokens have really; that of the options unless it has a way of its own. */
  readonly audience: string;
  /** The clients it knows. */
  readonly clients: ProviderClients;
  /** Who can sign in. */
  readonly person: { readonly name: string; readonly password: string };
  /** More settings that whoever uses this provider sets: `{ OIDC_SCOPES: "openid mcp" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * A browser of its own, in which nobody is signed in: goes through the provider's sign-in and
   * consent pages from an authorization URL, follows the redirect to the program, and resolves with
   * the page there.
   */
  createBrowser(): ProviderBrowser;
  /** What its operator does; what is absent, it cannot. */
  readonly admin: ProviderAdministration;
  /** Ends it and all that it started at once. */
  kill(): Promise<void>;
  /** The end of what it has written so far. */
  output(): string;
}

/** The clients that a provider registers at its start. */
export interface ProviderClients {
  /** Without a secret: authorization code with PKCE, refresh, device code where there is one. */
  readonly public: ProviderClient;
  /** With a secret. */
  readonly confidential?: ProviderClient;
  /** With a secret, for client credentials; may be the same as `confidential`. */
  readonly service?: ProviderClient;
}

/** One of {@linkcode ProviderClients}. */
export interface ProviderClient {
  readonly id: string;
  readonly secret?: string;
  /** More settings for this client: `{ OIDC_SCOPES: "openid" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The person of a {@linkcode RunningProvider} at a browser that is scripted for its pages. */
export interface ProviderBrowser {
  /** Signs in and consents from an authorization URL on; ends at the first page that asks nothing. */
  signIn(url: URL): Promise<Page>;
  /** Enters the user code at the verification page, signs in, and allows. Absent without device flow. */
  approveDevice?(verificationUrl: URL, userCode: string): Promise<void>;
}

/** What a provider's operator can do here. */
export interface ProviderAdministration {
  /** Ends the person's sessions and refresh tokens; the person may sign in again. */
  revoke?(): Promise<void>;
  /** The person may not sign in any more, and has no refresh token that works. */
  disable?(): Promise<void>;
  /** Undoes `disable`. */
  enable?(): Promise<void>;
  /** How many sessions or refresh tokens of the person are good: zero after a logout. */
  countSessions?(): Promise<number>;
}

/** Another program that stands between a stdio client and a remote server. */
export interface Peer extends Counterpart {
  /** How it is authorized: signs in by itself, or is given a token and cannot renew it. */
  authorization: "signs in" | "static token";
  /** The command that a client starts it by. */
  command(options: PeerOptions): Promise<ProgramCommand>;
}

/** What a peer is started with. */
export interface PeerOptions {
  /** Where it was installed. */
  directory: string;
  /** A home directory of its own. */
  home: string;
  /** The backend. */
  url: URL;
  /** What the backend speaks. */
  transport: "streamable-http" | "sse";
  /** A token that the backend accepts, for a peer that takes one. */
  token: string;
  /** What a peer that signs in by itself is told. */
  provider: { issuer: string; clientId: string; redirectUrl: string };
  /** The directory with the browser's stand-in, to be put first on PATH. */
  browser: string;
}
