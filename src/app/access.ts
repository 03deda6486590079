import type { Credential } from "../base/credential.ts";
import {
  createCredentialSource,
  type CredentialSource,
  type CredentialSourceOptions,
} from "../credentials/credential_source.ts";
import { flowParameter, type Identity } from "../credentials/identity.ts";
import type { ProviderFlows } from "../credentials/provider_flows.ts";
import type { BackendMemory } from "../bridge/start/backend_memory.ts";
import { createBackendMemory } from "../memory/backend_memory.ts";
import { describe, ProxyError } from "../base/errors.ts";
import { createHttpFetch } from "../net/http_client.ts";
import type { Log } from "../base/log.ts";
import type { SignIn } from "../bridge/start/sign_in.ts";
import type { OidcClient } from "../oidc/oidc_client.ts";
import type { OidcClientOptions } from "../oidc/client_options.ts";
import type { StepUpRequest } from "../oidc/step_up_request.ts";
import type { DiscoveringClient } from "../oidc/discovering_client.ts";
import { rememberSecret } from "../base/redactor.ts";
import type { Settings } from "../settings/settings.ts";
import type { ProviderNotes } from "../base/provider_notes.ts";
import { readTextFile } from "../base/read_file.ts";
import { backendHeaders } from "./backend_headers.ts";
import { cacheDirectory } from "./cache_directory.ts";
import { options } from "../settings/options.ts";
import { requireSettings } from "../settings/required_settings.ts";

/** Who is asked to authorize what, and as whom. */
export interface Access {
  /** Gives out the credential. */
  source: CredentialSource;
  /** Begins a sign-in, and says what the person has to open. */
  signIn: SignIn;
  /** Makes later sign-ins ask for this besides what is configured, in place of what was set before. */
  setStepUp(stepUp: StepUpRequest): Promise<void>;
  /** Finds out what the settings leave open, unless that is known since the last start. */
  configure(signal: AbortSignal): Promise<void>;
  /** Asks a backend that named its provider again; true when it names another one now. */
  hasProviderChanged(credential: Credential, signal: AbortSignal): Promise<boolean>;
}

/** What stands for a client id that a provider has yet to give. */
const dynamicallyRegistered = "(registered by itself)";

/** Whether the issuer or the client id is to be found out by asking the backend and the provider. */
export function discoversConfiguration(settings: Settings): boolean {
  return settings.oidcIssuerUrl === undefined || settings.oidcClientId === undefined;
}

/** Whether a credential belongs to a client that was registered without anybody's doing. */
export function isDynamicallyRegistered({ clientId }: Identity): boolean {
  return clientId === dynamicallyRegistered;
}

/** Whose credential the settings are about. */
export function identityOf(given: Settings): Identity {
  const settings = requireIdentity(given);
  const { oidcIssuerUrl, oidcClientId, oidcAudience } = settings;
  const resource = resourceOf(settings);
  const { oidcAuthParams, oidcTokenParams } = settings;
  return {
    // Who the backend trusts may change; the credential is for this backend all the same.
    issuer: (oidcIssuerUrl ?? settings.backendUrl!).href,
    clientId: oidcClientId ?? dynamicallyRegistered,
    scopes: oidcIssuerUrl || scopesGiven(settings) ? scopesOf(settings) : [],
    ...(resource !== undefined && { resource }),
    ...(oidcAudience !== undefined && { audience: oidcAudience }),
    authorizationParameters: {
      ...oidcAuthParams,
      ...Object.fromEntries(
        Object.entries(oidcTokenParams).map(([name, value]) => [`(token request) ${name}`, value]),
      ),
      // What else makes it another credential, beside the parameters that a provider sees.
      ...(settings.oidcToken === "id" && { "(token)": "id" }),
      ...(settings.oidcDpop && { "(dpop)": "yes" }),
      // Where the issuer is configured, none is sent anyway.
      ...(settings.oidcResource === "none" && !oidcIssuerUrl && { "(resource)": "none" }),
      ...(settings.oidcFlow === "client-credentials" && { [flowParameter]: settings.oidcFlow }),
    },
    profile: settings.profile,
  };
}

