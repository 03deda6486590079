import type { Credential } from "../base/credential.ts";
import {
  createCredentialSource,
  type CredentialSource,
  type CredentialSourceOptions,
} from "../credentials/credential_source.ts";
import { derivedIdentity, flowParameter, type Identity } from "../credentials/identity.ts";
import type { ProviderFlows } from "../credentials/provider_flows.ts";
import type { BackendMemory } from "../bridge/start/backend_memory.ts";
import { createBackendMemory } from "../memory/backend_memory.ts";
import { describe, ProxyError } from "../base/errors.ts";
import { createHttpFetch } from "../net/http_client.ts";
import type { Log } from "../base/log.ts";
import type { SignIn } from "../bridge/start/sign_in.ts";
import type { OidcClient } from "../oidc/oidc_client.ts";
import {
  type ExchangeOptions,
  isUnattendedFlow,
  type OidcClientOptions,
  type WorkloadOptions,
} from "../oidc/client_options.ts";
import type { Fetch } from "../oidc/provider_fetch.ts";
import type { StepUpRequest } from "../oidc/step_up_request.ts";
import type { DiscoveringClient } from "../oidc/discovering_client.ts";
import { rememberSecret } from "../base/redactor.ts";
import type { Settings } from "../settings/settings.ts";
import type { ProviderNotes } from "../base/provider_notes.ts";
import { readTextFile } from "../base/read_file.ts";
import { backendHeaders } from "./backend_headers.ts";
import { cacheDirectory } from "./cache_directory.ts";
import { options } from "../settings/options.ts";
import type { ExchangeFlows } from "./exchange_flows.ts";
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

/** Whose credential the backend is shown: that of the sign-in, or what is derived from it. */
export function identityOf(settings: Settings): Identity {
  const identity = signInIdentityOf(settings);
  return isDerived(settings) ? derivedIdentity(identity, exchangeParameters(settings)) : identity;
}

/** Whether the backend is shown another token than the one that the sign-in brings. */
export function exchangesTokens(settings: Settings): boolean {
  const { oidcExchangeAudience, oidcExchangeResource, oidcExchangeScopes } = settings;
  return oidcExchangeAudience !== undefined || oidcExchangeResource !== undefined ||
    oidcExchangeScopes.length > 0 || settings.backendClientId !== undefined;
}

/** The settings of the sign-in alone. */
export function withoutExchange(settings: Settings): Settings {
  return {
    ...settings,
    oidcExchangeAudience: undefined,
    oidcExchangeResource: undefined,
    oidcExchangeScopes: [],
    backendClientId: undefined,
  };
}

/** Whether there is a sign-in of its own that many backends share; a workload's exchange is all in one. */
function isDerived(settings: Settings): boolean {
  return exchangesTokens(settings) && !isSubject(settings);
}

/** Whether a new token of the backend takes no person as such; the sign-in that it comes of may. */
export function signsInUnattended(settings: Settings): boolean {
  return isUnattendedFlow(settings.oidcFlow) || isDerived(settings);
}

function isSubject({ oidcFlow, oidcWorkloadAs }: Settings): boolean {
  return oidcFlow === "workload" && oidcWorkloadAs === "subject";
}

/** What makes a derived token another one. */
function exchangeParameters(settings: Settings): Record<string, string | undefined> {
  const { backendClientId, oidcExchangeScopes, oidcExchangeGrant } = settings;
  const hasServer = backendClientId !== undefined;
  return {
    audience: settings.oidcExchangeAudience,
    resource: settings.oidcExchangeResource,
    scopes: oidcExchangeScopes.length > 0 ? [...oidcExchangeScopes].sort().join(" ") : undefined,
    grant: oidcExchangeGrant === "token-exchange" ? undefined : oidcExchangeGrant,
    client: backendClientId,
    ...hasServer && { issuer: settings.backendIssuerUrl?.href, backend: settings.backendUrl?.href },
  };
}

/** Whose sign-in the settings are about. */
export function signInIdentityOf(given: Settings): Identity {
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
      ...(isUnattendedFlow(settings.oidcFlow) && { [flowParameter]: settings.oidcFlow }),
      ...(settings.oidcFlow === "workload" && workloadParameters(settings)),
    },
    profile: settings.profile,
  };
}

