import type { Credential, PendingAuthorization } from "../credential.ts";
import { ProxyError } from "../errors.ts";
import type { Log } from "../log.ts";

/** What identifies us at the provider and how the person reaches it. */
export interface OidcClientOptions {
  /** The provider's issuer identifier. */
  issuerUrl: URL;
  /** The client id registered at the provider. */
  clientId: string;
  /** The client secret of a confidential client. */
  clientSecret?: string;
  /** The scopes to ask for, `openid` among them. */
  scopes: readonly string[];
  /** The registered redirect URL, on a loopback host. */
  redirectUrl: URL;
  /** How long to wait for the person, in milliseconds. */
  loginTimeout: number;
  /** Opens a URL in the person's browser; absent when they are to open it themselves. */
  openBrowser?: (url: URL) => Promise<void>;
  /** Where the sign-in says what it does. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/** What a running sign-in is given; see `SignInContext` of the credentials room. */
export interface SignInOptions {
  /** An authorization to go on with, without opening the browser again. */
  resume?: PendingAuthorization;
  /** Called when the request is made and the listener is up, before the browser opens. */
  onPending?(pending: PendingAuthorization): Promise<void>;
  /** Called with the validated credential before the success page is shown. */
  onCredential?(credential: Credential): Promise<void>;
  /** Ends the sign-in. */
  signal: AbortSignal;
}

/** The OIDC client (relying party) for one issuer and client id. */
export interface OidcClient {
  /** Signs in by the configured flow. */
  signIn(options: SignInOptions): Promise<Credential>;
  /** RFC 6749 section 6. */
  refresh(credential: Credential, signal: AbortSignal): Promise<Credential>;
}

/** The OIDC client for one issuer; talks to nobody before it is asked to sign in or refresh. */
export function createOidcClient(_options: OidcClientOptions): OidcClient {
  const unbuilt = () =>
    Promise.reject(
      new ProxyError({
        category: "Internal error",
        what: "unbuilt",
        todo: "build it",
        reason: "internal",
      }),
    );
  return { signIn: unbuilt, refresh: unbuilt };
}
