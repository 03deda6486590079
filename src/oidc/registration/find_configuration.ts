import { ProxyError } from "../../base/errors.ts";
import { excerpt } from "../../base/excerpt.ts";
import { withoutClientId } from "../client_options.ts";
import type { ClientAuthenticationMethod } from "../client_authentication/methods.ts";
import type { DiscoveringClientOptions } from "./discovery_options.ts";
import { requireUsable } from "../discovery/check_metadata.ts";
import { type FindOptions, findProvider, type FoundProvider } from "./find_provider.ts";
import { registerClient, type RegisteredClient, type RegisteredFlow } from "./register_client.ts";
import { refuseForAdvertised } from "./refuse_for_advertised.ts";
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
  /**
   * Registers anew, naming the scopes and those of a step-up, since a sign-in was refused them;
   * absent unless the client registered itself.
   *
   * @throws {ProxyError} the refusal of the sign-in, where that brings nothing
   */
  registerFor?(
    stepUpScopes: readonly string[],
    how: { refusal: ProxyError; signal: AbortSignal },
  ): Promise<FoundConfiguration>;
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
  options: DiscoveringClientOptions,
  { clientId, ...how }: ConfigurationOptions,
): Promise<FoundConfiguration> {
  const provider = await findProvider(options, how);
  const { issuerUrl, scopes, resource, oauthMetadataFirst } = provider;
  const found = {
    issuerUrl,
    scopes,
    oauthMetadataFirst,
    ...(resource !== undefined && { resource }),
  };
  if (clientId !== undefined) {
    return { ...found, ...await clientOf(clientId, { options, provider }) };
  }
  const { registeredFor, ...client } = await clientToSignInAs(options, {
    provider,
    signal: how.signal,
  });
  return {
    ...found,
    ...client,
    ...registeredFor && {
      async registerFor(stepUpScopes, { refusal, signal }) {
        const wanted = [...new Set([...scopes, ...stepUpScopes])];
        const isBound = registeredFor.length > 0;
        // One that was given scopes without naming them lacks only those of the step-up.
        if (!isBound && stepUpScopes.length > 0) throw refusal;
        if (wanted.every((scope) => registeredFor.includes(scope))) throw refusal;
        try {
          const { registeredFor: _named, ...client } = await register(options, {
            provider,
            scopes: wanted,
            signal,
          });
          return { ...found, ...client };
        } catch (error) {
          signal.throwIfAborted();
          throw error instanceof ProxyError
            ? notForScopes(error, { refusal, registeredFor })
            : error;
        }
      },
    },
  };
}

/** Says that the client has no such scopes and that none is registered which has. */
function notForScopes(
  error: ProxyError,
  { refusal, registeredFor }: { refusal: ProxyError; registeredFor: readonly string[] },
): ProxyError {
  if (error.transient) return error;
  const named = registeredFor.length > 0
    ? `for ${excerpt(registeredFor.join(" "))}`
    : "without naming scopes";
  // Keycloak refuses scopes with the code and the status of a registration that is not for everybody.
  const isAboutScopes = /client ?scope/i.test(error.what);
  const another = error.reason === "registration_closed" && !isAboutScopes
    ? ", or set OIDC_REGISTRATION_TOKEN_FILE to a file with a new initial access token and sign in again"
    : "";
  return new ProxyError({
    ...refusal,
    what: `${refusal.what}; the client registered itself ${named}, and cannot ` +
      `register for these: ${error.what}`,
    fix: `register a client with these scopes by hand and set OIDC_CLIENT_ID${another}, or set ` +
      "OIDC_SCOPES to what clients may have that register themselves",
    cause: error,
  });
}

const nothingToForget = () => Promise.resolve();

/** A client to sign in as. */
interface SigningInClient
  extends
    Pick<FoundConfiguration, "clientId" | "clientSecret" | "clientAuthentication" | "forget"> {
  /** When it registered itself, the scopes that it named then. */
  registeredFor?: readonly string[];
}

