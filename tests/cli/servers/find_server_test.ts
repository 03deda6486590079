import assert from "node:assert/strict";
import type { FlagTexts } from "../../../src/settings/options.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import {
  describeServer,
  serverFinder,
  severalServers,
} from "../../../src/cli/servers/find_server.ts";

const url = "https://mcp.company.com/mcp";
const cursor = "/home/ada/.cursor/mcp.json";
const vscode = "/home/ada/.config/Code/User/mcp.json";
const config = "/home/ada/.config/authful-mcp-proxy/config.json";

/** An entry with all settings in it, as setup --inline and older versions write them. */
const inline = (clientId: string, backend = url) => ({
  command: "/usr/local/bin/authful-mcp-proxy",
  args: [backend],
  env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: clientId, OTHER: "x" },
});

const named = (name: string) => ({ command: "authful-mcp-proxy", args: [name], env: {} });

const configured = (servers: Record<string, unknown>) => JSON.stringify({ servers });
const server = (clientId: string, backendUrl = url) => ({
  backendUrl,
  oidcIssuerUrl: "https://auth.company.com",
  oidcClientId: clientId,
});

async function find(
  files: Record<string, unknown>,
  flags: FlagTexts,
  { env = {}, choose = 0 }: { env?: Record<string, string>; choose?: number | "nobody" } = {},
) {
  const getEnv = (name: string) => ({ HOME: "/home/ada", ...env } as Record<string, string>)[name];
  const readTextFile = (path: string) => {
    const text = files[path];
    if (text === undefined) return Promise.reject(new Deno.errors.NotFound(path));
    return Promise.resolve(typeof text === "string" ? text : JSON.stringify(text));
  };
  const given = config in files ? { config } : {};
  const { settings, server, sources } = await resolveSettings({
    flags: { ...given, ...flags },
    getEnv,
    readTextFile,
    findServer: serverFinder({
      machine: { os: "linux", env: getEnv, cwd: "/work", namesIn: () => [] },
      readTextFile,
      choose: (servers) => {
        if (choose === "nobody") throw severalServers(servers);
        return Promise.resolve(servers[choose]);
      },
    }),
  });
  return {
    name: server?.name,
    origin: server?.origin,
    clientId: settings.oidcClientId,
    backendUrl: settings.backendUrl?.href,
    source: sources.oidcClientId,
  };
}

Deno.test("what lies in the current directory names no server: anybody may have written it", async () => {
  const hostile = { ...inline("evil"), env: { ...inline("evil").env, BROWSER: "sh -c evil" } };
  const files = { "/work/mcp.json": { mcpServers: { tools: hostile } } };
  for (const flags of [{}, { backendUrl: url }]) {
    const { name, clientId } = await find(files, flags, { choose: "nobody" });
    assert.deepEqual([name, clientId], [undefined, undefined]);
  }
  await assert.rejects(find(files, { backendUrl: "tools" }), /neither a command nor the URL/);
  // Nor is it one of two with other settings.
  const both = { ...files, [cursor]: { mcpServers: { tools: inline("abc") } } };
  assert.equal((await find(both, {})).clientId, "abc");
});

Deno.test("a server of the configuration file is found by its name and by its URL", async () => {
  const files = { [config]: configured({ tools: server("abc"), wiki: server("w", `${url}/w`) }) };
  for (const backendUrl of ["tools", url]) {
    assert.deepEqual(await find(files, { backendUrl }), {
      name: "tools",
      origin: "config file",
      clientId: "abc",
      backendUrl: url,
      source: "config file",
    });
  }
});

Deno.test("a server that only a client's entry knows is found by its name and by its URL", async () => {
  const files = { [cursor]: { mcpServers: { tools: inline("abc") } } };
  for (const backendUrl of ["tools", `${url}`, "HTTPS://mcp.company.com/mcp"]) {
    const found = await find(files, { backendUrl });
    assert.deepEqual([found.name, found.origin, found.clientId, found.source], [
      "tools",
      "client",
      "abc",
      "client",
    ]);
  }
});

Deno.test("the configuration file comes before the entries of clients", async () => {
  const files = {
    [config]: configured({ tools: server("ours") }),
    [cursor]: { mcpServers: { tools: inline("theirs") } },
  };
  assert.equal((await find(files, { backendUrl: "tools" })).clientId, "ours");
  assert.equal((await find(files, { backendUrl: url })).clientId, "ours");
});

Deno.test("flag, variable and server, in this order", async () => {
  const files = { [config]: configured({ tools: server("file") }) };
  const env = { OIDC_CLIENT_ID: "variable" };
  assert.equal((await find(files, { backendUrl: "tools" }, { env })).clientId, "variable");
  const flags = { backendUrl: "tools", oidcClientId: "flag" };
  assert.equal((await find(files, flags, { env })).clientId, "flag");
});

Deno.test("without a name it is the only one; of several, one is chosen", async () => {
  assert.equal((await find({}, {})).name, undefined);
  const one = { [cursor]: { mcpServers: { tools: inline("abc"), other: named("nowhere") } } };
  assert.equal((await find(one, {})).name, "tools");
  const two = { ...one, [vscode]: { servers: { wiki: inline("w", `${url}/wiki`) } } };
  assert.equal((await find(two, {}, { choose: 1 })).name, "wiki");
  await assert.rejects(
    find(two, {}, { choose: "nobody" }),
    /Usage error: several servers are set up: tools \(https:\S+mcp, in Cursor, \S+\); wiki \(https:\S+wiki, in VS Code, \S+\)\. Fix: name the one that is meant/,
  );
});

