import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { servers } from "../../../src/cli/commands/servers.ts";
import type { SearchableMachine } from "../../../src/platform/paths.ts";
import type { SystemConfig } from "../../../src/settings/system_config.ts";
import { recordedTerminal } from "../../support/recorded_terminal.ts";
import { CommandRoom, type CommandStart } from "../command_room.ts";

const hour = 3_600_000;
const json = { flags: { json: "true" } };
const nowhere = { MCP_BACKEND_URL: "", OIDC_ISSUER_URL: "", OIDC_CLIENT_ID: "" };

/** Puts a file below the home of a room; gives its path. */
async function write(room: CommandRoom, file: string, content: unknown): Promise<string> {
  const path = join(room.home, file);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(content));
  return path;
}

/** Runs the command on a machine that has nothing but what lies in the room. */
function run(
  room: CommandRoom,
  start: CommandStart = {},
  variables: Record<string, string> = {},
) {
  const env: Record<string, string> = { HOME: room.home, ...variables };
  const machine: SearchableMachine = {
    os: "linux",
    env: (name) => env[name],
    cwd: room.home,
    namesIn: () => [],
  };
  return room.run((context) => servers(context, machine), { variables: nowhere, ...start });
}

const configFile = ".config/authful-mcp-proxy/config.json";
const cursorFile = ".cursor/mcp.json";

Deno.test("servers where nothing is set up says what does it", async () => {
  await using room = new CommandRoom();
  assert.deepEqual(await run(room), {
    code: 0,
    out: "",
    err: ["No server is set up: authful-mcp-proxy setup does it"],
    asked: [[{ backendUrl: "" }, { unnamed: "none" }]],
  });
  const { out, err, code } = await run(room, json);
  assert.deepEqual([JSON.parse(out), err, code], [{ servers: [] }, [], 0]);
});

