/**
 * What people's configurations count on: how each setting is named, what it takes and what holds
 * without it. A row here changes when a promise does.
 *
 * @module
 */
import assert from "node:assert/strict";
import { isOptionName, type OptionName, optionNames, options } from "../../src/settings/options.ts";
import { programVariables } from "../../src/settings/program_variables.ts";
import type { OptionGroup, SettingOption } from "../../src/settings/setting_option.ts";

type Row = [
  name: OptionName,
  group: OptionGroup,
  flag: string,
  variable: string | undefined,
  value: string | undefined,
  marks: string,
  whenAbsent: unknown,
  defaultText: string | undefined,
];

// deno-fmt-ignore
const rows: Row[] = [
  ["backendUrl", "Backend", "MCP_BACKEND_URL", "MCP_BACKEND_URL", undefined, "", undefined, "required"],
  ["transport", "Backend", "--transport", "MCP_PROXY_TRANSPORT", "<transport>", "", "auto", "auto"],
  ["protocol", "Backend", "--protocol", "MCP_PROXY_PROTOCOL", "<protocol>", "", "auto", "auto"],
  ["headers", "Backend", "--header", "MCP_PROXY_HEADERS", "<field>", "repeatable secret", [], undefined],
  ["headerFile", "Backend", "--header-file", "MCP_PROXY_HEADER_FILE", "<file>", "", undefined, undefined],
  ["allowTools", "Backend", "--allow-tool", "MCP_PROXY_ALLOW_TOOL", "<pattern>", "repeatable", [], "all"],
  ["ignoreTools", "Backend", "--ignore-tool", "MCP_PROXY_IGNORE_TOOL", "<pattern>", "repeatable", [], undefined],
  ["keepAlive", "Network", "--keep-alive", "MCP_PROXY_KEEP_ALIVE", "<seconds>", "", 0, "0"],
  ["retryWindow", "Network", "--retry-window", "MCP_PROXY_RETRY_WINDOW", "<seconds>", "", 20, "20"],
  ["connectTimeout", "Network", "--connect-timeout", "MCP_PROXY_CONNECT_TIMEOUT", "<seconds>", "", 10, "10"],
  ["requestTimeout", "Network", "--request-timeout", "MCP_PROXY_REQUEST_TIMEOUT", "<seconds>", "", 0, "0"],
  ["maxMessageBytes", "Network", "--max-message-bytes", "MCP_PROXY_MAX_MESSAGE_BYTES", "<bytes>", "", 67108864, "67108864"],
  ["noCookies", "Network", "--no-cookies", "MCP_PROXY_NO_COOKIES", undefined, "", false, undefined],
  ["allowHttp", "Network", "--allow-http", "MCP_PROXY_ALLOW_HTTP", undefined, "", false, undefined],
  ["caCerts", "Network", "--ca-cert", "MCP_PROXY_CA_CERT", "<file>", "repeatable", [], undefined],
  ["clientCert", "Network", "--client-cert", "MCP_PROXY_CLIENT_CERT", "<file>", "", undefined, undefined],
  ["clientKey", "Network", "--client-key", "MCP_PROXY_CLIENT_KEY", "<file>", "", undefined, undefined],
  ["oidcIssuerUrl", "Provider", "--oidc-issuer-url", "OIDC_ISSUER_URL", "<url>", "", undefined, undefined],
  ["oidcClientId", "Provider", "--oidc-client-id", "OIDC_CLIENT_ID", "<id>", "", undefined, undefined],
  ["oidcClientSecret", "Provider", "--oidc-client-secret", "OIDC_CLIENT_SECRET", "<secret>", "secret", undefined, undefined],
  ["oidcScopes", "Provider", "--oidc-scopes", "OIDC_SCOPES", "<scopes>", "", ["openid","profile","email"], "openid profile email"],
  ["oidcClientSecretFile", "Provider", "--oidc-client-secret-file", "OIDC_CLIENT_SECRET_FILE", "<file>", "", undefined, undefined],
  ["oidcClientAuth", "Provider", "--oidc-client-auth", "OIDC_CLIENT_AUTH", "<method>", "", "auto", "auto"],
  ["oidcClientKeyFile", "Provider", "--oidc-client-key", "OIDC_CLIENT_KEY_FILE", "<file>", "", undefined, undefined],
  ["oidcMetadataUrl", "Provider", "--oidc-metadata-url", "OIDC_METADATA_URL", "<url>", "", undefined, undefined],
  ["oidcIssuerTemplate", "Provider", "--oidc-issuer-template", "OIDC_ISSUER_TEMPLATE", undefined, "", false, undefined],
  ["oidcClientMetadataUrl", "Provider", "--oidc-client-metadata-url", "OIDC_CLIENT_METADATA_URL", "<url>", "", undefined, undefined],
  ["oidcRegistrationTokenFile", "Provider", "--oidc-registration-token-file", "OIDC_REGISTRATION_TOKEN_FILE", "<file>", "", undefined, undefined],
  ["oidcResource", "Provider", "--oidc-resource", "OIDC_RESOURCE", "<url|none>", "", undefined, undefined],
  ["oidcAudience", "Provider", "--oidc-audience", "OIDC_AUDIENCE", "<audience>", "", undefined, undefined],
  ["oidcAuthParams", "Provider", "--oidc-auth-param", "OIDC_AUTH_PARAMS", "<name=value>", "repeatable", {}, undefined],
  ["oidcTokenParams", "Provider", "--oidc-token-param", "OIDC_TOKEN_PARAMS", "<name=value>", "repeatable", {}, undefined],
  ["oidcToken", "Provider", "--oidc-token", "OIDC_TOKEN", "<kind>", "", "access", "access"],
  ["noOpenid", "Provider", "--no-openid", "OIDC_NO_OPENID", undefined, "", false, undefined],
  ["oidcPar", "Provider", "--oidc-par", "OIDC_PAR", undefined, "", false, undefined],
  ["oidcDpop", "Provider", "--oidc-dpop", "OIDC_DPOP", undefined, "", false, undefined],
  ["strict", "Provider", "--strict", "OIDC_STRICT", undefined, "", false, undefined],
  ["oidcFlow", "Sign-in", "--oidc-flow", "OIDC_FLOW", "<flow>", "", "auto", "auto"],
  ["browser", "Sign-in", "--browser", "BROWSER", "<command>", "", undefined, undefined],
  ["oidcExchangeAudience", "Company sign-on", "--oidc-exchange-audience", "OIDC_EXCHANGE_AUDIENCE", "<audience>", "", undefined, undefined],
  ["oidcExchangeResource", "Company sign-on", "--oidc-exchange-resource", "OIDC_EXCHANGE_RESOURCE", "<url|none>", "", undefined, undefined],
  ["oidcExchangeScopes", "Company sign-on", "--oidc-exchange-scopes", "OIDC_EXCHANGE_SCOPES", "<scopes>", "", [], undefined],
  ["oidcExchangeGrant", "Company sign-on", "--oidc-exchange-grant", "OIDC_EXCHANGE_GRANT", "<grant>", "", "token-exchange", "token-exchange"],
  ["backendClientId", "Company sign-on", "--backend-client-id", "MCP_BACKEND_CLIENT_ID", "<id>", "", undefined, undefined],
  ["backendClientSecret", "Company sign-on", "--backend-client-secret", "MCP_BACKEND_CLIENT_SECRET", "<secret>", "secret", undefined, undefined],
  ["backendClientSecretFile", "Company sign-on", "--backend-client-secret-file", "MCP_BACKEND_CLIENT_SECRET_FILE", "<file>", "", undefined, undefined],
  ["backendClientAuth", "Company sign-on", "--backend-client-auth", "MCP_BACKEND_CLIENT_AUTH", "<method>", "", "auto", "auto"],
  ["backendClientKeyFile", "Company sign-on", "--backend-client-key", "MCP_BACKEND_CLIENT_KEY_FILE", "<file>", "", undefined, undefined],
  ["backendIssuerUrl", "Company sign-on", "--backend-issuer-url", "MCP_BACKEND_ISSUER_URL", "<url>", "", undefined, undefined],
  ["oidcAssertionFile", "Workloads", "--oidc-assertion-file", "OIDC_ASSERTION_FILE", "<file>", "", undefined, undefined],
  ["oidcAssertionEnv", "Workloads", "--oidc-assertion-env", "OIDC_ASSERTION_ENV", "<name>", "", undefined, undefined],
  ["oidcAssertionAudience", "Workloads", "--oidc-assertion-audience", "OIDC_ASSERTION_AUDIENCE", "<audience>", "", undefined, "the provider's issuer"],
  ["oidcWorkloadAs", "Workloads", "--oidc-workload-as", "OIDC_WORKLOAD_AS", "<use>", "", "grant", "grant"],
  ["oidcRedirectUrls", "Sign-in", "--oidc-redirect-url", "OIDC_REDIRECT_URL", "<urls>", "", ["http://localhost:8080/auth/callback"], "http://localhost:8080/auth/callback"],
  ["loginTimeout", "Sign-in", "--login-timeout", "MCP_PROXY_LOGIN_TIMEOUT", "<seconds>", "", 300, "300"],
  ["noBrowser", "Sign-in", "--no-browser", "MCP_PROXY_NO_BROWSER", undefined, "", false, undefined],
  ["instantStart", "Sign-in", "--instant-start", "MCP_PROXY_INSTANT_START", "<when>", "", "auto", "auto"],
  ["startGrace", "Sign-in", "--start-grace", "MCP_PROXY_START_GRACE", "<seconds>", "", 4, "4"],
  ["listGrace", "Sign-in", "--list-grace", "MCP_PROXY_LIST_GRACE", "<seconds>", "", 4, "4"],
  ["eagerLogin", "Sign-in", "--eager-login", "MCP_PROXY_EAGER_LOGIN", "<when>", "", "first", "first"],
  ["noLinger", "Sign-in", "--no-linger", "MCP_PROXY_NO_LINGER", undefined, "", false, undefined],
  ["cacheDir", "Credentials", "--cache-dir", "MCP_PROXY_CACHE_DIR", "<directory>", "", undefined, "~/.mcp-auth/authful-mcp-proxy"],
  ["profile", "Credentials", "--profile", "MCP_PROXY_PROFILE", "<name>", "", "default", "default"],
  ["credentialEncryption", "Credentials", "--credential-encryption", "MCP_PROXY_CREDENTIAL_ENCRYPTION", "<way>", "", "file", "file"],
  ["config", "Files", "--config", "MCP_PROXY_CONFIG", "<file>", "", undefined, "~/.config/authful-mcp-proxy/config.json"],
  ["envFile", "Files", "--env-file", undefined, "<file>", "", undefined, undefined],
  ["logLevel", "Output", "--log-level", "MCP_PROXY_LOG_LEVEL", "<level>", "", "info", "info"],
  ["logFormat", "Output", "--log-format", "MCP_PROXY_LOG_FORMAT", "<format>", "", "text", "text"],
  ["logFile", "Output", "--log-file", "MCP_PROXY_LOG_FILE", "<file>", "", undefined, undefined],
  ["noBanner", "Output", "--no-banner", "MCP_PROXY_NO_BANNER", undefined, "", false, undefined],
  ["silent", "Output", "--silent", undefined, undefined, "", false, undefined],
  ["debug", "Output", "--debug", "MCP_PROXY_DEBUG", undefined, "", false, undefined],
];

