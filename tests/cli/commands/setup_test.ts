import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { setup } from "../../../src/cli/commands/setup.ts";
import { selfCommand } from "../../../src/cli/setup/self_command.ts";
import type { SystemConfig } from "../../../src/settings/system_config.ts";
import type { SetUpServer } from "../../../src/settings/resolve_settings.ts";
import { environment } from "../../support/environment.ts";
import { recordedTerminal } from "../../support/recorded_terminal.ts";
import { typedInput } from "../../support/typed_input.ts";
import { backend } from "../doctor/answering_backend.ts";
import { CommandRoom, type CommandStart } from "../command_room.ts";

const configFile = ".config/authful-mcp-proxy/config.json";
const cursorFile = ".cursor/mcp.json";
const unchecked = { "no-check": "true", "no-login": "true" };
const silently = { client: "cursor", yes: "true", ...unchecked };
const { command, args: own } = selfCommand();

/**
 * Runs setup for a person whose home is the room's; what is typed makes the terminal one. That the
 * variables of the room are meant is said first.
 */
async function run(
  room: CommandRoom,
  flags: Record<string, string>,
  { typed, env = {}, ...start }: CommandStart & {
    typed?: string[];
    env?: Record<string, string>;
  } = {},
) {
  using _environment = environment({ HOME: room.home, ...env });
  using input = typedInput(...(typed ? ["y", ...typed] : []).map((line) => `${line}\n`));
  const terminal = recordedTerminal({ interactive: typed !== undefined });
  const end = await room.run(setup, { flags, terminal, ...start });
  assert.deepEqual(input.left, [], "everything typed was asked for");
  return end;
}

const readJson = async (room: CommandRoom, file: string) =>
  JSON.parse(await Deno.readTextFile(join(room.home, file)));

async function write(room: CommandRoom, file: string, content: unknown): Promise<void> {
  const path = join(room.home, file);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(content));
}

const exists = (room: CommandRoom, file: string) =>
  Deno.lstat(join(room.home, file)).then(() => true, () => false);

/** The settings of the room, as they are written. */
const texts = (room: CommandRoom) => ({
  backendUrl: room.backend,
  oidcIssuerUrl: room.issuer,
  oidcClientId: "client",
  cacheDir: room.cacheDir,
});
const name = "127-0-0-1";

Deno.test("setup writes the settings into our file, once, and the name into the client's", async () => {
  await using room = new CommandRoom();
  const { code, out, err } = await run(room, silently);
  assert.deepEqual([code, out], [0, ""]);
  assert.deepEqual(err.slice(-3), [
    `✓ Wrote ${join(room.home, configFile)}`,
    `✓ Wrote ${join(room.home, cursorFile)}`,
    "Now: switch the server on under Settings, MCP",
  ]);
  assert.deepEqual(await readJson(room, configFile), { servers: { [name]: texts(room) } });
  assert.deepEqual(await readJson(room, cursorFile), {
    mcpServers: { [name]: { command, args: [...own, name], env: {} } },
  });
  assert.deepEqual((await run(room, silently)).err.slice(-3), [
    `✓ ${join(room.home, configFile)} needs no change`,
    `✓ ${join(room.home, cursorFile)} needs no change`,
    "Now: switch the server on under Settings, MCP",
  ]);
});

Deno.test("setup --inline writes everything into the client's file", async () => {
  await using room = new CommandRoom();
  const { code } = await run(room, { ...silently, inline: "true", name: "tools" });
  assert.equal(code, 0);
  assert.equal(await exists(room, configFile), false);
  assert.deepEqual(await readJson(room, cursorFile), {
    mcpServers: {
      tools: {
        command,
        args: [...own, room.backend],
        env: {
          OIDC_ISSUER_URL: room.issuer,
          OIDC_CLIENT_ID: "client",
          MCP_PROXY_CACHE_DIR: room.cacheDir,
        },
      },
    },
  });
});

Deno.test("setup for any other client prints the entry, and writes and asks nothing", async () => {
  await using room = new CommandRoom();
  const { code, out } = await run(room, { ...unchecked, client: "json", name: "tools" });
  assert.equal(code, 0);
  const { mcpServers: { tools } } = JSON.parse(out);
  assert.deepEqual(tools.args, [...own, room.backend]);
  assert.equal(tools.env.OIDC_CLIENT_ID, "client");
  assert.deepEqual([await exists(room, configFile), await exists(room, cursorFile)], [
    false,
    false,
  ]);
});

Deno.test("setup leaves secrets out unless told otherwise, and says so", async () => {
  const variables = { OIDC_CLIENT_SECRET: "secret-of-client" };
  const told = async (flags: Record<string, string>) => {
    await using room = new CommandRoom();
    const { err } = await run(room, { ...silently, ...flags }, { variables });
    const written = await readJson(room, configFile);
    return [err.find((line) => line.startsWith("!")), written.servers[name].oidcClientSecret];
  };
  assert.deepEqual(await told({}), [
    "! OIDC_CLIENT_SECRET is not written, since others may read the file. Fix: set it where the " +
    "client starts (or a file in OIDC_CLIENT_SECRET_FILE), or add --include-secret.",
    undefined,
  ]);
  assert.deepEqual(await told({ "include-secret": "true" }), [
    "! OIDC_CLIENT_SECRET is written in plain text: whoever can read the file can read it",
    "secret-of-client",
  ]);
});

