import { join } from "node:path";
import { notInConfig } from "../../src/settings/config_document.ts";
import { type OptionName, optionNames } from "../../src/settings/options.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { backend, issuer } from "./example_provider.ts";

/** The account of the frozen stores that the server `signed-in` of the configuration file names. */
const signedIn = {
  backendUrl: backend,
  oidcIssuerUrl: issuer,
  oidcClientId: "frozen-client",
  profile: "signed-in",
};

type ConfigValue = string | number | boolean | readonly (string | number)[];

/** A value for every option, none of them the default one. */
const everything: Partial<Record<OptionName, ConfigValue>> = {
  backendUrl: "https://everything.frozen.test/mcp?tenant=frozen",
  transport: "http",
  protocol: "pass-through",
  headers: ["X-Frozen: first", "X-From-Environment: ${FROZEN_HEADER}"],
  headerFile: "/frozen/headers.txt",
  allowTools: ["read_*", "list"],
  ignoreTools: "read_secret",
  keepAlive: 45,
  retryWindow: 7.5,
  connectTimeout: "3",
  requestTimeout: "120",
  maxMessageBytes: 1_048_576,
  noCookies: true,
  allowHttp: "yes",
  caCerts: ["/frozen/ca-1.pem", "/frozen/ca-2.pem"],
  clientCert: "/frozen/client.pem",
  clientKey: "/frozen/client.key",
  oidcIssuerUrl: "https://login.frozen.test/realms/everything",
  oidcClientId: "frozen-client-of-everything",
  oidcClientSecret: "frozen-client-secret",
  oidcScopes: "email openid tools:read",
  oidcClientSecretFile: "/frozen/client-secret",
  oidcClientAuth: "private_key_jwt",
  oidcClientKeyFile: "/frozen/client-key.pem",
  oidcMetadataUrl: "https://login.frozen.test/metadata.json",
  oidcIssuerTemplate: true,
  oidcClientMetadataUrl: "https://frozen.test/client.json",
  oidcRegistrationTokenFile: "/frozen/registration-token",
  oidcResource: "https://everything.frozen.test/",
  oidcAudience: "frozen-audience",
  oidcAuthParams: ["prompt=consent", "acr_values=urn:frozen"],
  oidcTokenParams: "tenant=frozen",
  oidcToken: "id",
  noOpenid: "on",
  oidcPar: true,
  oidcDpop: true,
  strict: true,
  oidcFlow: "device",
  oidcExchangeAudience: "frozen-exchange-audience",
  oidcExchangeResource: "https://frozen.test/exchange",
  oidcExchangeScopes: "tools:write",
  oidcExchangeGrant: "on-behalf-of",
  backendClientId: "frozen-backend-client",
  backendClientSecret: "frozen-backend-secret",
  backendClientSecretFile: "/frozen/backend-secret",
  backendClientAuth: "client_secret_post",
  backendClientKeyFile: "/frozen/backend-key.pem",
  backendIssuerUrl: "https://backend-login.frozen.test",
  oidcAssertionFile: "/frozen/assertion",
  oidcAssertionEnv: "FROZEN_ASSERTION",
  oidcAssertionAudience: "frozen-assertion-audience",
  oidcWorkloadAs: "subject",
  browser: "frozen-browser --new-window %s",
  oidcRedirectUrls: ["http://localhost:8081/auth/callback", "http://127.0.0.1:8082/callback"],
  loginTimeout: 120,
  noBrowser: true,
  instantStart: "always",
  startGrace: 2.5,
  listGrace: "0",
  eagerLogin: "never",
  noLinger: "true",
  cacheDir: "~/frozen/cache",
  profile: "everything",
  credentialEncryption: "none",
  logLevel: "debug",
  logFormat: "json",
  logFile: "~/frozen/log.jsonl",
  noBanner: true,
  silent: false,
  debug: true,
};

/** What every server has unless it says otherwise. */
const defaults: typeof everything = { loginTimeout: 60, oidcScopes: "openid profile email" };

/**
 * Writes `config.json`, a configuration file with every option in it, and `settings.json`, what each
 * of its servers means to the program of this working copy.
 *
 * @throws {Error} when there is an option that the example lacks
 */
export async function writeConfig(directory: string): Promise<void> {
  const missing = optionNames.filter((name) => !notInConfig.has(name) && !(name in everything));
  if (missing.length > 0) {
    throw new Error(
      `Cannot freeze the configuration file: give ${missing.join(", ")} an example in ` +
        "scripts/freeze/write_config.ts",
    );
  }
  const servers = { "signed-in": signedIn, everything };
  const path = join(directory, "config.json");
  await Deno.writeTextFile(
    path,
    `// A configuration file with every option in it.\n${
      JSON.stringify({ defaults, servers }, null, 2)
    }\n`,
  );
  const settings: Record<string, unknown> = {};
  for (const server of Object.keys(servers)) {
    settings[server] = (await resolveSettings({
      flags: { backendUrl: server, config: path },
      getEnv: () => undefined,
      readTextFile: (path) => Deno.readTextFile(path),
    })).settings;
    // Where it lies says nothing about what it means.
    delete (settings[server] as { config?: unknown }).config;
  }
  await Deno.writeTextFile(
    join(directory, "settings.json"),
    `${JSON.stringify(settings, null, 2)}\n`,
  );
}
