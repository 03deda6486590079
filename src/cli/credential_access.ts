import { createCredentialSource, type CredentialSource } from "../credentials/credential_source.ts";
import type { Identity } from "../credentials/identity.ts";
import type { ProviderFlows } from "../credentials/provider_flows.ts";
import { createHttpFetch } from "../http_client.ts";
import type { Log } from "../log.ts";
import type { OidcClient } from "../oidc/oidc_client.ts";
import { cacheDirectory } from "./cache_directory.ts";
import type { SettingsWith } from "./required_settings.ts";

/** The settings without which there is no identity. */
export type IdentitySettings = SettingsWith<"oidcIssuerUrl" | "oidcClientId">;

/** Whose credential the settings are about. */
export function identityOf(settings: IdentitySettings): Identity {
  return {
    issuer: settings.oidcIssuerUrl.href,
    clientId: settings.oidcClientId,
    scopes: settings.oidcScopes,
    profile: settings.profile,
  };
}

/** The credential source that the settings describe. */
export function createSource(settings: IdentitySettings, log: Log): CredentialSource {
  return createCredentialSource({
    cacheDir: cacheDirectory(settings.cacheDir, (name) => Deno.env.get(name)),
    identity: identityOf(settings),
    flows: lazyProviderFlows(settings, log),
    log,
    encryption: settings.credentialEncryption,
  });
}

/** The flows of the provider, loaded when the first of them is needed: most starts need none. */
function lazyProviderFlows(
  settings: IdentitySettings,
  log: Log,
): ProviderFlows {
  let loaded: Promise<ProviderFlows> | undefined;
  const load = () => loaded ??= createFlows(settings, log);
  return {
    signIn: async (context) => (await load()).signIn(context),
    refresh: async (credential, signal) => (await load()).refresh(credential, signal),
  };
}

/** The OIDC client that the settings describe. */
export async function createFlows(settings: IdentitySettings, log: Log): Promise<OidcClient> {
  const [{ createOidcClient }, { openBrowser }, fetch] = await Promise.all([
    import("../oidc/oidc_client.ts"),
    import("../browser.ts"),
    createHttpFetch(settings),
  ]);
  return createOidcClient({
    issuerUrl: settings.oidcIssuerUrl,
    clientId: settings.oidcClientId,
    clientSecret: settings.oidcClientSecret,
    scopes: settings.oidcScopes,
    redirectUrls: [settings.oidcRedirectUrl],
    loginTimeout: settings.loginTimeout * 1000,
    openBrowser: settings.noBrowser ? undefined : (url) => openBrowser(url),
    fetch,
    log,
  });
}
