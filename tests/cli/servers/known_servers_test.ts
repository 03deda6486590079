import assert from "node:assert/strict";
import { knownServers } from "../../../src/cli/servers/known_servers.ts";
import { readClientServers } from "../../../src/cli/servers/client_servers.ts";
import type { ConfigFile } from "../../../src/settings/config_document.ts";

const cursor = "/home/ada/.cursor/mcp.json";
const windsurf = "/home/ada/.codeium/windsurf/mcp_config.json";
const asCursor = { id: "cursor", title: "Cursor", path: cursor };
const asWindsurf = { id: "windsurf", title: "Windsurf", path: windsurf };

const inputs = (files: Record<string, unknown>) => ({
  machine: {
    os: "linux",
    env: (name: string) => ({ HOME: "/home/ada" } as Record<string, string>)[name],
    cwd: "/work",
    namesIn: () => [],
  },
  readTextFile: (path: string) =>
    path in files
      ? Promise.resolve(JSON.stringify(files[path]))
      : Promise.reject(new Deno.errors.NotFound(path)),
});

const entry = (args: string[], env: Record<string, string> = {}) => ({
  command: "authful-mcp-proxy",
  args,
  env,
});
const file = (path: string, servers: ConfigFile["servers"]): ConfigFile => ({
  path,
  defaults: {},
  servers,
});

Deno.test("an entry of a client is read for the settings and the server that it names", async () => {
  const a = "https://a.test/mcp";
  const read = async (args: string[], env: Record<string, string> = {}) => {
    const files = { [cursor]: { mcpServers: { tools: entry(args, env) } } };
    const [found, ...others] = await readClientServers(inputs(files));
    assert.deepEqual(others, []);
    if (!found) return undefined;
    const { client, name, ...rest } = found;
    assert.deepEqual([client, name], [asCursor, "tools"]);
    return rest;
  };
  const none = undefined;
  const rows: [string[], Record<string, string>, Awaited<ReturnType<typeof read>>][] = [
    [["wiki"], {}, { server: "wiki", texts: {} }],
    [["wiki", "--profile", "work"], { OIDC_CLIENT_ID: "c" }, {
      server: "wiki",
      texts: { profile: "work", oidcClientId: "c" },
    }],
    [[a], {}, { server: none, texts: { backendUrl: a } }],
    [[], { MCP_BACKEND_URL: a }, { server: none, texts: { backendUrl: a } }],
    [[], { MCP_BACKEND_URL: "wiki" }, { server: "wiki", texts: {} }],
    [[], {}, { server: none, texts: {} }],
    [["wiki"], { MCP_BACKEND_URL: a }, { server: "wiki", texts: {} }],
    [["--profile=flag"], { MCP_PROXY_PROFILE: "variable" }, {
      server: none,
      texts: { profile: "flag" },
    }],
    [[], { OIDC_CLIENT_ID: "", OTHER: "x" }, { server: none, texts: {} }],
    // What the client fills in is not known.
    [[], { OIDC_CLIENT_ID: "${input:id}", OIDC_SCOPES: "${env:S}" }, { server: none, texts: {} }],
    [[], { OIDC_CLIENT_ID: "x${input:id}", OIDC_SCOPES: "${input:s}x" }, {
      server: none,
      texts: { oidcClientId: "x${input:id}", oidcScopes: "${input:s}x" },
    }],
    // A client would not get it started either.
    [["--no-such-flag"], {}, none],
    [["login"], {}, none],
  ];
  for (const [args, env, expected] of rows) {
    assert.deepEqual(await read(args, env), expected, JSON.stringify([args, env]));
  }
  const other = { [cursor]: { mcpServers: { x: { command: "npx", args: ["mcp-remote", a] } } } };
  assert.deepEqual(await readClientServers(inputs(other)), []);
});

Deno.test("servers of the person's file come first, then the administrator's, then the clients'", async () => {
  const config = file("/config.json", { b: { backendUrl: "https://b.test/" }, a: {} });
  const system = file("/etc/config.json", { a: { profile: "x" }, c: { profile: "c" } });
  const found = await knownServers(
    { config, system },
    inputs({
      [cursor]: {
        mcpServers: {
          x: entry(["a"]),
          y: entry(["c"]),
          own: entry(["https://own.test/"]),
          gone: entry(["no-such-server"]),
        },
      },
      [windsurf]: { mcpServers: { z: entry(["a"]), own: entry(["https://own.test/"]) } },
    }),
  );
  assert.deepEqual(found, [
    {
      name: "b",
      origin: "config file",
      path: "/config.json",
      texts: { backendUrl: "https://b.test/" },
      clients: [],
    },
    {
      name: "a",
      origin: "config file",
      path: "/config.json",
      texts: {},
      clients: [asCursor, asWindsurf],
    },
    {
      name: "a",
      origin: "system file",
      path: "/etc/config.json",
      texts: { profile: "x" },
      clients: [],
      hiddenBy: "/config.json",
    },
    {
      name: "c",
      origin: "system file",
      path: "/etc/config.json",
      texts: { profile: "c" },
      clients: [asCursor],
    },
    {
      name: "own",
      origin: "client",
      path: cursor,
      texts: { backendUrl: "https://own.test/" },
      clients: [asCursor, asWindsurf],
    },
  ]);
});

Deno.test("what differs in its name or a setting is another server", async () => {
  const found = await knownServers(
    { config: undefined, system: undefined },
    inputs({
      [cursor]: {
        mcpServers: { one: entry(["https://a.test/"]), two: entry(["https://a.test/"]) },
      },
      [windsurf]: {
        mcpServers: {
          one: entry(["https://b.test/"]),
          two: entry(["https://a.test/"]),
        },
      },
    }),
  );
  assert.deepEqual(
    found.map(({ name, texts, path, clients }) => [name, texts.backendUrl, path, clients.length]),
    [
      ["one", "https://a.test/", cursor, 1],
      ["two", "https://a.test/", cursor, 2],
      ["one", "https://b.test/", windsurf, 1],
    ],
  );
  assert.deepEqual(
    await knownServers({ config: undefined, system: undefined }, inputs({})),
    [],
  );
});

Deno.test("without a file of one's own nothing hides what the administrator set up", async () => {
  const system = file("/etc/config.json", { a: {} });
  const [found] = await knownServers({ config: undefined, system }, inputs({}));
  assert.deepEqual(found, {
    name: "a",
    origin: "system file",
    path: "/etc/config.json",
    texts: {},
    clients: [],
  });
});