Deno.test("servers tells each server with its clients, and who is signed in there", async () => {
  await using room = new CommandRoom();
  const { issuer, cacheDir } = room;
  const server = (backendUrl: string, more = {}) => ({
    backendUrl,
    oidcIssuerUrl: issuer,
    oidcClientId: "client",
    ...more,
  });
  const config = await write(room, configFile, {
    defaults: { cacheDir },
    servers: {
      renewing: server("https://a.test/"),
      lasting: server("https://b.test/", { profile: "lasting" }),
      endless: server("https://c.test/", { profile: "endless" }),
      over: server("https://d.test/", { profile: "over" }),
      nobody: server("https://e.test/", { profile: "nobody" }),
      nameless: { oidcIssuerUrl: issuer, oidcClientId: "client" },
      elsewhere: server("https://f.test/", { cacheDir: join(room.home, "elsewhere") }),
    },
  });
  const cursor = await write(room, cursorFile, {
    mcpServers: {
      one: { command: "authful-mcp-proxy", args: ["renewing"] },
      own: {
        command: "authful-mcp-proxy",
        args: ["https://g.test/", "--cache-dir", cacheDir],
        env: { OIDC_ISSUER_URL: issuer, OIDC_CLIENT_ID: "client" },
      },
      broken: {
        command: "authful-mcp-proxy",
        args: ["https://h.test/", "--cache-dir", cacheDir],
        env: { OIDC_ISSUER_URL: "ftp://x.test", OIDC_CLIENT_ID: "client" },
      },
    },
  });
  const windsurf = await write(room, ".codeium/windsurf/mcp_config.json", {
    mcpServers: { one: { command: "authful-mcp-proxy", args: ["renewing"] } },
  });
  const lasts = Date.now() + hour + 30_000;
  await room.signIn();
  const profile = (name: string) => ({ variables: { MCP_PROXY_PROFILE: name } });
  await room.signIn({ refreshToken: undefined, expiresAt: lasts }, profile("lasting"));
  await room.signIn(
    { refreshToken: undefined, expiresAt: undefined, claims: {} },
    profile("endless"),
  );
  await room.signIn({ refreshToken: undefined }, { ...profile("over"), ago: 2 * hour });

  const { out, err, code } = await run(room, json);
  assert.deepEqual([err, code], [[], 0]);
  const { servers: told } = JSON.parse(out);
  const renewing = {
    name: "renewing",
    backendUrl: "https://a.test/",
    settings: { in: "config file", file: config },
    clients: [{ client: "cursor", file: cursor }, { client: "windsurf", file: windsurf }],
    account: "ada@example.com",
    signedIn: true,
    renewable: true,
  };
  const { expiresAt: _, ...first } = told[0];
  assert.deepEqual(first, renewing);
  assert.deepEqual(told[1], {
    ...renewing,
    name: "lasting",
    backendUrl: "https://b.test/",
    clients: [],
    renewable: false,
    expiresAt: new Date(lasts).toISOString(),
  });
  assert.deepEqual(told[2], {
    ...told[1],
    name: "endless",
    backendUrl: "https://c.test/",
    account: null,
    expiresAt: null,
  });
  assert.deepEqual([told[3].name, told[3].signedIn, told[3].renewable], ["over", false, false]);
  const none = { account: null, signedIn: false, renewable: null, expiresAt: null };
  assert.deepEqual(told[4], { ...told[1], ...none, name: "nobody", backendUrl: "https://e.test/" });
  assert.deepEqual([told[5].name, told[5].backendUrl, told[5].signedIn], ["nameless", null, true]);
  assert.deepEqual([told[6].name, told[6].signedIn], ["elsewhere", false]);
  assert.deepEqual([told[7].name, told[7].settings, told[7].signedIn], [
    "own",
    { in: "client", file: cursor },
    true,
  ]);
  assert.deepEqual(told[8], {
    name: "broken",
    backendUrl: "https://h.test/",
    settings: { in: "client", file: cursor },
    clients: [{ client: "cursor", file: cursor }],
    ...none,
    error: told[8].error,
  });
  assert.match(told[8].error, /ftp:\/\/x\.test/);
  assert.equal(told.length, 9);

  const table = (await run(room)).out.split("\n");
  assert.match(table[0]!, /^NAME +BACKEND +CLIENTS +ACCOUNT +STATE +SETTINGS IN$/);
  const rows = table.slice(1, -1).map((row) => row.split(/ {2,}/));
  const ada = "ada@example.com";
  const renews = "signed in, renews by itself";
  assert.deepEqual(rows.slice(0, 8), [
    ["renewing", "https://a.test/", "Cursor, Windsurf", ada, renews, config],
    ["lasting", "https://b.test/", "none", ada, "signed in for 1 h", config],
    ["endless", "https://c.test/", "none", "unknown", "signed in", config],
    ["over", "https://d.test/", "none", ada, "the token has run out", config],
    ["nobody", "https://e.test/", "none", "not signed in", config],
    ["nameless", "not named", "none", ada, renews, config],
    ["elsewhere", "https://f.test/", "none", "not signed in", config],
    ["own", "https://g.test/", "Cursor", ada, renews, cursor],
  ]);
  const [name, backend, client, wrong, path] = rows[8]!;
  assert.deepEqual([name, backend, client, path], ["broken", "https://h.test/", "Cursor", cursor]);
  assert.match(wrong!, /ftp:\/\/x\.test/);

  const terminal = recordedTerminal({ out: { coloured: true, width: 1_000 } });
  await run(room, { terminal });
  const colours = ["31", "32", "33"];
  const [red, green, yellow] = colours;
  const coloured = terminal.out.text().split("\n");
  assert.ok(coloured[0]!.startsWith("\x1b[2mNAME"));
  const colourOf = (row: string) => colours.find((code) => row.includes(`\x1b[${code}m`));

  assert.deepEqual(coloured.slice(1, -1).map(colourOf), [
    green,
    green,
    green,
    yellow,
    yellow,
    green,
    yellow,
    green,
    red,
  ]);
  const narrow = recordedTerminal({ out: { width: 40 } });
  await run(room, { terminal: narrow });
  assert.match(narrow.out.text(), /^name {9}renewing\nbackend {6}https/);
});

