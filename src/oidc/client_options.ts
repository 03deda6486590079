import type { Credential, PendingAuthorization, PendingDevice } from "../base/credential.ts";
import type { Log } from "../base/log.ts";
import type { ProviderNotes } from "../base/provider_notes.ts";
import type { SignInInvitation } from "../base/sign_in_invitation.ts";
import type { ClientAuthenticationMethod } from "./client_authentication/methods.ts";
import type { ControllingTerminal } from "./flows/controlling_terminal.ts";
import type { Fetch } from "./provider_fetch.ts";

/** The ways to sign in. */
export const flowNames = [
  "auto",
  "browser",
  "paste",
  "device",
  "client-credentials",
  "workload",
] as const;

/** One of {@linkcode flowNames}. */
export type FlowName = typeof flowNames[number];

/** Whether a flow signs the program in as itself, so that it needs no person. */
export function isUnattendedFlow(flow?: FlowName): boolean {
  return flow === "client-credentials" || flow === "workload";
}

/**
 * What a workload presents its JWT as: the grant itself (RFC 7523 section 2.1), the client's
 * authentication (section 2.2), or the subject of a token exchange (RFC 8693).
 */
export const workloadUses = ["grant", "client", "subject"] as const;

/** One of {@linkcode workloadUses}. */
export type WorkloadUse = typeof workloadUses[number];

/** How the token of a sign-in is exchanged: by RFC 8693, or as Entra ID has it. */
export const exchangeGrants = ["token-exchange", "on-behalf-of"] as const;

/** One of {@linkcode exchangeGrants}. */
export type ExchangeGrant = typeof exchangeGrants[number];

/** Stands for the client id of a workload that has none. */
export const withoutClientId = "(none)";

/** A JWT that a platform gave the program to show who it is. */
export interface Assertion {
  /** The JWT. */
  token: string;
  /** Where it comes from, for messages: `the file /var/run/secrets/token`. */
  origin: string;
}

/** How a workload signs in. */
export interface WorkloadOptions {
  /** What its JWT is presented as. */
  use: WorkloadUse;
  /** Gets the JWT, anew for each use. */
  readAssertion(request: {
    /** Whom it should be addressed to, where whoever gives it out can be told. */
    audience: string;
    /** Ends the wait. */
    signal: AbortSignal;
  }): Promise<Assertion>;
}

/** The client that we are at a backend's own authorization server. */
export interface BackendClient {
  /** The backend, which may say which authorization server it trusts (RFC 9728). */
  backendUrl: URL;
  /** The header fields that every request to the backend has. */
  backendHeaders?: () => Promise<Readonly<Record<string, string>>>;
  /** The issuer of its authorization server; the one that the backend names when absent. */
  issuerUrl?: URL;
  /** The client id there. */
  clientId: string;
  /** The client secret there. */
  clientSecret?: string;
  /** Reads that secret again before it is used, where a file has it. */
  readClientSecret?: () => Promise<string | undefined>;
  /** How to authenticate there. */
  clientAuthentication?: ClientAuthenticationMethod | "auto";
  /** Reads the client's private key. */
  readClientKey?: () => Promise<string>;
}

/** What the token of a sign-in is exchanged for. */
export interface ExchangeOptions {
  /** The grant of the exchange. */
  grant: ExchangeGrant;
  /** Whom the new token is for, as the provider calls it. */
  audience?: string;
  /** The resource indicator (RFC 8707); `none` to send none. */
  resource?: string;
  /** The scopes of the new token; empty to leave them to the provider. */
  scopes: readonly string[];
  /** The client at the authorization server that gives the token for an ID-JAG of the provider. */
  backend?: BackendClient;
}

/** Which of the tokens of a sign-in the backend may be shown. */
export const presentedTokens = ["access", "id"] as const;

/** One of {@linkcode presentedTokens}. */
export type PresentedToken = typeof presentedTokens[number];