Deno.test("every setting keeps its names, its kind and its default, in the order of the help", () => {
  const found = optionNames.map((name): Row => {
    const row: SettingOption<unknown> = options[name];
    const marks = [row.repeatable && "repeatable", row.secret && "secret"].filter(Boolean).join(
      " ",
    );
    const whenAbsent = row.default === undefined
      ? undefined
      : JSON.parse(JSON.stringify(row.default));
    return [name, row.group, row.flag, row.env, row.value, marks, whenAbsent, row.defaultText];
  });
  assert.deepEqual(found, rows);
});

Deno.test("the default that is told is the one that holds", () => {
  for (const name of optionNames) {
    const row: SettingOption<unknown> = options[name];
    if (row.default === undefined || row.defaultText === undefined) continue;
    if (name === "allowTools") continue;
    assert.deepEqual(row.parse(row.defaultText), row.default, name);
  }
});

const authentications = ["auto", "none", "client_secret_basic", "client_secret_post"]
  .concat("client_secret_jwt", "private_key_jwt", "tls_client_auth");
const choices: Partial<Record<OptionName, string[]>> = {
  transport: ["auto", "http", "sse"],
  protocol: ["auto", "pass-through"],
  oidcClientAuth: authentications,
  oidcToken: ["access", "id"],
  oidcFlow: ["auto", "browser", "paste", "device", "client-credentials", "workload"],
  oidcExchangeGrant: ["token-exchange", "on-behalf-of"],
  backendClientAuth: authentications,
  oidcWorkloadAs: ["grant", "client", "subject"],
  instantStart: ["auto", "always", "off"],
  eagerLogin: ["first", "always", "never"],
  credentialEncryption: ["file", "keychain", "none"],
  logLevel: ["error", "warn", "info", "debug"],
  logFormat: ["text", "json"],
};

