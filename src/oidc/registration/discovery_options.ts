import type { OidcClientOptions } from "../client_options.ts";

/** What a client that finds out the rest by itself is told. */
export interface DiscoveringClientOptions
  extends Omit<OidcClientOptions, "issuerUrl" | "clientId"> {
  /** The backend, which may say where to sign in (RFC 9728); not asked when the issuer is known. */
  backendUrl: URL;
  /** The header fields that every request to the backend has, which a gateway before it may want. */
  backendHeaders?: () => Promise<Readonly<Record<string, string>>>;
  /** The provider's issuer, when it is known. */
  issuerUrl?: URL;
  /** The client id, when there is one. */
  clientId?: string;
  /** The URL of this client's metadata document, for providers that take it for a client id. */
  clientMetadataUrl?: URL;
  /** Reads the initial access token (RFC 7591 section 1.2) for a provider that wants one. */
  readRegistrationToken?: () => Promise<string>;
  /** Whether `scopes` are what the person set; else the backend's are better. */
  scopesGiven: boolean;
  /** Whether not to send the resource indicator that the backend advertises. */
  withoutResource?: boolean;
}
