import assert from "node:assert/strict";
import { resolve } from "node:path";
import { type FlagTexts, optionNames, options } from "../../../src/settings/options.ts";
import { isSessionOnly } from "../../../src/cli/setup/configured_server.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import type { StartCommand } from "../../../src/cli/setup/self_command.ts";
import { inheritedVariables } from "../../../src/cli/setup/inherited_variables.ts";
import { makeEntry, makeNamedEntry, suggestName } from "../../../src/cli/setup/make_entry.ts";

async function entryOf(
  flags: FlagTexts,
  variables: Record<string, string> = {},
  files: Record<string, string> = {},
  self: StartCommand = { command: "authful-mcp-proxy", args: [] },
) {
  const resolved = await resolveSettings({
    flags,
    getEnv: (name) => variables[name],
    readTextFile: (path) =>
      path in files ? Promise.resolve(files[path]) : Promise.reject(new Error("not there")),
  });
  return makeEntry(resolved, { name: "company", self, includeSecret: false, os: "linux" }).entry;
}

const backendUrl = "https://mcp.company.com";

Deno.test("an entry names files so that they are found from the directory of any client", async () => {
  const { env } = await entryOf({
    backendUrl,
    caCerts: "one.pem\n/etc/two.pem",
    clientKey: "../key.pem",
    cacheDir: "~/credentials",
  }, { OIDC_CLIENT_SECRET_FILE: "secret" });
  assert.deepEqual(env, {
    MCP_PROXY_CA_CERT: `${resolve("one.pem")}\n${resolve("/etc/two.pem")}`,
    MCP_PROXY_CLIENT_KEY: resolve("../key.pem"),
    MCP_PROXY_CACHE_DIR: "~/credentials",
    OIDC_CLIENT_SECRET_FILE: resolve("secret"),
  });
});

Deno.test("an entry has the URL as it was given", async () => {
  assert.deepEqual((await entryOf({ backendUrl })).args, [backendUrl]);
});

Deno.test("the browser of a terminal stays in it, one that was asked for does not", async () => {
  const helper = { BROWSER: "/vscode/bin/helpers/browser.sh" };
  assert.deepEqual((await entryOf({ backendUrl }, helper)).env, {});
  assert.deepEqual((await entryOf({ backendUrl, browser: "firefox" }, helper)).env, {
    BROWSER: "firefox",
  });
});

Deno.test("an entry leads to the configuration file that it needs", async () => {
  const files = {
    "my.json":
      `{ "defaults": { "oidcClientId": "abc" }, "servers": { "c": { "backendUrl": "${backendUrl}" } } }`,
  };
  const config = ["--config", resolve("my.json")];
  assert.deepEqual((await entryOf({ backendUrl: "c", config: "my.json" }, {}, files)).args, [
    "c",
    ...config,
  ]);
  assert.deepEqual((await entryOf({ backendUrl, config: "my.json" }, {}, files)).args, [
    backendUrl,
    ...config,
  ]);
  assert.deepEqual(
    (await entryOf({ backendUrl, config: "my.json" }, {}, { "my.json": "{}" })).args,
    [
      backendUrl,
    ],
  );
});

Deno.test("an entry gives a shell nothing that it could take for a command", async () => {
  const self = { command: "cmd", args: ["/c", "npx", "-y", "authful-mcp-proxy"] };
  const files = { "a&b.json": `{ "defaults": { "oidcClientId": "abc" } }` };
  const flags = { backendUrl: `${backendUrl}/mcp?a=1&calc`, config: "a&b.json" };
  assert.deepEqual(await entryOf(flags, {}, files, self), {
    name: "company",
    ...self,
    env: { MCP_BACKEND_URL: flags.backendUrl, MCP_PROXY_CONFIG: resolve("a&b.json") },
    inherited: inheritedVariables("linux"),
  });
});

Deno.test("a secret that an entry leaves out comes from where the client starts", async () => {
  const { env, inherited } = await entryOf({ backendUrl }, { OIDC_CLIENT_SECRET: "s3cret" });
  assert.deepEqual(env, {});
  assert.deepEqual(inherited, [...inheritedVariables("linux"), "OIDC_CLIENT_SECRET"]);
});