/** The scopes to ask for. */
export function scopesOf({ oidcScopes, noOpenid }: Settings): readonly string[] {
  return noOpenid ? oidcScopes.filter((scope) => scope !== "openid") : oidcScopes;
}

/** The resource indicator to send, when the settings name one. */
function resourceOf({ oidcResource }: Settings): string | undefined {
  return oidcResource === "none" ? undefined : oidcResource;
}

function scopesGiven({ oidcScopes }: Settings): boolean {
  return oidcScopes !== options.oidcScopes.default;
}

/** Makes sure that there is a provider and a client id, or a backend to ask for them. */
function requireIdentity(settings: Settings): Settings {
  return settings.backendUrl
    ? settings
    : requireSettings(settings, ["oidcIssuerUrl", "oidcClientId"]);
}

/** The credential source that the settings describe. */
export function createSource(
  settings: Settings,
  log: Log,
  options: AccessOptions = {},
): CredentialSource {
  return createAccess(settings, log, options).source;
}

/** What is asked of a source besides what the settings say. */
export type AccessOptions = Pick<CredentialSourceOptions, "mustStore">;

/** The credential source that the settings describe, and what else there is to ask of its flows. */
export function createAccess(
  settings: Settings,
  log: Log,
  { mustStore }: AccessOptions = {},
): Access {
  // The flows are loaded when the first of them is needed: most starts need none.
  let loaded: ReturnType<typeof createFlows> | undefined;
  const load = () => loaded ??= createFlows(settings, { log, notes: source.notes });
  const flows: ProviderFlows = {
    unattended: settings.oidcFlow === "client-credentials",
    signIn: async (context) => (await load()).signIn(context),
    refresh: async (credential, signal) => (await load()).refresh(credential, signal),
  };
  const source = createCredentialSource({
    cacheDir: cacheDirectory(settings.cacheDir),
    identity: identityOf(settings),
    flows,
    log,
    encryption: settings.credentialEncryption,
    mustStore,
  });
  return {
    source,
    signIn: {
      isAtHand: source.isAtHand,
      begin: async (signal) => void await source.current({ interactive: true, signal }),
      invitation: source.invitation,
      isAvailable: (signal) =>
        Promise.resolve(source.current({ interactive: false, signal })).then(
          () => true,
          () => false,
        ),
      obstacle: async () => {
        const { signInObstacle } = await import("./sign_in_obstacle.ts");
        return await signInObstacle(settings);
      },
    },
    setStepUp: async (stepUp) => (await load()).setStepUp(stepUp),
    hasProviderChanged: async (credential, signal) =>
      discoversConfiguration(settings) &&
      await (await load()).hasProviderChanged?.(credential, signal) === true,
    configure: async (signal) => await (await load()).configure?.(signal),
  };
}

/** What {@linkcode backendMemory} needs besides the settings. */
export interface BackendMemoryContext extends Pick<Access, "source"> {
  /** The header fields that every request to the backend carries: they may make another one of it. */
  headers: Readonly<Record<string, string>>;
  /** Where it says what it does. */
  log: Log;
}

/** What the backend last said to the account of these settings. */
export function backendMemory(
  settings: Settings,
  { source, headers, log }: BackendMemoryContext,
): BackendMemory {
  return createBackendMemory({
    backend: JSON.stringify([settings.backendUrl?.href, Object.entries(headers).sort()]),
    account: () => source.account(),
    files: () => source.accountFiles(),
    log,
  });
}

/** What settings say of the OIDC client. No member is optional, so that none can be forgotten. */
type ConfiguredMembers = {
  [Name in keyof Required<Omit<OidcClientOptions, NotConfigured>>]: OidcClientOptions[Name];
};

/** What is found out, or for tests. */
type NotConfigured = "issuerUrl" | "clientId" | "oauthMetadataFirst" | "now";

