import assert from "node:assert/strict";
import { readConfigFile } from "../../src/settings/config_file.ts";
import type { FlagTexts } from "../../src/settings/options.ts";
import { type Policy, refuseOtherHosts } from "../../src/settings/policy.ts";
import { resolveSettings } from "../../src/settings/resolve_settings.ts";
import type { SystemConfig } from "../../src/settings/system_config.ts";
import { parseUrlPattern } from "../../src/settings/url_pattern.ts";
import { ProxyError } from "../../src/base/errors.ts";

const path = "/etc/authful-mcp-proxy/config.json";

interface Given {
  flags?: FlagTexts;
  env?: Record<string, string>;
  envFile?: string;
  person?: unknown;
  system?: Partial<Omit<SystemConfig, "policy">> & { policy?: Partial<Policy> };
}

const resolve = ({ flags = {}, env = {}, envFile, person, system }: Given) =>
  resolveSettings({
    flags: { ...flags, ...envFile !== undefined && { envFile: "x.env" } },
    getEnv: (name) => ({ HOME: "/home/ada", ...env })[name],
    readTextFile: (path) =>
      path === "x.env"
        ? Promise.resolve(envFile!)
        : person === undefined
        ? Promise.reject(new Deno.errors.NotFound())
        : Promise.resolve(JSON.stringify(person)),
    readSystemConfig: () =>
      Promise.resolve({
        path,
        defaults: {},
        servers: {},
        ...system,
        policy: {
          locked: {},
          allowedBackends: undefined,
          allowedIssuers: undefined,
          ...system?.policy,
        },
      }),
  });