Deno.test("a setting of a few words takes those, and no other", () => {
  for (const name of optionNames) {
    const row: SettingOption<unknown> = options[name];
    assert.deepEqual(row.choices && [...row.choices], choices[name], name);
    for (const word of choices[name] ?? []) assert.equal(row.parse(word.toUpperCase()), word);
    if (choices[name]) assert.throws(() => row.parse("other"), /^SettingSyntaxError: must be /);
  }
});

const parsed: [name: OptionName, text: string, value: unknown][] = [
  ["headers", "X-A: b", [{ name: "x-a", value: "b" }]],
  ["headerFile", " as it is ", " as it is "],
  ["allowTools", "a*\nb", ["a*", "b"]],
  ["keepAlive", "0", 0],
  ["retryWindow", "0", 0],
  ["requestTimeout", "0", 0],
  ["startGrace", "0", 0],
  ["listGrace", "0", 0],
  ["maxMessageBytes", "1024", 1024],
  ["noCookies", "on", true],
  ["caCerts", "a.pem\nb.pem", ["a.pem", "b.pem"]],
  ["oidcScopes", "a", ["openid", "a"]],
  ["oidcExchangeScopes", "a", ["a"]],
  ["oidcResource", "none", "none"],
  ["oidcExchangeResource", "api://x", "api://x"],
  ["profile", "ada", "ada"],
  ["oidcAssertionEnv", "NAME", "NAME"],
];
const refused: [name: OptionName, text: string][] = [
  ["connectTimeout", "0"],
  ["loginTimeout", "0"],
  ["maxMessageBytes", "1023"],
  ["oidcAssertionEnv", "a.b"],
  ["profile", "a b"],
  ["oidcClientMetadataUrl", "http://a.test/c"],
  ["oidcIssuerUrl", "https://a.test/?x"],
  ["backendIssuerUrl", "https://a.test/?x"],
  ["oidcMetadataUrl", "ftp://a.test/"],
  ["oidcRedirectUrls", "https://a.test/"],
];