/** Who we are at a provider, if need be by registering there. */
async function clientToSignInAs(
  options: DiscoveringClientOptions,
  { provider, signal }: { provider: FoundProvider; signal: AbortSignal },
): Promise<SigningInClient> {
  const { clientId, clientMetadataUrl, redirectUrls, notes, now = Date.now } = options;
  if (clientId !== undefined) {
    refuseForAdvertised(options, { provider, given: options.clientSecret, kind: "client secret" });
    return { clientId, forget: nothingToForget };
  }
  // Its JWT says who it is; that is what spares it being registered (MCP, SEP-1933).
  if (options.flow === "workload") return withoutClient();
  const { issuer, client_id_metadata_document_supported: takesDocuments } = provider.metadata;
  if (clientMetadataUrl && takesDocuments) return documented(clientMetadataUrl);
  const noted = await registrationsIn(notes, { issuer, redirectUrls }).current();
  const isGood = noted && !hasEnded(noted, now()) && isAsAskedFor(noted, options);
  return isGood
    ? registered(noted, { options, provider })
    : await register(options, { provider, signal });
}

/** Registers a client and keeps it, to sign in as. */
async function register(
  options: DiscoveringClientOptions,
  { provider, scopes, signal }: {
    provider: FoundProvider;
    scopes?: readonly string[];
    signal: AbortSignal;
  },
) {
  const { redirectUrls, notes, log, clientAuthentication: method } = options;
  refuseForAdvertised(options, {
    provider,
    given: options.readRegistrationToken,
    kind: "initial access token",
  });
  const { metadata, refused } = await provider.metadataWith([
    "registration_endpoint",
    "device_authorization_endpoint",
  ]);
  requireUsable(refused, "registration_endpoint");
  const { issuer } = metadata;
  const client = await registerClient(metadata, {
    redirectUrls,
    flows: flowsToRegister(options, Boolean(metadata.device_authorization_endpoint)),
    scopes,
    method,
    readInitialAccessToken: options.readRegistrationToken,
    fetch: provider.fetch,
    signal,
  });
  const { flows } = client;
  log.info(
    `registered as a client at ${issuer}${
      flows ? `, which takes no more than one flow: ${flows}` : ""
    }`,
  );
  await registrationsIn(notes, { issuer, redirectUrls }).keep(client);
  return registered(client, { options, provider });
}

function flowsToRegister(
  { flow }: DiscoveringClientOptions,
  hasDeviceFlow: boolean,
): readonly [RegisteredFlow, ...RegisteredFlow[]] {
  if (!hasDeviceFlow) return ["code"];
  return flow === "device" ? ["device", "code"] : ["code", "device"];
}

/** The client that a credential was given to, as far as it is remembered. */
async function clientOf(
  clientId: string,
  { options, provider }: { options: DiscoveringClientOptions; provider: FoundProvider },
) {
  const { clientMetadataUrl, redirectUrls, notes } = options;
  if (clientId === options.clientId) {
    refuseForAdvertised(options, { provider, given: options.clientSecret, kind: "client secret" });
    return { clientId, forget: nothingToForget };
  }
  if (clientId === clientMetadataUrl?.href) return documented(clientMetadataUrl);
  const registrations = registrationsIn(notes, { issuer: provider.metadata.issuer, redirectUrls });
  const client = await registrations.byId(clientId) ?? { clientId, method: "none" as const };
  const { registeredFor: _scopes, ...found } = registered(client, { options, provider });
  return found;
}

function withoutClient() {
  return {
    clientId: withoutClientId,
    clientSecret: undefined,
    clientAuthentication: "none" as const,
    forget: nothingToForget,
  };
}

function documented(url: URL) {
  return {
    clientId: url.href,
    clientSecret: undefined,
    clientAuthentication: "none" as const,
    forget: nothingToForget,
  };
}

function registered(
  { clientId, clientSecret, method, scopes = [] }: RegisteredClient,
  { options, provider }: { options: DiscoveringClientOptions; provider: FoundProvider },
) {
  const { issuer } = provider.metadata;
  const registrations = registrationsIn(options.notes, {
    issuer,
    redirectUrls: options.redirectUrls,
  });
  return {
    clientId,
    // Whatever secret is configured is that of another client.
    clientSecret,
    clientAuthentication: method,
    /** The scopes that it was registered for by name. */
    registeredFor: scopes,
    forget: ({ gone }: { gone: boolean }) => registrations.forget({ clientId, gone }),
  };
}

function hasEnded({ expiresAt }: RegisteredClient, now: number): boolean {
  return expiresAt !== undefined && expiresAt < now + 60_000;
}

/** Whether a client was registered with what is set now, or whatever came of it. */
function isAsAskedFor(
  { method, asked, flows }: RegisteredClient,
  { clientAuthentication: wanted = "auto", flow }: DiscoveringClientOptions,
): boolean {
  const isMethod = wanted === "auto" || wanted === (asked ?? method);
  return isMethod && (!flows || flows.includes(flow === "device" ? "device" : "code"));
}
