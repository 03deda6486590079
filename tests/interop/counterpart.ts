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
import type { ProgramCommand, ProgramSettings } from "../support/program_command.ts";
import type { Era } from "./connection.ts";
import type { Step, StepOutcome } from "./one_era/step.ts";
import type { RunningProcess } from "./running_process.ts";
import type { Toolchain } from "./toolchains.ts";

/** A program that others wrote, or that is written with what others published, at pinned versions. */
export interface Counterpart {
  /** What `test:interop NAME` takes: lower case with hyphens, unique in the harness. */
  name: string;
  /** What the table calls it: "Java SDK 1.1 in Tomcat, Streamable HTTP". */
  title: string;
  /**
   * What is pinned, for the table: `{ "@modelcontextprotocol/sdk": "1.32.2" }`. A package of Debian's
   * is whichever the machine has; the run says which it was.
   */
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
  /** The protocols it speaks, each measured with a client of that era; `["2025"]` unless told otherwise. */
  eras?: readonly Era[];
  /** The path of its endpoint; `/mcp`, with HTTP+SSE `/sse`, unless told otherwise. */
  path?: string;
  /** For a server with tools of its own: the call of its own that stands for one of the catalogue. */
  translate?(name: string, args: Record<string, unknown>): TranslatedCall | undefined;
  /** Starts it; resolves when it accepts connections. */
  start(options: BackendOptions): Promise<RunningBackend>;
}