/** Which workload it is: another JWT, or another use of it, is another identity. */
function workloadParameters(settings: Settings): Record<string, string> {
  const { oidcAssertionFile, oidcAssertionEnv, oidcWorkloadAs } = settings;
  const variable = oidcAssertionEnv === undefined ? undefined : `$${oidcAssertionEnv}`;
  const exchange = Object.entries(isSubject(settings) ? exchangeParameters(settings) : {});
  return {
    ...Object.fromEntries(
      exchange.flatMap(([name, value]) =>
        value === undefined ? [] : [[`(subject) ${name}`, value]]
      ),
    ),
    "(assertion)": oidcAssertionFile ?? variable ?? "GitHub Actions",
    "(assertion as)": oidcWorkloadAs,
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
  // The backends that share a sign-in do not each say where it is.
  const isShared = isDerived(settings);
  return settings.backendUrl && !isShared
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

/** What is asked of the flows, whichever they are. */
type Flows =
  & Pick<OidcClient, "signIn" | "refresh" | "setStepUp">
  & Partial<Pick<DiscoveringClient, "configure" | "hasProviderChanged">>;

/** What is asked of a source besides what the settings say. */
export type AccessOptions = Pick<CredentialSourceOptions, "mustStore">;

/** The credential source that the settings describe, and what else there is to ask of its flows. */
export function createAccess(
  settings: Settings,
  log: Log,
  { mustStore }: AccessOptions = {},
): Access {
  // The flows are loaded when the first of them is needed: most starts need none.
  let loaded: Promise<Flows> | undefined;
  let exchange: ExchangeFlows | undefined;
  const load = () =>
    loaded ??= loadFlows().catch((error) => {
      // A file that was not there, or not readable, may be by the next time.
      loaded = undefined;
      throw error;
    });
  const loadFlows = async () => {
    const client = await createFlows(settings, { log, notes: source.notes });
    if (!isDerived(settings)) return client;
    const { createExchangeFlows } = await import("./exchange_flows.ts");
    const base = signInIdentityOf(settings);
    exchange = createExchangeFlows(settings, { base, client, mustStore, log });
    return { ...client, ...exchange };
  };
  const flows: ProviderFlows = {
    unattended: signsInUnattended(settings),
    signIn: async (context) => (await load()).signIn(context),
    refresh: async (credential, signal) => (await load()).refresh(credential, signal),
    ...isDerived(settings) && {
      handedOver: async () => await (exchange?.handedOver() ?? new Promise<never>(() => {})),
    },
    personSignIn: () => exchange?.personSignIn(),
    close: async () => await exchange?.close(),
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

/** What {@linkcode createFlows} needs besides the settings. */
export interface FlowsOptions {
  /** Where the flows say what they do. */
  log: Log;
  /** What is kept of the provider. */
  notes?: ProviderNotes;
  /** Whether neither a browser nor a terminal is ever opened; what was opened already leads on. */
  opensNothing?: boolean;
}

/** What settings say of the OIDC client. No member is optional, so that none can be forgotten. */
export type ConfiguredMembers = {
  [Name in keyof Required<Omit<OidcClientOptions, NotConfigured>>]: OidcClientOptions[Name];
};

/** What is found out, or for tests. */
export type NotConfigured = "issuerUrl" | "clientId" | "oauthMetadataFirst" | "now";

/** What the settings say of the OIDC client, be it known who it is or found out. */
export async function clientOptions(
  settings: Settings,
  { log, notes, opensNothing = false, fetch }: FlowsOptions & { fetch: Fetch },
): Promise<ConfiguredMembers> {
  const { browser: command, oidcClientKeyFile } = settings;
  const readSecret = () =>
    secretOf(settings.oidcClientSecret, {
      file: settings.oidcClientSecretFile,
      setting: "OIDC_CLIENT_SECRET_FILE",
    });
  const clientSecret = await readSecret();
  return {
    metadataUrl: settings.oidcMetadataUrl,
    issuerTemplate: settings.oidcIssuerTemplate,
    clientSecret,
    readClientSecret: settings.oidcClientSecretFile === undefined ? undefined : readSecret,
    clientAuthentication: settings.oidcClientAuth,
    readClientKey: oidcClientKeyFile === undefined
      ? undefined
      : () => readSecretFile(oidcClientKeyFile, "OIDC_CLIENT_KEY_FILE"),
    scopes: scopesOf(settings),
    redirectUrls: settings.oidcRedirectUrls,
    flow: settings.oidcFlow,
    loginTimeout: settings.loginTimeout * 1000,
    openBrowser: settings.noBrowser ? undefined : async (url: URL) => {
      if (opensNothing) return;
      const { openBrowser } = await import("../platform/browser.ts");
      await openBrowser(url, { command });
    },
    browserObstacle: async () => {
      const { browserObstacle } = await import("../platform/browser_obstacle.ts");
      return await browserObstacle({ command });
    },
    openTerminal: opensNothing ? undefined : async () => {
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
    workload: settings.oidcFlow === "workload"
      ? await workloadOf(settings, { fetch, log })
      : undefined,
    exchange: exchangesTokens(settings) ? await exchangeOf(settings) : undefined,
    notes,
    fetch,
    log,
  };
}

/** The OIDC client that the settings describe. */
export async function createFlows(
  settings: Settings,
  options: FlowsOptions,
): Promise<
  OidcClient & Partial<Pick<DiscoveringClient, "clientOrigin" | "configure" | "hasProviderChanged">>
> {
  const [{ createOidcClient }, fetch] = await Promise.all([
    import("../oidc/oidc_client.ts"),
    createHttpFetch(settings),
  ]);
  const { oidcRegistrationTokenFile } = settings;
  const { oidcIssuerUrl: issuerUrl, oidcClientId: clientId } = requireIdentity(settings);
  const known = await clientOptions(settings, { ...options, fetch });
  if (issuerUrl && clientId !== undefined) {
    return createOidcClient({ ...known, issuerUrl, clientId });
  }
  const { createDiscoveringClient } = await import("../oidc/discovering_client.ts");
  return createDiscoveringClient({
    ...known,
    backendUrl: settings.backendUrl!,
    backendHeaders: () => headersOf(settings),
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

function headersOf(settings: Settings): ReturnType<typeof backendHeaders> {
  return backendHeaders({ ...settings, getEnv: (name) => Deno.env.get(name), readTextFile });
}

/** What the token of the sign-in is exchanged for, as the settings say. */
export async function exchangeOf(settings: Settings): Promise<ExchangeOptions> {
  const { requireExchange } = await import("../settings/require_exchange.ts");
  const { backendUrl, backendClientId: clientId } = requireExchange(settings);
  const { backendClientSecret, backendClientSecretFile: secretFile } = settings;
  const { backendClientKeyFile: keyFile } = settings;
  const readSecret = () =>
    secretOf(backendClientSecret, { file: secretFile, setting: "MCP_BACKEND_CLIENT_SECRET_FILE" });
  const clientSecret = await readSecret();
  return {
    grant: settings.oidcExchangeGrant,
    audience: settings.oidcExchangeAudience,
    resource: settings.oidcExchangeResource,
    scopes: settings.oidcExchangeScopes,
    ...backendUrl && clientId !== undefined && {
      backend: {
        backendUrl,
        backendHeaders: () => headersOf(settings),
        issuerUrl: settings.backendIssuerUrl,
        clientId,
        clientSecret,
        readClientSecret: secretFile === undefined ? undefined : readSecret,
        clientAuthentication: settings.backendClientAuth,
        readClientKey: keyFile === undefined
          ? undefined
          : () => readSecretFile(keyFile, "MCP_BACKEND_CLIENT_KEY_FILE"),
      },
    },
  };
}

async function workloadOf(
  settings: Settings,
  { fetch, log }: { fetch: Fetch; log: Log },
): Promise<WorkloadOptions> {
  const { createAssertionReader } = await import("./workload_assertion.ts");
  const getEnv = (name: string) => Deno.env.get(name);
  return {
    use: settings.oidcWorkloadAs,
    readAssertion: createAssertionReader(settings, { fetch, getEnv, log }),
  };
}

/** A secret that is given itself or in a file. */
async function secretOf(
  given: string | undefined,
  { file, setting }: { file: string | undefined; setting: string },
): Promise<string | undefined> {
  const secret = given !== undefined || file === undefined
    ? given
    : (await readSecretFile(file, setting)).replace(/\r?\n$/, "");
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
