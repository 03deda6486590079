import assert from "node:assert/strict";
import { resolve } from "node:path";
import type { FlagTexts } from "../../../src/settings/options.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import type { StartCommand } from "../../../src/cli/setup/self_command.ts";
import { inheritedVariables } from "../../../src/cli/setup/inherited_variables.ts";
import { makeEntry } from "../../../src/cli/setup/make_entry.ts";

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