/** See {@linkcode Backend.translate}. */
export interface TranslatedCall {
  name: string;
  args: Record<string, unknown>;
  /** What of its text stands for the text that the catalogue wants. */
  text?(text: string): string;
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

/** A backend of one era alone, for clients of the other one. */
export interface OneEraBackend extends Counterpart {
  /** The backend. */
  backend: Backend;
  /** What it speaks. */
  era: Era;
  /** Whether the harness stands before it and refuses the other era, since it speaks both. */
  filtered?: boolean;
}

/** What stands between the program and a backend. */
export interface Gateway extends Counterpart {
  /** The backend behind it. */
  backend: Backend;
  /** Starts it; resolves when it takes connections. */
  start(options: GatewayOptions): Promise<RunningGateway>;
}

/** What a gateway is started with. */
export interface GatewayOptions {
  /** Where the backend will listen: `host:port`. */
  upstream: string;
  /** The path of its endpoint. */
  path: string;
}

/** A gateway at work: how the program, and a direct client, reach the backend through it. */
export interface RunningGateway extends AsyncDisposable {
  /** The backend as clients name it. */
  readonly url: URL;
  /** More for the command line of the program. */
  readonly args: readonly string[];
  /** More for its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a direct client makes its requests with. */
  readonly client: Deno.HttpClient;
  /** The end of what it has written so far. */
  output(): string;
}

/** An MCP client that starts the program as its stdio server. */
export interface Client extends Counterpart {
  /** How long it waits for the handshake unless it is told otherwise; absent when it waits for good. */
  handshake?: {
    /** In milliseconds. */
    limit: number;
    /** Whether {@linkcode ClientOptions.connectTimeout} sets it. */
    settable: boolean;
  };
  /** The protocols in which it can go through the catalogue; none unless told otherwise. */
  eras?: readonly Era[];
  /** Whether it can go through the catalogue at a backend itself, with nothing between. */
  goesDirectly?: boolean;
  /** By behaviour, why this client has no such thing. */
  cannot?: Readonly<Record<string, string>>;
  /** The event that says that it did all it can; `echo` unless told otherwise. */
  achieves?: ClientEvent["event"];
  /**
   * Starts it: it connects, lists the tools, calls `echo`, and closes. A client that is told
   * `waitForChange` calls `grow` after `echo`, waits for `notifications/tools/list_changed` where it
   * can see it, and lists again. It prints one {@linkcode ClientEvent} a line on stdout.
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
  /** Instead of all this, what of the catalogue it is to do; the client program finds `STEPS`, `ERA`. */
  catalogue?: {
    era: Era;
    steps: readonly Step[];
    /** Where it goes instead of starting the server; the client program finds it as JSON in `BACKEND`. */
    backend?: { url: URL; token: string };
  };
  /** Whether it is to see `list_changed`; the client program finds `WAIT_FOR_CHANGE=1`. */
  waitForChange?: boolean;
  /** How long the client may wait for the handshake where it lets that be set, in milliseconds. */
  connectTimeout?: number;
  /** Awaited when the client has ended by itself, before what it has left behind is killed. */
  onExit?(): Promise<void>;
  /** Ends the start. */
  signal: AbortSignal;
}

/** What a client says, one JSON text a line. */
export type ClientEvent =
  | { event: "connected"; ms: number }
  | { event: "tools"; names: string[] }
  | { event: "echo"; text: string }
  | { event: "list_changed" }
  | { event: "step"; at: number; outcome: StepOutcome }
  | { event: "closed" }
  | { event: "error"; message: string };

/** An OpenID Provider or OAuth authorization server. */
export interface Provider extends Counterpart {
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
  /**
   * Where the program reaches it: the origin of its issuer. A proxy listens there that keeps what
   * was said and hands everything on, `Host` included.
   */
  origin: string;
  /** The redirect URL that its clients are registered with. */
  redirectUrl: string;
  /** The `aud` that its access tokens shall have where it can give one. */
  audience: string;
  /** The lifetime of the access tokens of the client `renewing`, in seconds. */
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
  /** More settings that whoever uses this provider sets: `{ OIDC_SCOPES: "openid mcp" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A person whom nobody else uses and who can sign in. */
  createPerson(): Promise<ProviderPerson>;
  /** A browser of this person's, in which nobody is signed in yet. */
  createBrowser(person: ProviderPerson, options?: ProviderBrowserOptions): ProviderBrowser;
  /** The same issuer over https, at `localhost`, with the certificate of the tests' own authority. */
  readonly secureIssuer?: string;
  /** Whether everybody may register clients (RFC 7591) from the start. */
  readonly openRegistration?: boolean;
  /** What its operator does; what is absent, it cannot. */
  readonly admin: ProviderAdministration;
  /** Ends it and all that it started at once. */
  kill(): Promise<void>;
  /** The end of what it has written so far. */
  output(): string;
}

/** Who can sign in at a provider. */
export interface ProviderPerson {
  readonly name: string;
  readonly password: string;
}

/**
 * The clients that a provider registers at its start. A flow whose client is absent is not offered.
 * Each but `service` has the redirect URL of the options and the grants for code and refresh.
 */
export interface ProviderClients {
  /** Without a secret, with PKCE. */
  readonly public: ProviderClient;
  /**
   * With refresh tokens that are good for one use where the provider can do so, and access tokens
   * that last {@linkcode ProviderOptions.accessTokenLifetime}. Absent where nothing is renewed.
   */
  readonly renewing?: ProviderClient;
  /** Which the provider lets ask for `offline_access`. */
  readonly offline?: ProviderClient;
  /** To which the provider gives no refresh token, whatever it asks for. */
  readonly withoutRefresh?: ProviderClient;
  /** With a secret that is sent by `client_secret_basic`. */
  readonly confidential?: ProviderClient;
  /** With a secret that is sent by `client_secret_post`. */
  readonly post?: ProviderClient;
  /** With a key of its own (`private_key_jwt`). */
  readonly key?: ProviderClient;
  /** With a secret, for client credentials. */
  readonly service?: ProviderClient;
  /** Without a secret, with the device grant. */
  readonly device?: ProviderClient;
  /** The same, of which the provider wants PKCE. */
  readonly deviceWithPkce?: ProviderClient;
  /** Of which the provider wants pushed authorization requests (RFC 9126). */
  readonly pushed?: ProviderClient;
  /** Of which the provider wants tokens bound by DPoP (RFC 9449). */
  readonly bound?: ProviderClient;
  /** For which each person is asked for consent. */
  readonly consent?: ProviderClient;
  /** Which registers itself (RFC 7591), where it needs settings to be of use; its id is empty. */
  readonly selfRegistered?: ProviderClient;
  /** With a secret, which may exchange its tokens (RFC 8693) for those of two audiences. */
  readonly exchanging?: ProviderClient & { readonly audiences: readonly [string, string] };
  /** Whose tokens are not meant for the backend. */
  readonly otherAudience?: ProviderClient;
}

/** One of {@linkcode ProviderClients}. */
export interface ProviderClient {
  readonly id: string;
  readonly secret?: string;
  /** The private key, as PKCS#8 in PEM or as a JWK. */
  readonly key?: string;
  /** More settings for this client: `{ OIDC_SCOPES: "openid" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** How a person behaves at a {@linkcode ProviderBrowser}. */
export interface ProviderBrowserOptions {
  /** What they answer when they are asked for consent; `allow` unless told otherwise. */
  consent?: "allow" | "deny";
}

/** A person at a browser that is scripted for the provider's pages; its cookies stay. */
export interface ProviderBrowser {
  /** Goes from an authorization URL to the first page that asks nothing: that of the program. */
  signIn(url: URL): Promise<Page>;
  /** Enters the user code at the verification page, signs in, and answers. Absent without device flow. */
  approveDevice?(verificationUrl: URL, userCode: string): Promise<Page>;
}

/** What a provider's operator can do here. */
export interface ProviderAdministration {
  /** Ends the person's sessions; the person may sign in again. */
  endSessions?(person: ProviderPerson): Promise<void>;
  /** Makes a client that a platform's JWT of this subject authenticates. */
  trustWorkload?(
    workload: { issuer: string; jwksUri: string; subject: string },
  ): Promise<ProviderClient>;
  /** The person may not sign in any more. */
  disable?(person: ProviderPerson): Promise<void>;
  /** How many sessions or refresh tokens of the person are good: zero after a logout. */
  countSessions?(person: ProviderPerson): Promise<number>;
  /** Decides whether everybody may register clients (RFC 7591). */
  setOpenRegistration?(open: boolean): Promise<void>;
  /** Decides whether clients that register may name scopes; those that name none have none. */
  setRegistrationScopes?(allowed: boolean): Promise<void>;
  /** A token that lets its holder register one client. */
  createInitialAccessToken?(): Promise<string>;
}

/** Another program that stands between a stdio client and a remote server. */
export interface Peer extends Counterpart {
  /** How it is let in at a backend, by way; what is absent, it has no setting for. */
  ways: Readonly<Partial<Record<PeerWay, (options: PeerOptions) => PeerCommand>>>;
}

/** How a backend comes to let a peer in. */
export type PeerWay =
  /** A person signs in at a browser; the backend says nothing of its provider. */
  | "browser"
  /** A person signs in at a browser; the backend says which provider it trusts (RFC 9728). */
  | "advertised"
  /** A person enters a code at another device (RFC 8628); the backend says which provider it trusts. */
  | "device code"
  /** Nobody signs in: a service with a secret of its own (RFC 6749 section 4.4). */
  | "client credentials"
  /** It is given an access token, which it cannot renew. */
  | "static token";

/** What starts a peer, in the environment and home that the harness gives it. */
export type PeerCommand = Pick<ProgramSettings, "command" | "args" | "env">;

/** What a peer is started with. */
export interface PeerOptions {
  /** Where it was installed. */
  directory: string;
  /** The backend. */
  url: URL;
  /** What the backend speaks; the client speaks that of 2025 always. */
  era: Era;
  /** A token that the backend accepts. */
  token: string;
  /** The provider, and the client that is registered there for people. */
  provider: { issuer: string; tokenEndpoint: string; clientId: string; redirectUrl: URL };
  /** The client that is registered for device codes. */
  deviceClientId: string;
  /** The client that is registered for client credentials. */
  service: { id: string; secret: string };
}
