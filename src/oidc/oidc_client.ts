import type { Credential, PendingAuthorization } from "../credential.ts";
import type { Log } from "../log.ts";
import type { ProviderConnection } from "./provider_connection.ts";
import type { Fetch } from "./provider_fetch.ts";

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
  /** Sends every request to the provider: where proxies and certificate authorities are dealt with. */
  fetch?: Fetch;
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

/**
 * The OIDC client for one issuer; talks to nobody, and loads nothing, before it is asked to sign in
 * or refresh.
 */
export function createOidcClient(options: OidcClientOptions): OidcClient {
  let connected: ProviderConnection | undefined;
  const connect = async (signal: AbortSignal) => {
    const { connectProvider } = await import("./provider_connection.ts");
    return connected ??= await connectProvider(options, signal);
  };
  return {
    async signIn(signIn) {
      const { signInWithBrowser } = await import("./flows/browser_flow.ts");
      return await signInWithBrowser(await connect(signIn.signal), options, signIn);
    },
    async refresh(credential, signal) {
      const { refreshCredential } = await import("./tokens/refresh_credential.ts");
      return await refreshCredential(await connect(signal), credential, signal);
    },
  };
}