Deno.test("setup asks somebody, or is told to write or to only show", async () => {
  await using room = new CommandRoom();
  const nobody =
    "Usage error: there is no terminal to ask in. Fix: add --yes to write the file or " +
    "--dry-run to only show the change, or see authful-mcp-proxy setup --help.";
  await assert.rejects(run(room, { client: "cursor", ...unchecked }), { message: nobody });
  const dry = await run(room, { client: "cursor", "dry-run": "true" });
  assert.equal(dry.code, 0);
  assert.match(dry.out + dry.err.join("\n"), /\+ {2}"mcpServers": \{/);
  assert.doesNotMatch(dry.err.join("\n"), /Wrote|Now:|Nothing was written/);
  assert.deepEqual([await exists(room, configFile), await exists(room, cursorFile)], [
    false,
    false,
  ]);
  assert.equal(room.requests.length, 0);
  const no = await run(room, { client: "cursor", ...unchecked }, { typed: ["", "n"] });
  assert.equal(no.code, 1);
  assert.equal(await exists(room, cursorFile), false);
  const yes = await run(room, { client: "cursor", ...unchecked }, { typed: ["", "y"] });
  assert.equal(yes.code, 0, yes.err.join("\n"));
  assert.equal(yes.err.at(-1), "Now: switch the server on under Settings, MCP");
});

Deno.test("setup asks for a name that clients accept and no other server has", async () => {
  await using room = new CommandRoom();
  await write(room, configFile, {
    servers: {
      [name]: { ...texts(room), backendUrl: "https://other.test/" },
      [`${name}-2`]: { ...texts(room), backendUrl: "https://third.test/" },
      nameless: { oidcClientId: "x" },
    },
  });
  const taken = `"${name}" is the name of the server at https://other.test/`;
  const odd = (text: string) =>
    `${JSON.stringify(text)} has characters that clients do not accept, or more than 64`;
  const wrong = (what: string, fix: string) =>
    `Usage error: --name: ${what}. Fix: ${fix}, or see authful-mcp-proxy setup --help.`;
  const rows: [string, string][] = [
    [name, wrong(taken, "choose another name")],
    ["a b", wrong(odd("a b"), "use letters, digits, - and _")],
    ["x".repeat(65), wrong(odd("x".repeat(65)), "use letters, digits, - and _")],
  ];
  for (const [given, message] of rows) {
    await assert.rejects(run(room, { ...silently, name: given }), { message });
  }
  const { err } = await run(room, { client: "cursor", ...unchecked }, {
    typed: ["a.b", name, "", "y"],
  });
  const question = `Name of the server: [${name}-3] `;
  assert.deepEqual(err.filter((line) => line.startsWith("Name of the server")).slice(0, 2), [
    `${question}✗ ${odd("a.b")}. Fix: use letters, digits, - and _.`,
    `${question}✗ ${taken}. Fix: choose another name.`,
  ]);
  const longest = "x".repeat(64);
  const { servers } = await readJson(room, configFile);
  assert.deepEqual(servers[`${name}-3`], texts(room));
  assert.equal((await run(room, { ...silently, name: longest })).code, 0);
  // A name without a URL, or for the same one, is free.
  assert.equal((await run(room, { ...silently, name: "nameless" })).code, 0);
  assert.equal((await run(room, { ...silently, name: `${name}-3` })).code, 0);
  await assert.rejects(run(room, { client: "cursor", ...unchecked }, { typed: [] }), {
    message: /the input ended/,
  });
});

Deno.test("setup writes nothing where a check fails, unless it is not to be checked", async () => {
  await using room = new CommandRoom();
  const nothing =
    "Nothing was written. Fix: correct what is marked above and run setup again, or " +
    "add --no-check.";
  const flags = { client: "cursor", yes: "true" };
  // The provider knows no such client.
  const refused = await run(room, { ...flags, "no-login": "true" });
  assert.deepEqual([refused.code, refused.err.at(-1)], [1, nothing]);
  assert.equal(await exists(room, cursorFile), false);
  room.answers["/authorize"] = ({ url }) => {
    const back = new URL(new URL(url).searchParams.get("redirect_uri")!);
    back.search = "error=login_required";
    return new Response(null, { status: 302, headers: { location: back.href } });
  };
  await room.signIn();
  // The backend does not take the token.
  const second = await run(room, flags);
  assert.deepEqual([second.code, second.err.at(-1)], [1, nothing]);
  assert.equal((await run(room, { ...flags, "no-check": "true" })).code, 0);
  assert.equal(await exists(room, cursorFile), true);
  const answer = backend();
  room.answers["/mcp"] = (request) =>
    request.headers.has("authorization") ? answer(request) : new Response(null, { status: 401 });
  const taken = await run(room, flags);
  assert.equal(taken.code, 0);
  assert.ok(taken.err.includes("✓ Already signed in as ada@example.com"), taken.err.join("\n"));
  assert.equal((await run(room, { ...flags, "no-login": "true" })).code, 0);
});

Deno.test("setup offers the settings to clients that have the same backend in a file of their own", async () => {
  await using room = new CommandRoom();
  const entry = (url: string) => ({ command: "authful-mcp-proxy", args: [url], env: {} });
  const windsurfFile = ".codeium/windsurf/mcp_config.json";
  await write(room, windsurfFile, {
    mcpServers: { mine: entry(room.backend), a: entry("https://a.test/") },
  });
  await write(room, ".gemini/settings.json", { mcpServers: { yours: entry(room.backend) } });
  await write(room, ".kiro/settings/mcp.json", { mcpServers: { b: entry("named") } });
  const flags = { client: "cursor", ...unchecked };
  const offer =
    "Windsurf and Gemini CLI may use these settings, too, instead of those in its own file:";
  const silent = await run(room, { ...flags, yes: "true" });
  assert.ok(!silent.err.some((line) => line.includes("may use these settings")));
  await Deno.remove(join(room.home, cursorFile));
  const inline = await run(room, { ...flags, inline: "true" }, { typed: ["", "y"] });
  assert.ok(!inline.err.some((line) => line.includes("may use these settings")));
  await Deno.remove(join(room.home, cursorFile));
  const asked = await run(room, flags, { typed: ["", "y", "y"] });
  assert.ok(asked.err.includes(offer), asked.err.join("\n"));
  const { mcpServers } = await readJson(room, windsurfFile);
  assert.deepEqual(mcpServers.mine.args, [...own, name]);
  assert.deepEqual(mcpServers.a.args, ["https://a.test/"]);
  assert.equal(asked.err.at(-1), "Now: switch the server on under Settings, MCP");
});

Deno.test("setup leaves a server of the administrator's as it is, or takes all of it over", async () => {
  const system = (room: CommandRoom) =>
    ({
      path: "/etc/authful-mcp-proxy/config.json",
      defaults: {},
      servers: { tools: texts(room) },
      policy: { locked: {} },
    }) as unknown as SystemConfig;
  const asIs = async (variables: Record<string, string>) => {
    await using room = new CommandRoom();
    const server: SetUpServer = {
      name: "tools",
      origin: "system file",
      path: system(room).path,
      texts: texts(room),
    };
    const none = { MCP_BACKEND_URL: "tools", OIDC_ISSUER_URL: "", OIDC_CLIENT_ID: "" };
    const { code } = await run(room, { ...silently, name: "mine" }, {
      variables: { ...none, MCP_PROXY_CACHE_DIR: "", ...variables },
      system: system(room),
      findServer: () => Promise.resolve(server),
    });
    assert.equal(code, 0);
    const { mcpServers } = await readJson(room, cursorFile);
    assert.deepEqual(mcpServers.mine.args, [...own, "tools"]);
    if (!await exists(room, configFile)) return undefined;
    const { servers } = await readJson(room, configFile);
    const { backendUrl, profile } = servers.tools;
    return [Object.keys(servers), backendUrl === room.backend, profile];
  };
  assert.equal(await asIs({}), undefined);
  assert.deepEqual(await asIs({ MCP_PROXY_PROFILE: "work" }), [["tools"], true, "work"]);
});

Deno.test("setup --remove takes a server out, of one client or of all", async () => {
  await using room = new CommandRoom();
  await run(room, silently);
  const flags = { remove: "true", yes: "true" };
  const one = await run(room, { ...flags, client: "cursor" }, { given: name });
  assert.equal(one.code, 0, one.err.join("\n"));
  assert.equal(await exists(room, cursorFile), false, "nothing else was in it");
  assert.deepEqual(Object.keys((await readJson(room, configFile)).servers), [name]);
  const all = await run(room, flags, { given: name });
  assert.equal(all.code, 0, all.err.join("\n"));
  assert.equal((await readJson(room, configFile)).servers?.[name], undefined);
});

Deno.test("setup by root for somebody else is warned of", {
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
}, async () => {
  await using room = new CommandRoom();
  const first = async (env: Record<string, string>) =>
    (await run(room, { client: "cursor", "dry-run": "true" }, { env })).err[0];
  const warning =
    "! this is for the clients of root, not for those of ada. Fix: run setup without " +
    "sudo.";
  assert.equal(await first({ SUDO_USER: "ada" }), warning);
  for (const env of [{}, { SUDO_USER: "root" }, { SUDO_USER: "" }]) {
    assert.doesNotMatch(await first(env as Record<string, string>) ?? "", /clients of root/);
  }
});