Deno.test("a text is read as what the setting is", () => {
  for (const [name, text, value] of parsed) {
    assert.deepEqual(options[name].parse(text), value, name);
  }
  for (const [name, text] of refused) assert.throws(() => options[name].parse(text), name);
});

Deno.test("what a token request sets itself is no parameter of it", () => {
  const own = "assertion client_assertion client_assertion_type client_id client_secret code " +
    "code_verifier device_code grant_type redirect_uri refresh_token resource subject_token";
  for (const name of own.split(" ")) {
    assert.throws(
      () => options.oidcTokenParams.parse(`${name}=x`),
      new RegExp(`must not set ${name}, which the sign-in sets itself`),
    );
  }
  assert.deepEqual(options.oidcTokenParams.parse("audience=x\nscope=y"), {
    audience: "x",
    scope: "y",
  });
});

Deno.test("only names of settings are names of settings", () => {
  assert.ok(isOptionName("oidcClientId"));
  for (const name of ["", "OIDC_CLIENT_ID", "toString", "__proto__"]) {
    assert.ok(!isOptionName(name));
  }
});

Deno.test("the variables of the program are those of the settings", () => {
  const variables = rows.flatMap(([, , , variable]) => variable ?? []);
  assert.deepEqual([...programVariables], variables);
});