Deno.test("one URL under two names, or in two clients with different settings, is a list to choose from", async () => {
  const twice = { [config]: configured({ a: server("one"), b: server("two") }) };
  await assert.rejects(find(twice, { backendUrl: url }), /was set up more than once: a \(.*; b \(/);
  assert.equal((await find(twice, { backendUrl: "b" })).clientId, "two");
  const clients = {
    [cursor]: { mcpServers: { tools: inline("one") } },
    [vscode]: { servers: { tools: inline("two") } },
  };
  for (const backendUrl of [url, "tools"]) {
    await assert.rejects(
      find(clients, { backendUrl }),
      /was set up more than once: .*Cursor.*VS Code/,
    );
  }
  const alike = {
    [cursor]: { mcpServers: { tools: inline("one") } },
    [vscode]: { servers: { tools: inline("one") } },
  };
  assert.equal((await find(alike, { backendUrl: url })).clientId, "one");
});

Deno.test("who names issuer and client is not led to another server", async () => {
  const files = { [cursor]: { mcpServers: { tools: inline("abc") } } };
  const env = { OIDC_ISSUER_URL: "https://other.test", OIDC_CLIENT_ID: "mine" };
  assert.equal((await find(files, { backendUrl: url }, { env })).name, undefined);
  assert.equal((await find(files, {}, { env })).name, undefined);
});

Deno.test("a name that nobody knows is told with those that are known", async () => {
  const files = { [cursor]: { mcpServers: { "company-tools": inline("abc") } } };
  await assert.rejects(
    find(files, { backendUrl: "company-tols" }),
    /"company-tols" is neither a command nor the URL.*company-tools/,
  );
});

Deno.test("files of clients that are not there, broken or odd have no servers", async () => {
  const odd = {
    [cursor]: "{ broken",
    [vscode]: { servers: { a: null, b: 3, c: { command: 7 }, d: { command: "x", args: "y" } } },
  };
  assert.equal((await find(odd, {})).name, undefined);
  const filledIn = inline("${input:client-id}");
  const found = await find({ [vscode]: { servers: { tools: filledIn } } }, { backendUrl: "tools" });
  assert.equal(found.clientId, undefined, "what the client fills in is not known");
});

/** Finds a server directly, on a machine where clients have no files. */
function finder(choose: Parameters<typeof serverFinder>[0]["choose"] = () => assert.fail("asked")) {
  return serverFinder({
    machine: { os: "linux", env: () => undefined, cwd: "/", namesIn: () => [] },
    readTextFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
    choose,
  });
}

const fileOf = (path: string, ...names: string[]) => ({
  path,
  defaults: {},
  servers: Object.fromEntries(names.map((name) => [name, { backendUrl: `https://${name}.test/` }])),
});

const wanted = (text: string, more = {}) => ({
  text,
  config: fileOf("/config.json", "a"),
  system: fileOf("/system.json", "a", "b"),
  isIdentified: false,
  ...more,
});

Deno.test("the server that one's own hides is none of several, by its URL neither", async () => {
  let asked: string[] = [];
  const choose = (servers: readonly { name: string; path: string }[]) => {
    asked = servers.map(({ name, path }) => `${name} in ${path}`);
    return Promise.resolve(undefined);
  };
  assert.equal(await finder(choose)(wanted("")), undefined);
  assert.deepEqual(asked, ["a in /config.json", "b in /system.json"]);
  assert.equal((await finder()(wanted("https://a.test/")))?.path, "/config.json");
  assert.equal((await finder()(wanted("b")))?.path, "/system.json");
  const one = wanted("", { config: undefined, system: fileOf("/system.json", "b") });
  assert.equal((await finder()(one))?.name, "b", "of one nobody is asked");
});

Deno.test("who names provider and client means a server by its name all the same", async () => {
  const identified = { isIdentified: true };
  assert.equal((await finder()(wanted("b", identified)))?.name, "b");
  assert.equal(await finder()(wanted("https://b.test/", identified)), undefined);
  assert.equal(await finder()(wanted("", identified)), undefined);
});

Deno.test("a URL that nobody knows is none that was set up; an unknown name is an error", async () => {
  for (const text of ["https://c.test/", "https://[", "no name!", "1c", "-c"]) {
    assert.equal(await finder()(wanted(text)), undefined, text);
  }
  const unreadable = wanted("https://[", {
    config: { path: "/config.json", defaults: {}, servers: { odd: { backendUrl: "https://[" } } },
  });
  assert.equal(await finder()(unreadable), undefined, "two that are no URLs are not one URL");
  await assert.rejects(
    async () => await finder()(wanted("c", { commandNames: ["see"] })),
    /"c" is neither a command nor the URL/,
  );
  await assert.rejects(
    async () => await finder()(wanted("bb", { config: undefined })),
    /\/system\.json/,
  );
});

Deno.test("a server in words has its name, its URL and where it was set up", () => {
  const known = { name: "a", path: "/x.json", texts: {}, clients: [] };
  const clients = ["Cursor", "Zed"].map((title) => ({ id: title, title, path: "/x.json" }));
  assert.equal(
    describeServer({ ...known, origin: "config file", clients }),
    "a (no URL, in /x.json)",
  );
  assert.equal(
    describeServer({
      ...known,
      origin: "client",
      clients,
      texts: { backendUrl: "https://a.test/" },
    }),
    "a (https://a.test/, in Cursor, Zed, /x.json)",
  );
});
