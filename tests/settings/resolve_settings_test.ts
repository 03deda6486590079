import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { FlagTexts } from "../../src/settings/options.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import { UsageError } from "../../src/base/usage_error.ts";
import { ProxyError } from "../../src/base/errors.ts";

interface Given {
  flags?: FlagTexts;
  env?: Record<string, string>;
  envFile?: string;
}

const resolve = ({ flags = {}, env = {}, envFile }: Given) =>
  resolveSettings({
    flags: envFile === undefined ? flags : { ...flags, envFile: "x.env" },
    getEnv: (name) => env[name],
    readTextFile: (path) =>
      path === "x.env"
        ? Promise.resolve(envFile!)
        : Promise.reject(new Deno.errors.NotFound(`No such file (os error 2): ${path}`)),
  });

const configurationError = async (given: Given) => {
  let message = "";
  await rejects(resolve(given), (error) => {
    ok(error instanceof ProxyError);
    strictEqual(error.category, "Configuration error");
    match(error.reason, /^(?:invalid_setting|env_file_unreadable)$/);
    message = error.message;
    return true;
  });
  return message;
};

Deno.test("flag beats environment beats env file beats default, and an empty text is none", async () => {
  const envFile = "OIDC_CLIENT_ID=file\nOIDC_SCOPES=\nMCP_PROXY_LOGIN_TIMEOUT='7'\n# comment\n";
  const { settings, sources } = await resolve({
    flags: { backendUrl: "https://flag.example/mcp", oidcIssuerUrl: "" },
    env: {
      MCP_BACKEND_URL: "https://env.example/mcp",
      OIDC_ISSUER_URL: "https://issuer.example/",
      OIDC_CLIENT_ID: "",
    },
    envFile,
  });
  strictEqual(settings.backendUrl?.href, "https://flag.example/mcp");
  strictEqual(settings.oidcIssuerUrl?.href, "https://issuer.example/");
  strictEqual(settings.oidcClientId, "file");
  strictEqual(settings.loginTimeout, 7);
  deepStrictEqual(settings.oidcScopes, ["openid", "profile", "email"]);
  strictEqual(settings.oidcRedirectUrls[0].href, "http://localhost:8080/auth/callback");
  deepStrictEqual(
    [sources.backendUrl, sources.oidcIssuerUrl, sources.oidcClientId, sources.oidcScopes],
    ["flag", "environment", "env file", "default"],
  );
});

Deno.test("scopes get openid in front when it is missing and keep their order", async () => {
  const scopes = async (text: string) =>
    (await resolve({ env: { OIDC_SCOPES: text } })).settings.oidcScopes;
  deepStrictEqual(await scopes("  a   b a "), ["openid", "a", "b"]);
  deepStrictEqual(await scopes("a openid"), ["a", "openid"]);
});

Deno.test("switches understand the usual words, --silent beats MCP_PROXY_DEBUG", async () => {
  for (const word of ["1", "true", "YES", "On"]) {
    strictEqual((await resolve({ env: { MCP_PROXY_DEBUG: word } })).settings.debug, true);
  }
  strictEqual((await resolve({ env: { MCP_PROXY_DEBUG: "off" } })).settings.debug, false);
  const { settings } = await resolve({ flags: { silent: "true" }, env: { MCP_PROXY_DEBUG: "1" } });
  deepStrictEqual([settings.silent, settings.debug], [true, false]);
});

Deno.test("--silent and --debug are short for a level, and a level that is given wins", async () => {
  const level = async (given: Given) => {
    const { logLevel, silent, debug } = (await resolve(given)).settings;
    return [logLevel, silent, debug];
  };
  deepStrictEqual(await level({}), ["info", false, false]);
  deepStrictEqual(await level({ flags: { silent: "true" } }), ["error", true, false]);
  deepStrictEqual(await level({ env: { MCP_PROXY_DEBUG: "1" } }), ["debug", false, true]);
  const env = { MCP_PROXY_LOG_LEVEL: "warn" };
  deepStrictEqual(await level({ flags: { debug: "true" }, env }), ["warn", false, false]);
  deepStrictEqual(await level({ flags: { silent: "true", logLevel: "debug" } }), [
    "debug",
    false,
    true,
  ]);
});

Deno.test("a number or switch that is none is wrong usage", async () => {
  await rejects(
    resolve({ flags: { loginTimeout: "soon" } }),
    new UsageError({
      what: '--login-timeout must be a number of seconds from 1 to 86400, not "soon"',
    }),
  );
  await rejects(resolve({ flags: { loginTimeout: "-1" } }), UsageError);
  await rejects(resolve({ env: { MCP_PROXY_NO_BROWSER: "maybe" } }), UsageError);
});

Deno.test("a redirect URL must be http on this machine, and the error says why", async () => {
  const refused = (url: string) => configurationError({ env: { OIDC_REDIRECT_URL: url } });
  match(await refused("https://localhost:8080/cb"), /OIDC_REDIRECT_URL must be an http URL/);
  match(await refused("http://example.com/cb"), /must name this machine.*"example\.com"/);
  match(await refused("http://localhost.example.com/cb"), /must name this machine/);
  match(await refused("http://127.0.0.1/cb#x"), /fragment/);
  match(await refused("nonsense"), /is not a URL: "nonsense"/);
  for (const url of ["http://127.0.0.1:9/cb", "http://[::1]:9/", "http://localhost/"]) {
    strictEqual(
      (await resolve({ env: { OIDC_REDIRECT_URL: url } })).settings.oidcRedirectUrls[0].href,
      url,
    );
  }
});

Deno.test("URLs that cannot be a backend or an issuer are configuration errors", async () => {
  match(await configurationError({ flags: { backendUrl: "ftp://x" } }), /MCP_BACKEND_URL must be/);
  match(await configurationError({ flags: { backendUrl: "https://u:p@x" } }), /user name/);
  match(await configurationError({ flags: { oidcIssuerUrl: "https://x/?a=1" } }), /query/);
  match(
    await configurationError({
      flags: { oidcIssuerUrl: "https://x/realms/a/.well-known/openid-configuration" },
    }),
    /must be what that metadata names as its issuer, such as "https:\/\/x\/realms\/a"/,
  );
  match(await configurationError({ env: { OIDC_SCOPES: 'a"b' } }), /RFC 6749/);
});

Deno.test("an env file that cannot be read is a configuration error", async () => {
  const message = await configurationError({ flags: { envFile: "gone.env" } });
  match(message, /--env-file.*gone\.env/);
  await rejects(resolve({ flags: { envFile: "gone.env" } }), { reason: "env_file_unreadable" });
});

Deno.test("scopes with something else than spaces between them are refused, with what is meant", async () => {
  const mistaken: [text: string, meant: string][] = [
    ["openid,profile", "openid profile"],
    ["openid, profile;email", "openid profile email"],
    ["read,write", "read write"],
    ["openid+profile", "openid profile"],
    ["openid%20profile offline_access", "openid profile offline_access"],
  ];
  for (const [text, meant] of mistaken) {
    const message = await configurationError({ env: { OIDC_SCOPES: text } });
    ok(message.includes(`OIDC_SCOPES must have spaces between the scopes`), message);
    ok(message.includes(`Fix: use "${meant}"`), message);
  }
  const unusual = [
    "https://api.company.com/a+b|c",
    "patient/Observation.rs?category=laboratory,vital-signs",
  ];
  for (const scope of unusual) {
    const { settings } = await resolve({ env: { OIDC_SCOPES: scope } });
    deepStrictEqual(settings.oidcScopes, ["openid", scope]);
  }
});
