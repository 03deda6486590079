import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { FlagTexts } from "../../src/settings/options.ts";
import {
  configuredServer,
  resolveSettings,
  type SettingInputs,
  type SetUpServer,
  unknownServer,
  type WantedServer,
} from "../../src/settings/resolve_settings.ts";
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

/** Settings of a person with this configuration file. */
const withConfig = (config: unknown, inputs: Partial<SettingInputs>) =>
  resolveSettings({
    flags: {},
    getEnv: (name) => name === "HOME" ? "/home/ada" : undefined,
    readTextFile: (path) =>
      path === "/home/ada/.config/authful-mcp-proxy/config.json"
        ? Promise.resolve(JSON.stringify(config))
        : Promise.reject(new Deno.errors.NotFound(path)),
    ...inputs,
  });

Deno.test("an error says where the value stands, be it a flag, a variable or a file", async () => {
  const wrong = { oidcIssuerUrl: "nonsense" };
  const about = async (resolving: Promise<unknown>) => {
    let what = "";
    await rejects(resolving, (error) => {
      ok(error instanceof ProxyError);
      deepStrictEqual([error.category, error.reason], ["Configuration error", "invalid_setting"]);
      strictEqual(error.fix, "correct it, or see authful-mcp-proxy --help");
      what = error.what;
      return true;
    });
    return what;
  };
  const nonsense = 'is not a URL: "nonsense"';
  const path = "/home/ada/.config/authful-mcp-proxy/config.json";
  strictEqual(await about(withConfig({}, { flags: wrong })), `--oidc-issuer-url ${nonsense}`);
  strictEqual(
    await about(resolve({ env: { OIDC_ISSUER_URL: "nonsense" } })),
    `OIDC_ISSUER_URL ${nonsense}`,
  );
  strictEqual(
    await about(resolve({ envFile: "OIDC_ISSUER_URL=nonsense" })),
    `OIDC_ISSUER_URL in x.env ${nonsense}`,
  );
  strictEqual(
    await about(withConfig({ defaults: wrong }, {})),
    `defaults.oidcIssuerUrl in ${path} ${nonsense}`,
  );
  const servers = { tools: { backendUrl: "https://a.example/", ...wrong } };
  strictEqual(
    await about(withConfig({ servers }, { flags: { backendUrl: "tools" } })),
    `servers.tools.oidcIssuerUrl in ${path} ${nonsense}`,
  );
  const client = (texts: FlagTexts): SetUpServer => ({
    name: "my tools",
    origin: "client",
    path: "/client.json",
    texts,
  });
  const findServer = (texts: FlagTexts) => () => Promise.resolve(client(texts));
  strictEqual(
    await about(withConfig({}, { findServer: findServer(wrong) })),
    `OIDC_ISSUER_URL of "my tools" in /client.json ${nonsense}`,
  );
  await rejects(withConfig({}, { findServer: findServer({ silent: "maybe" }) }), {
    what: '--silent of "my tools" in /client.json must be 1, true, yes, on, 0, false, no or off, ' +
      'not "maybe"',
  });
});

Deno.test("a value that can be guessed is told, and a word that is nearly one of a few", async () => {
  await rejects(resolve({ env: { OIDC_ISSUER_URL: "auth.example" } }), {
    fix: 'use "https://auth.example" if you mean that, or see authful-mcp-proxy --help',
  });
  const usage = { name: "UsageError" };
  await rejects(resolve({ flags: { transport: " HTTPS" } }), {
    ...usage,
    what: '--transport must be auto, http or sse, not " HTTPS"',
    fix: 'use "http", or see authful-mcp-proxy --help',
  });
  await rejects(resolve({ flags: { transport: "carrier-pigeon" } }), {
    fix: "see authful-mcp-proxy --help",
  });
  await rejects(resolve({ flags: { noBrowser: "maybe" } }), {
    fix: "see authful-mcp-proxy --help",
  });
});