Deno.test("what an entry sets does not come from where the client starts", async () => {
  const { inherited } = await entryOf({ backendUrl, browser: "firefox" });
  assert.ok(inheritedVariables("linux").includes("BROWSER"));
  assert.ok(!inherited.includes("BROWSER"));
});

Deno.test("every setting that is written has a variable to write it as", () => {
  const without = optionNames.filter((name) => !("env" in options[name]));
  assert.deepEqual(without.filter((name) => !isSessionOnly(name)), []);
});

Deno.test("a server of the configuration file is started by its name, one of a client by its URL", async () => {
  const file = `{ "servers": { "c": { "backendUrl": "${backendUrl}", "oidcClientId": "abc" } } }`;
  const resolved = await resolveSettings({
    flags: { backendUrl: "c", config: "my.json" },
    getEnv: () => undefined,
    readTextFile: () => Promise.resolve(file),
  });
  const self = { command: "proxy", args: [] };
  const made = (more: object) =>
    makeEntry({ ...resolved, ...more }, { name: "c", self, includeSecret: false, os: "linux" })
      .entry;
  const config = ["--config", resolve("my.json")];
  assert.deepEqual(made({}).args, ["c", ...config]);
  assert.deepEqual(made({}).env, {});
  const { server } = resolved;
  assert.deepEqual(made({ server: { ...server, origin: "client" } }).args, [backendUrl, ...config]);
  assert.deepEqual(made({ server: undefined }).args, [backendUrl, ...config]);
  // Where the configuration lies where it is looked for, nobody need be told.
  const sources = { ...resolved.sources, config: "default" as const };
  assert.deepEqual(made({ sources }).args, ["c"]);
  // Nothing of a file is in it, and a URL needs none to be found.
  const none = Object.fromEntries(optionNames.map((name) => [name, "flag"]));
  assert.deepEqual(made({ sources: none, server: undefined }).args, [backendUrl]);
  assert.deepEqual(made({ sources: none }).args, ["c", ...config]);
});

Deno.test("an entry of a named server has its name and where it stands, and asks for its secrets", async () => {
  const resolved = await resolveSettings({
    flags: { config: "my.json" },
    getEnv: () => undefined,
    readTextFile: () => Promise.resolve("{}"),
  });
  const self = { command: "proxy", args: ["-x"] };
  assert.deepEqual(
    makeNamedEntry(resolved, {
      ...{ name: "tools", server: "company", self, os: "windows" },
      leftOut: ["oidcClientSecret", "backendUrl", "noBanner"],
    }),
    {
      name: "tools",
      command: "proxy",
      args: ["-x", "company", "--config", resolve("my.json")],
      env: {},
      inherited: [
        ...inheritedVariables("windows"),
        ...["OIDC_CLIENT_SECRET", "MCP_BACKEND_URL", "MCP_PROXY_NO_BANNER"],
      ],
    },
  );
  const here = makeNamedEntry(resolved, { name: "a", server: "b", self, leftOut: [] });
  assert.deepEqual(here.inherited, inheritedVariables(Deno.build.os));
});

const names: [url: string, name: string][] = [
  ["https://mcp.company.com/x", "mcp-company"],
  ["https://company.com", "company"],
  ["http://localhost:8080", "localhost"],
  ["http://127.0.0.1:8080", "127-0-0-1"],
  ["http://[::1]:8080", "1"],
  ["http://[fe80::1:a]", "fe80-1-a"],
  ["https://1.company.com", "1-company"],
  ["https://mcp.7.com", "mcp-7"],
  ["https://a.b2", "a"],
  ["https://mcp.2b", "mcp"],
  ["https://a.b_c.d", "a-b_c"],
  ["https://x..y", "x"],
  ["https://.a.b", "a"],
  [`https://${"a".repeat(41)}.com`, "a".repeat(40)],
  [`https://${"a".repeat(40)}.com`, "a".repeat(40)],
  ["x:", "company-tools"],
  ["x://a$b!!c(.com", "a-b-c"],
  ["x://!a..b!.com", "a--b"],
];
for (const [url, name] of names) {
  Deno.test(`${url} is suggested to be called ${name}`, () => {
    assert.equal(suggestName(new URL(url)), name);
  });
}