/** The OIDC client that the settings describe. */
export async function createFlows(
  settings: Settings,
  { log, notes }: { log: Log; notes?: ProviderNotes },
): Promise<
  OidcClient & Partial<Pick<DiscoveringClient, "clientOrigin" | "configure" | "hasProviderChanged">>
> {
  const [{ createOidcClient }, fetch] = await Promise.all([
    import("../oidc/oidc_client.ts"),
    createHttpFetch(settings),
  ]);
  const { browser: command, oidcClientKeyFile, oidcRegistrationTokenFile } = settings;
  const { oidcIssuerUrl: issuerUrl, oidcClientId: clientId } = requireIdentity(settings);
  const known: ConfiguredMembers = {
    metadataUrl: settings.oidcMetadataUrl,
    issuerTemplate: settings.oidcIssuerTemplate,
    clientSecret: await clientSecretOf(settings),
    clientAuthentication: settings.oidcClientAuth,
    readClientKey: oidcClientKeyFile === undefined
      ? undefined
      : () => readSecretFile(oidcClientKeyFile, "OIDC_CLIENT_KEY_FILE"),
    scopes: scopesOf(settings),
    redirectUrls: settings.oidcRedirectUrls,
    flow: settings.oidcFlow,
    loginTimeout: settings.loginTimeout * 1000,
    openBrowser: settings.noBrowser ? undefined : async (url: URL) => {
      const { openBrowser } = await import("../platform/browser.ts");
      await openBrowser(url, { command });
    },
    browserObstacle: async () => {
      const { browserObstacle } = await import("../platform/browser_obstacle.ts");
      return await browserObstacle({ command });
    },
    openTerminal: async () => {
      const { openControllingTerminal } = await import("../oidc/flows/controlling_terminal.ts");
      return await openControllingTerminal();
    },
    pushedAuthorization: settings.oidcPar,
    dpop: settings.oidcDpop,
    strict: settings.strict,
    resource: resourceOf(settings),
    audience: settings.oidcAudience,
    authorizationParameters: settings.oidcAuthParams,
    tokenParameters: settings.oidcTokenParams,
    presentedToken: settings.oidcToken,
    notes,
    fetch,
    log,
  };
  if (issuerUrl && clientId !== undefined) {
    return createOidcClient({ ...known, issuerUrl, clientId });
  }
  const { createDiscoveringClient } = await import("../oidc/discovering_client.ts");
  return createDiscoveringClient({
    ...known,
    backendUrl: settings.backendUrl!,
    backendHeaders: () =>
      backendHeaders({
        ...settings,
        getEnv: (name) => Deno.env.get(name),
        readTextFile,
      }),
    issuerUrl,
    clientId,
    clientMetadataUrl: settings.oidcClientMetadataUrl,
    readRegistrationToken: oidcRegistrationTokenFile === undefined ? undefined : async () => {
      const file = oidcRegistrationTokenFile;
      const token = (await readSecretFile(file, "OIDC_REGISTRATION_TOKEN_FILE")).trim();
      rememberSecret(token);
      return token;
    },
    scopesGiven: scopesGiven(settings),
    withoutResource: settings.oidcResource === "none",
  });
}

async function clientSecretOf(settings: Settings): Promise<string | undefined> {
  const { oidcClientSecret, oidcClientSecretFile } = settings;
  const secret = oidcClientSecret !== undefined || oidcClientSecretFile === undefined
    ? oidcClientSecret
    : (await readSecretFile(oidcClientSecretFile, "OIDC_CLIENT_SECRET_FILE"))
      .replace(/\r?\n$/, "");
  rememberSecret(secret);
  return secret;
}

async function readSecretFile(path: string, setting: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    throw new ProxyError({
      category: "Configuration error",
      what: `cannot read the file of ${setting}: ${describe(error)}`,
      fix: "name a file that this user can read",
      reason: "file_unreadable",
      cause: error,
    });
  }
}
