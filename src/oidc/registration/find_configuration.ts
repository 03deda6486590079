import type { ClientAuthenticationMethod } from "../client_authentication/methods.ts";
import type { SelfConfiguringClientOptions } from "../self_configuring_client.ts";
import { type FindOptions, findProvider, type FoundProvider } from "./find_provider.ts";
import { registerClient, type RegisteredClient } from "./register_client.ts";
import { registrationsIn } from "./registrations.ts";

/** What was missing in the configuration. */
export interface FoundConfiguration
  extends Pick<FoundProvider, "issuerUrl" | "scopes" | "resource" | "oauthMetadataFirst"> {
  /** The client id. */
  clientId: string;
  /** The client secret. */
  clientSecret?: string;
  /** How to authenticate. */
  clientAuthentication?: ClientAuthenticationMethod | "auto";
  /** Forgets the registration, so that the next time makes a new one. */
  forget(how: {
    /** Whether the provider does not know the client any more. */
    gone: boolean;
  }): Promise<void>;
}

/** Who is to be found. */
export interface ConfigurationOptions extends FindOptions {
  /**
   * The client that a credential was given to, instead of the one to sign in as: nothing is
   * registered for it. What nobody remembers of it, its secret for example, is left out.
   */
  clientId?: string;
}

/** Finds out what the settings leave open: the issuer by the backend, the client id by registering. */
export async function findConfiguration(
  options: SelfConfiguringClientOptions,
  { clientId, ...how }: ConfigurationOptions,
): Promise<FoundConfiguration> {
  const provider = await findProvider(options, how);
  const { issuerUrl, scopes, resource, oauthMetadataFirst } = provider;
  return {
    issuerUrl,
    scopes,
    oauthMetadataFirst,
    ...(resource !== undefined && { resource }),
    ...clientId === undefined
      ? await clientToSignInAs(options, { provider, signal: how.signal })
      : await clientOf(clientId, { options, provider }),
  };
}

const nothingToForget = () => Promise.resolve();

/** Who we are at a provider, if need be by registering there. */
async function clientToSignInAs(
  options: SelfConfiguringClientOptions,
  { provider, signal }: { provider: FoundProvider; signal: AbortSignal },
) {
  const { clientId, clientMetadataUrl, redirectUrls, notes, log, now = Date.now } = options;
  if (clientId !== undefined) return { clientId, forget: nothingToForget };
  const { issuer, client_id_metadata_document_supported: takesDocuments } = provider.metadata;
  if (clientMetadataUrl && takesDocuments) return documented(clientMetadataUrl);
  const registrations = registrationsIn(notes, { issuer, redirectUrls });
  const wanted = options.clientAuthentication ?? "auto";
  const noted = await registrations.current();
  let client: RegisteredClient;
  if (noted && !hasEnded(noted, now()) && isAsAskedFor(noted, wanted)) {
    client = noted;
  } else {
    const metadata = await provider.metadataWith([
      "registration_endpoint",
      "device_authorization_endpoint",
    ]);
    client = await registerClient(metadata, {
      redirectUrls,
      device: Boolean(metadata.device_authorization_endpoint),
      method: wanted,
      readInitialAccessToken: options.readRegistrationToken,
      fetch: provider.fetch,
      signal,
    });
    log.info(`registered as a client at ${issuer}`);
    await registrations.keep(client);
  }
  return registered(
    client,
    ({ gone }) => registrations.forget({ clientId: client.clientId, gone }),
  );
}

/** The client that a credential was given to, as far as it is remembered. */
async function clientOf(
  clientId: string,
  { options, provider }: { options: SelfConfiguringClientOptions; provider: FoundProvider },
) {
  const { clientMetadataUrl, redirectUrls, notes } = options;
  if (clientId === options.clientId) return { clientId, forget: nothingToForget };
  if (clientId === clientMetadataUrl?.href) return documented(clientMetadataUrl);
  const registrations = registrationsIn(notes, { issuer: provider.metadata.issuer, redirectUrls });
  const client = await registrations.byId(clientId) ?? { clientId, method: "none" as const };
  return registered(client, ({ gone }) => registrations.forget({ clientId, gone }));
}

function documented(url: URL) {
  return {
    clientId: url.href,
    clientSecret: undefined,
    clientAuthentication: "none" as const,
    forget: nothingToForget,
  };
}

function registered(client: RegisteredClient, forget: FoundConfiguration["forget"]) {
  return {
    clientId: client.clientId,
    // Whatever secret is configured is that of another client.
    clientSecret: client.clientSecret,
    clientAuthentication: client.method,
    forget,
  };
}

function hasEnded({ expiresAt }: RegisteredClient, now: number): boolean {
  return expiresAt !== undefined && expiresAt < now + 60_000;
}

/** Whether a client was registered with the authentication that is set now, or whatever came of it. */
function isAsAskedFor(client: RegisteredClient, wanted: RegisteredClient["method"]): boolean {
  return wanted === "auto" || wanted === (client.asked ?? client.method);
}
