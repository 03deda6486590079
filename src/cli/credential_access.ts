import { createCredentialSource, type CredentialSource } from "../credentials/credential_source.ts";
import type { Identity } from "../credentials/identity.ts";
import type { ProviderFlows } from "../credentials/provider_flows.ts";
import { describe, ProxyError } from "../errors.ts";
import { createHttpFetch } from "../http_client.ts";
import type { Log } from "../log.ts";
import type { OidcClient } from "../oidc/oidc_client.ts";
import type { ProviderNotes } from "../provider_notes.ts";
import { cacheDirectory } from "./cache_directory.ts";
import type { SettingsWith } from "./required_settings.ts";

/** The settings without which there is no identity. */
export type IdentitySettings = SettingsWith<"oidcIssuerUrl" | "oidcClientId">;

/** Whose credential the settings are about. */
export function identityOf(settings: IdentitySettings): Identity {
  const { oidcResource, oidcAudience, oidcAuthParams } = settings;
  return {
    issuer: settings.oidcIssuerUrl.href,
    clientId: settings.oidcClientId,
    scopes: scopesOf(settings),
    ...(oidcResource !== undefined && { resource: oidcResource }),
    ...(oidcAudience !== undefined && { audience: oidcAudience }),
    authorizationParameters: {
      ...oidcAuthParams,
      // What else makes it another credential, beside the parameters that a provider sees.
      ...(settings.oidcToken === "id" && { "(token)": "id" }),
      ...(settings.oidcDpop && { "(dpop)": "yes" }),
      ...(settings.oidcFlow === "client-credentials" && { "(flow)": settings.oidcFlow }),
    },
    profile: settings.profile,
  };
}

/** The scopes to ask for. */
export function scopesOf({ oidcScopes, noOpenid }: IdentitySettings): readonly string[] {
  return noOpenid ? oidcScopes.filter((scope) => scope !== "openid") : oidcScopes;
}

/** The credential source that the settings describe. */
export function createSource(settings: IdentitySettings, log: Log): CredentialSource {
  const source: CredentialSource = createCredentialSource({
    cacheDir: cacheDirectory(settings.cacheDir, (name) => Deno.env.get(name)),
    identity: identityOf(settings),
    flows: lazyProviderFlows(settings, { log, notes: () => source.notes }),
    log,
    encryption: settings.credentialEncryption,
  });
  return source;
}

/** The flows of the provider, loaded when the first of them is needed: most starts need none. */
function lazyProviderFlows(
  settings: IdentitySettings,
  { log, notes }: { log: Log; notes: () => ProviderNotes },
): ProviderFlows {
  let loaded: Promise<ProviderFlows> | undefined;
  const load = () => loaded ??= createFlows(settings, { log, notes: notes() });
  return {
    unattended: settings.oidcFlow === "client-credentials",
    signIn: async (context) => (await load()).signIn(context),
    refresh: async (credential, signal) => (await load()).refresh(credential, signal),
  };
}

/** The OIDC client that the settings describe. */
export async function createFlows(
  settings: IdentitySettings,
  { log, notes }: { log: Log; notes?: ProviderNotes },
): Promise<OidcClient> {
  const [{ createOidcClient }, { openBrowser }, { browserObstacle }, { openTerminal }, fetch] =
    await Promise.all([
      import("../oidc/oidc_client.ts"),
      import("../browser.ts"),
      import("../browser_obstacle.ts"),
      import("../oidc/flows/terminal.ts"),
      createHttpFetch(settings),
    ]);
  const { browser: command, oidcClientKeyFile } = settings;
  return createOidcClient({
    issuerUrl: settings.oidcIssuerUrl,
    metadataUrl: settings.oidcMetadataUrl,
    issuerTemplate: settings.oidcIssuerTemplate,
    clientId: settings.oidcClientId,
    clientSecret: await clientSecretOf(settings),
    clientAuthentication: settings.oidcClientAuth,
    readClientKey: oidcClientKeyFile === undefined
      ? undefined
      : () => readSecretFile(oidcClientKeyFile, "OIDC_CLIENT_KEY_FILE"),
    scopes: scopesOf(settings),
    redirectUrls: settings.oidcRedirectUrls,
    flow: settings.oidcFlow,
    loginTimeout: settings.loginTimeout * 1000,
    openBrowser: settings.noBrowser ? undefined : (url) => openBrowser(url, { command }),
    browserObstacle: () => browserObstacle({ command }),
    openTerminal,
    pushedAuthorization: settings.oidcPar,
    dpop: settings.oidcDpop,
    strict: settings.strict,
    resource: settings.oidcResource,
    audience: settings.oidcAudience,
    authorizationParameters: settings.oidcAuthParams,
    tokenParameters: settings.oidcTokenParams,
    presentedToken: settings.oidcToken,
    notes,
    fetch,
    log,
  });
}

async function clientSecretOf(settings: IdentitySettings): Promise<string | undefined> {
  const { oidcClientSecret, oidcClientSecretFile } = settings;
  if (oidcClientSecret !== undefined || oidcClientSecretFile === undefined) return oidcClientSecret;
  const text = await readSecretFile(oidcClientSecretFile, "OIDC_CLIENT_SECRET_FILE");
  return text.replace(/\r?\n$/, "");
}

async function readSecretFile(path: string, setting: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new ProxyError({
      category: "Configuration error",
      what: `cannot read the file of ${setting}: ${describe(error)}`,
      todo: "name a file that this user can read",
      reason: "file_unreadable",
      cause: error,
    });
  }
}