Deno.test("the name of a server stands for all that is known of it, below what else is given", async () => {
  const config = {
    defaults: { oidcClientId: "of-defaults", profile: "of-defaults", loginTimeout: 9 },
    servers: { tools: { backendUrl: "https://tools.example/", oidcClientId: "of-server" } },
  };
  const { settings, sources, texts, server } = await withConfig(config, {
    flags: { backendUrl: "tools", profile: "of-flag" },
  });
  strictEqual(settings.backendUrl?.href, "https://tools.example/");
  deepStrictEqual([settings.oidcClientId, settings.profile, settings.loginTimeout], [
    "of-server",
    "of-flag",
    9,
  ]);
  deepStrictEqual(
    [sources.backendUrl, sources.oidcClientId, sources.profile, sources.loginTimeout],
    ["config file", "config file", "flag", "config file"],
  );
  deepStrictEqual([sources.strict, sources.logLevel], ["default", "default"]);
  deepStrictEqual(texts, {
    backendUrl: "https://tools.example/",
    oidcClientId: "of-server",
    profile: "of-flag",
    loginTimeout: "9",
  });
  deepStrictEqual([server?.name, server?.origin], ["tools", "config file"]);
  // Given as a URL, no server is meant.
  const url = await withConfig(config, { flags: { backendUrl: "https://other.example/" } });
  deepStrictEqual([url.server, url.settings.oidcClientId], [undefined, "of-defaults"]);
});

Deno.test("a server can be named by a variable and by the env file, too", async () => {
  const config = { servers: { tools: { backendUrl: "https://tools.example/" } } };
  const env: Record<string, string> = { HOME: "/home/ada", MCP_BACKEND_URL: "tools" };
  const named = await withConfig(config, { getEnv: (name) => env[name] });
  strictEqual(named.settings.backendUrl?.href, "https://tools.example/");
});

Deno.test("a word that is neither a server nor a command is wrong usage, told with what is near", async () => {
  const config = { servers: { tools: { backendUrl: "https://tools.example/" } } };
  const path = "/home/ada/.config/authful-mcp-proxy/config.json";
  const named = (backendUrl: string, inputs: Partial<SettingInputs> = {}) =>
    withConfig(config, { flags: { backendUrl }, commandNames: ["login", "doctor"], ...inputs });
  const neither = (word: string) =>
    `"${word}" is neither a command nor the URL of a backend nor a server of ${path}`;
  await rejects(named("tool"), {
    name: "UsageError",
    what: neither("tool"),
    fix: 'use "tools", or see authful-mcp-proxy --help',
  });
  await rejects(named("logon"), { fix: 'use "login", or see authful-mcp-proxy --help' });
  await rejects(named("x-1_y"), { what: neither("x-1_y"), fix: "see authful-mcp-proxy --help" });
  await rejects(named("logon", { commandNames: undefined }), {
    fix: "see authful-mcp-proxy --help",
  });
  const system = { path: "/etc/x", defaults: {}, servers: { company: {} } };
  const policy = { locked: {}, allowedBackends: undefined, allowedIssuers: undefined };
  const readSystemConfig = () => Promise.resolve({ ...system, policy });
  await rejects(named("companies", { readSystemConfig }), {
    fix: 'use "company", or see authful-mcp-proxy --help',
  });
  // What is no plain word is no server, but no URL either.
  for (const word of ["a.example/mcp", "1tools", "to ols", "toString/"]) {
    await rejects(named(word), { reason: "invalid_setting" });
  }
  const nobody = await unknownServer("x", { config: undefined, names: [] });
  match(nobody.what, /nor a server of a configuration file$/);
});