Deno.test("servers tells of a server of the administrator that one's own hides", async () => {
  await using room = new CommandRoom();
  const { cacheDir, issuer } = room;
  const server = { backendUrl: "https://a.test/", oidcIssuerUrl: issuer, oidcClientId: "client" };
  const config = await write(room, configFile, {
    defaults: { cacheDir },
    servers: { tools: server },
  });
  const system = {
    path: "/etc/authful-mcp-proxy/config.json",
    defaults: {},
    servers: { tools: server, wiki: server },
    policy: { locked: {} },
  } as unknown as SystemConfig;
  const { servers: told } = JSON.parse((await run(room, { ...json, system })).out);
  assert.deepEqual(
    told.map(({ name, settings, hiddenBy }: Record<string, unknown>) => [name, settings, hiddenBy]),
    [
      ["tools", { in: "config file", file: config }, undefined],
      ["tools", { in: "system file", file: system.path }, config],
      ["wiki", { in: "system file", file: system.path }, undefined],
    ],
  );
  const rows = (await run(room, { system })).out.split("\n").slice(1, -1);
  const states = rows.map((row) => row.split(/ {2,}/)[3]);
  assert.deepEqual(states, [
    "not signed in",
    "hidden by your own server of this name",
    "not signed in",
  ]);
});

Deno.test("servers does not tell the server that the shell's variables name", async () => {
  await using room = new CommandRoom();
  const { cacheDir, issuer } = room;
  await write(room, configFile, {
    defaults: { cacheDir },
    servers: {
      tools: { backendUrl: "https://a.test/", oidcIssuerUrl: issuer, oidcClientId: "client" },
    },
  });
  await room.signIn();
  const { out } = await run(room, json, {
    OIDC_CLIENT_ID: "other",
    MCP_PROXY_PROFILE: "other",
    OIDC_ISSUER_URL: "https://other.test",
  });
  assert.equal(JSON.parse(out).servers[0].signedIn, true);
});

Deno.test("servers keeps credentials where a client's program would, in its home", async () => {
  await using room = new CommandRoom();
  await write(room, configFile, {
    servers: {
      tools: { backendUrl: room.backend, oidcIssuerUrl: room.issuer, oidcClientId: "client" },
    },
  });
  const home = join(room.home, ".mcp-auth", "authful-mcp-proxy");
  await room.signIn();
  await Deno.mkdir(dirname(home));
  await Deno.rename(room.cacheDir, home);
  const { out } = await run(room, json);
  assert.equal(JSON.parse(out).servers[0].signedIn, true);
});

Deno.test("servers repeats no secret that a provider put into a name", async () => {
  await using room = new CommandRoom();
  const { cacheDir, issuer } = room;
  await write(room, configFile, {
    defaults: { cacheDir },
    servers: {
      tools: { backendUrl: "https://a.test/", oidcIssuerUrl: issuer, oidcClientId: "client" },
    },
  });
  await room.signIn({ accessToken: "secret-in-a-name", claims: { email: "secret-in-a-name" } });
  for (const start of [{}, json]) {
    const { out } = await run(room, start);
    assert.match(out, /\[redacted\]/);
    assert.doesNotMatch(out, /secret-in-a-name/);
  }
});

Deno.test({
  name: "servers says which permission it was started without",
  ignore: Deno.build.os === "windows",
  permissions: { read: true, write: true, env: true, net: true, run: true, sys: false },
  async fn() {
    await using room = new CommandRoom();
    await assert.rejects(run(room), /was started without --allow-sys=uid/);
  },
});
