import assert from "node:assert/strict";
import { resolve } from "node:path";
import type { FlagTexts } from "../../../src/cli/command_line.ts";
import { resolveSettings } from "../../../src/cli/resolve_settings.ts";
import { makeEntry } from "../../../src/cli/setup/make_entry.ts";

async function entryOf(
  flags: FlagTexts,
  variables: Record<string, string> = {},
  files: Record<string, string> = {},
) {
  const resolved = await resolveSettings({
    flags,
    getEnv: (name) => variables[name],
    readTextFile: (path) =>
      path in files ? Promise.resolve(files[path]) : Promise.reject(new Error("not there")),
  });
  const self = { command: "authful-mcp-proxy", args: [] };
  return makeEntry(resolved, { name: "company", self, includeSecret: false }).entry;
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