Deno.test("the person's own server of a name comes before the administrator's", () => {
  const own = { path: "/own", defaults: {}, servers: { a: { profile: "own" } } };
  const system = {
    path: "/etc/x",
    defaults: {},
    servers: { a: { profile: "system" }, b: { profile: "system" } },
  };
  deepStrictEqual(configuredServer("a", { config: own, system }), {
    name: "a",
    origin: "config file",
    path: "/own",
    texts: { profile: "own" },
  });
  for (const config of [own, undefined]) {
    deepStrictEqual(configuredServer("b", { config, system }), {
      name: "b",
      origin: "system file",
      path: "/etc/x",
      texts: { profile: "system" },
    });
  }
  for (const name of ["c", "toString"]) {
    strictEqual(configuredServer(name, { config: own, system }), undefined);
  }
  strictEqual(configuredServer("a", { config: undefined, system: undefined }), undefined);
});

Deno.test("who finds servers is told what is given, and whether anything needs to be found", async () => {
  const config = { servers: {} };
  const asked: WantedServer[] = [];
  const findServer = (wanted: WantedServer) => {
    asked.push(wanted);
    return Promise.resolve(undefined);
  };
  const rows: [env: Record<string, string>, isIdentified: boolean][] = [
    [{}, false],
    [{ OIDC_ISSUER_URL: "https://a.example" }, false],
    [{ OIDC_CLIENT_ID: "x" }, false],
    [{ OIDC_ISSUER_URL: "https://a.example", OIDC_CLIENT_ID: "x" }, true],
  ];
  for (const [env, isIdentified] of rows) {
    await withConfig(config, {
      flags: { backendUrl: "https://b.example/" },
      getEnv: (name) => ({ HOME: "/home/ada", ...env })[name],
      findServer,
      commandNames: ["login"],
    });
    const { text, config: given, system, isIdentified: said, commandNames } = asked.pop()!;
    deepStrictEqual([text, given?.servers, system, said, commandNames], [
      "https://b.example/",
      {},
      undefined,
      isIdentified,
      ["login"],
    ]);
  }
  await withConfig(config, { findServer });
  strictEqual(asked.pop()?.text, "");
});

Deno.test("the configuration file can be named by a flag or a variable, and is said which it was", async () => {
  const files: Record<string, string> = {
    "/a.json": '{"defaults": {"profile": "a"}}',
    "/b.json": '{"defaults": {"profile": "b"}}',
  };
  const readTextFile = (path: string) =>
    files[path] === undefined
      ? Promise.reject(new Deno.errors.NotFound())
      : Promise.resolve(files[path]);
  const getEnv = (name: string) => name === "MCP_PROXY_CONFIG" ? "/b.json" : undefined;
  const byVariable = await withConfig({}, { getEnv, readTextFile });
  deepStrictEqual([byVariable.settings.profile, byVariable.config?.path], ["b", "/b.json"]);
  const byFlag = await withConfig({}, { flags: { config: "/a.json" }, getEnv, readTextFile });
  deepStrictEqual([byFlag.settings.profile, byFlag.config?.path], ["a", "/a.json"]);
  const none = await withConfig({}, { getEnv: () => undefined, readTextFile });
  deepStrictEqual([none.config, none.system, none.server], [undefined, undefined, undefined]);
});

Deno.test("the default file of Windows is looked for on Windows", async () => {
  const asked: string[] = [];
  await resolveSettings({
    flags: {},
    os: "windows",
    getEnv: (name) => name === "APPDATA" ? "D:\\data" : undefined,
    readTextFile: (path) => {
      asked.push(path);
      return Promise.reject(new Deno.errors.NotFound());
    },
  });
  deepStrictEqual(asked, ["D:\\data\\authful-mcp-proxy\\config.json"]);
});

Deno.test("an env file that cannot be read is told with what to do", async () => {
  await rejects(resolve({ flags: { envFile: "gone.env" } }), {
    category: "Configuration error",
    what: "cannot read the file of --env-file: No such file (os error 2): gone.env",
    fix: "name an existing dotenv file",
    reason: "env_file_unreadable",
  });
});