/** What identifies us at the provider and how the person reaches it. */
export interface OidcClientOptions {
  /** The provider's issuer identifier. */
  issuerUrl: URL;
  /** Where the provider's metadata is, when not at a well-known place under the issuer. */
  metadataUrl?: URL;
  /** Accepts `{tenantid}` in the metadata's issuer, to be filled with the ID token's `tid`. */
  issuerTemplate?: boolean;
  /** Whether RFC 8414's metadata is wanted before OpenID Connect's (MCP, for advertised providers). */
  oauthMetadataFirst?: boolean;
  /** The client id registered at the provider. */
  clientId: string;
  /** The client secret of a confidential client. */
  clientSecret?: string;
  /**
   * Reads that secret again before it is used: where a file has it, it may have been replaced since
   * the start.
   */
  readClientSecret?: () => Promise<string | undefined>;
  /** How to authenticate; `auto` goes by the metadata and by what is configured. */
  clientAuthentication?: ClientAuthenticationMethod | "auto";
  /** Reads the client's private key: PEM PKCS#8 or a JWK. */
  readClientKey?: () => Promise<string>;
  /** The scopes to ask for; without `openid` it is plain OAuth 2.0. */
  scopes: readonly string[];
  /** The registered redirect URLs, on loopback hosts: the first whose port is free is used. */
  redirectUrls: readonly URL[];
  /** The way to sign in; `auto` unless told otherwise. */
  flow?: FlowName;
  /** How long to wait for the person, in milliseconds. */
  loginTimeout: number;
  /** Opens a URL in the person's browser; absent when they are to open it themselves. */
  openBrowser?: (url: URL) => Promise<void>;
  /** Why no browser can be opened from here, as the end of "…, because". */
  browserObstacle?: () => Promise<string | undefined>;
  /** The terminal the person sits at; `undefined` when there is none. */
  openTerminal?: () => Promise<ControllingTerminal | undefined>;
  /** Pushes authorization requests (RFC 9126) even when the provider does not require it. */
  pushedAuthorization?: boolean;
  /** Binds the tokens to a key of ours (RFC 9449). */
  dpop?: boolean;
  /** Refuses providers that do not say that they know PKCE S256. */
  strict?: boolean;
  /** The resource indicator (RFC 8707). */
  resource?: string;
  /** The audience parameter of providers that have one. */
  audience?: string;
  /** More parameters of the authorization request. */
  authorizationParameters?: Readonly<Record<string, string>>;
  /** More parameters of every token request. */
  tokenParameters?: Readonly<Record<string, string>>;
  /** Which token the backend is shown; the access token unless told otherwise. */
  presentedToken?: PresentedToken;
  /** How a workload signs in; needed by the flow of that name. */
  workload?: WorkloadOptions;
  /** What the token of a sign-in is exchanged for before the backend is shown it. */
  exchange?: ExchangeOptions;
  /** Keeps the metadata between starts. */
  notes?: ProviderNotes;
  /** Sends every request to the provider: where proxies and certificate authorities are dealt with. */
  fetch?: Fetch;
  /** Where the sign-in says what it does. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/** What a running sign-in is given; see `SignInContext` of the module `credentials`. */
export interface SignInOptions {
  /** An authorization to go on with, without opening the browser again. */
  resume?: PendingAuthorization;
  /**
   * With `resume`: when the same address is opened once more unless the person has come by then, in
   * milliseconds since the epoch; never when absent.
   */
  reopenAt?: number;
  /** A device code to go on with. */
  resumeDevice?: PendingDevice;
  /** Asks for the right to listen on a port among our own processes. */
  reservePort?(
    port: number,
    options: { wait: boolean },
  ): Promise<AsyncDisposable | undefined>;
  /** Called with what the person has to open, before the same request is offered to other processes. */
  onInvitation?(invitation: SignInInvitation): void;
  /** Called when the request is made and the listener is up, before the browser opens. */
  onPending?(pending: PendingAuthorization): Promise<void>;
  /** Called before the address of `resume` is opened once more. */
  onReopen?(): Promise<void>;
  /** Called with a new device code, before the person is told of it. */
  onDevice?(device: PendingDevice): Promise<void>;
  /** Called when the authorization response has come, before its code is redeemed. */
  onRedeem?(): Promise<void>;
  /** Called with the validated credential before the success page is shown. */
  onCredential?(credential: Credential): Promise<void>;
  /** Ends the sign-in. */
  signal: AbortSignal;
}