async function refusal(given: Given): Promise<ProxyError> {
  try {
    await resolve(given);
  } catch (error) {
    assert.ok(error instanceof ProxyError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

const patterns = (...texts: string[]) => texts.map((text) => parseUrlPattern(text)!);

Deno.test("the system file is beaten by the person's file, that by the env file, the variable, the flag", async () => {
  const system = { defaults: { loginTimeout: "1" } };
  const person = { defaults: { loginTimeout: 2 } };
  const envFile = "MCP_PROXY_LOGIN_TIMEOUT=3";
  const env = { MCP_PROXY_LOGIN_TIMEOUT: "4" };
  const flags = { loginTimeout: "5" };
  const cases: [Given, number, string][] = [
    [{}, 300, "default"],
    [{ system }, 1, "system file"],
    [{ system, person }, 2, "config file"],
    [{ system, person, envFile }, 3, "env file"],
    [{ system, person, envFile, env }, 4, "environment"],
    [{ system, person, envFile, env, flags }, 5, "flag"],
  ];
  for (const [given, loginTimeout, source] of cases) {
    const { settings, sources } = await resolve(given);
    assert.deepEqual([settings.loginTimeout, sources.loginTimeout], [loginTimeout, source]);
  }
});

Deno.test("a named server of the system file is there for everybody, whole", async () => {
  const system = {
    defaults: { loginTimeout: "1" },
    servers: { tools: { backendUrl: "https://mcp.company.com/", oidcClientId: "company" } },
  };
  const flags = { backendUrl: "tools" };
  const plain = await resolve({ flags, system });
  assert.equal(plain.settings.backendUrl?.href, "https://mcp.company.com/");
  assert.deepEqual([plain.sources.oidcClientId, plain.server?.path], ["system file", path]);
  const person = { defaults: { oidcClientId: "of-another-server", loginTimeout: 2 } };
  const { settings } = await resolve({ flags, system, person });
  assert.equal(settings.oidcClientId, "company", "what belongs to the server stays with it");
  assert.equal(settings.loginTimeout, 2);
});

Deno.test("the person's own server of a name is taken instead of the administrator's", async () => {
  const system = {
    servers: { tools: { backendUrl: "https://mcp.company.com/", oidcClientId: "company" } },
  };
  const person = { servers: { tools: { backendUrl: "https://own.test/" } } };
  const { settings, server } = await resolve({ flags: { backendUrl: "tools" }, system, person });
  assert.equal(settings.backendUrl?.href, "https://own.test/");
  assert.equal(settings.oidcClientId, undefined, "the two are not mixed");
  assert.equal(server?.origin, "config file");
});

Deno.test("a locked value holds without being given, and when the same one is given", async () => {
  const locked = { oidcIssuerUrl: "https://auth.company.com", allowHttp: "false", browser: null };
  const { settings, sources, texts } = await resolve({ system: { policy: { locked } } });
  assert.equal(texts.oidcIssuerUrl, "https://auth.company.com");
  assert.equal(settings.allowHttp, false);
  assert.deepEqual([sources.oidcIssuerUrl, sources.browser], ["policy", "policy"]);
  const env = { OIDC_ISSUER_URL: "https://auth.company.com/", MCP_PROXY_ALLOW_HTTP: "no" };
  assert.equal((await resolve({ env, system: { policy: { locked } } })).settings.allowHttp, false);
});

const locks: [name: string, Given, message: RegExp][] = [
  [
    "a flag",
    {
      flags: { credentialEncryption: "none" },
      system: { policy: { locked: { credentialEncryption: "keychain" } } },
    },
    /^Configuration error: --credential-encryption is set to "none", and the policy in \/etc\/authful-mcp-proxy\/config\.json locks credentialEncryption to "keychain"\. Fix: remove --credential-encryption, or ask whoever administers this machine\.$/,
  ],
  ["a variable", {
    env: { MCP_PROXY_ALLOW_HTTP: "1" },
    system: { policy: { locked: { allowHttp: "false" } } },
  }, /MCP_PROXY_ALLOW_HTTP is set to "1".* locks allowHttp to "false"/],
  ["the env file", {
    envFile: "OIDC_REDIRECT_URL=http://localhost:9/cb",
    system: { policy: { locked: { oidcRedirectUrls: "http://localhost:8080/auth/callback" } } },
  }, /OIDC_REDIRECT_URL in x\.env is set to .*locks oidcRedirectUrls/],
  [
    "the person's file",
    {
      person: { defaults: { noCookies: false } },
      system: { policy: { locked: { noCookies: "true" } } },
    },
    /defaults\.noCookies in \/home\/ada\/\.config\/authful-mcp-proxy\/config\.json is set to "false"/,
  ],
  ["a filter, whose value is not shown", {
    flags: { allowTools: "delete_*" },
    system: { policy: { locked: { allowTools: "read_*\nlist" } } },
  }, /--allow-tool is set, and the policy in \S+ locks allowTools\. /],
  ["a secret, whose value is not shown", {
    env: { OIDC_CLIENT_SECRET: "hush-hush-hush" },
    system: { policy: { locked: { oidcClientSecret: null } } },
  }, /OIDC_CLIENT_SECRET is set, and the policy in \S+ locks oidcClientSecret to its default\. /],
];
for (const [name, given, message] of locks) {
  Deno.test(`a lock refuses another value of ${name}`, async () => {
    const error = await refusal(given);
    assert.match(error.message, message);
    assert.equal(error.reason, "locked_setting");
    assert.doesNotMatch(error.message, /hush/);
  });
}

Deno.test("a locked value that the setting cannot have is told as the policy's mistake", async () => {
  const { message } = await refusal({
    system: { policy: { locked: { oidcIssuerUrl: "nonsense" } } },
  });
  assert.match(message, /locked\.oidcIssuerUrl in \/etc\/\S+ is not a URL: "nonsense"/);
});

Deno.test("only allowed backends and providers are taken, wherever they are named", async () => {
  const policy = {
    allowedBackends: patterns("https://*.company.com"),
    allowedIssuers: patterns("https://auth.company.com", "https://login.company.com/realms/*"),
  };
  const issuer = { OIDC_ISSUER_URL: "https://auth.company.com" };
  const allowed = { flags: { backendUrl: "https://mcp.company.com/mcp" }, env: issuer };
  assert.ok(await resolve({ ...allowed, system: { policy } }));
  const backend = await refusal({
    flags: { backendUrl: "https://evil.test/mcp" },
    env: issuer,
    system: { policy },
  });
  assert.equal(backend.reason, "backend_not_allowed");
  assert.equal(
    backend.message,
    "Configuration error: the backend https://evil.test/mcp is none that the policy in " +
      "/etc/authful-mcp-proxy/config.json allows (https://*.company.com). " +
      "Fix: use one of those, or ask whoever administers this machine.",
  );
  const provider = await refusal({
    flags: { backendUrl: "tools" },
    person: {
      servers: {
        tools: { backendUrl: "https://mcp.company.com/", oidcIssuerUrl: "https://evil.test" },
      },
    },
    system: { policy },
  });
  assert.equal(provider.reason, "issuer_not_allowed");
  assert.match(provider.message, /the provider https:\/\/evil\.test is none that the policy/);
});

Deno.test("where providers are limited, no backend decides which one it is", async () => {
  const system = { policy: { allowedIssuers: patterns("https://auth.company.com") } };
  const error = await refusal({ flags: { backendUrl: "https://mcp.company.com/mcp" }, system });
  assert.equal(error.reason, "issuer_not_allowed");
  assert.match(error.message, /set OIDC_ISSUER_URL or pass --oidc-issuer-url, to one of: https/);
  assert.ok(await resolve({ system }), "commands without a backend still run");
});

Deno.test("the backend's own authorization server is a provider, too", async () => {
  const system = { policy: { allowedIssuers: patterns("https://*.company.com") } };
  const env = {
    OIDC_ISSUER_URL: "https://auth.company.com",
    MCP_BACKEND_CLIENT_ID: "tools",
    MCP_BACKEND_ISSUER_URL: "https://as.company.com",
  };
  const flags = { backendUrl: "https://mcp.company.com/mcp" };
  assert.ok(await resolve({ flags, env, system }));
  const other = { ...env, MCP_BACKEND_ISSUER_URL: "https://as.evil.test" };
  const error = await refusal({ flags, env: other, system });
  assert.match(error.message, /the provider https:\/\/as\.evil\.test is none/);
  const { MCP_BACKEND_ISSUER_URL: _, ...open } = env;
  assert.match(
    (await refusal({ flags, env: open, system })).message,
    /no backendIssuerUrl is named/,
  );
});

Deno.test("an empty list allows nothing", async () => {
  const error = await refusal({
    flags: { backendUrl: "https://mcp.company.com/mcp" },
    system: { policy: { allowedBackends: [] } },
  });
  assert.match(error.message, /allows \(none at all\)/);
});

Deno.test("a policy in the person's own file is told where it belongs", async () => {
  await assert.rejects(
    readConfigFile({
      given: "/home/ada/config.json",
      machine: { os: "linux", env: () => undefined, cwd: "/" },
      readTextFile: () => Promise.resolve('{"locked":{}}'),
    }),
    /has "locked"; only "defaults" and "servers" are known\. Fix: set it in \/etc\/authful-mcp-proxy\/config\.json/,
  );
});

Deno.test("a provider is judged without a backend, too, and by its address when it has no text", () => {
  const policy = {
    locked: {},
    allowedBackends: undefined,
    allowedIssuers: patterns("https://auth.company.com"),
  };
  const evil = new URL("https://evil.test");
  const none = {
    backendUrl: undefined,
    oidcIssuerUrl: undefined,
    backendClientId: undefined,
    backendIssuerUrl: undefined,
  };
  const judged = [{ ...none, oidcIssuerUrl: evil }, { ...none, backendIssuerUrl: evil }];
  for (const settings of judged) {
    assert.throws(() => refuseOtherHosts(settings, { policy, path, texts: {} }), {
      reason: "issuer_not_allowed",
      what: `the provider https://evil.test/ is none that the policy in ${path} allows ` +
        "(https://auth.company.com)",
    });
  }
  refuseOtherHosts(none, { policy, path, texts: {} });
});
