import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { removeServer } from "../../../src/cli/setup/remove_server.ts";
import { clients } from "../../../src/cli/setup/clients.ts";
import { jsonFormat } from "../../../src/cli/setup/json_format.ts";
import type { FlagTexts } from "../../../src/settings/options.ts";
import type { CommandContext } from "../../../src/cli/commands/command.ts";
import { resolveSettings } from "../../../src/settings/resolve_settings.ts";
import { answeringTerminal } from "../../support/answering_terminal.ts";

const cursorFile = ".cursor/mcp.json";
const windsurfFile = ".codeium/windsurf/mcp_config.json";
const ours = (...args: string[]) => ({ command: "authful-mcp-proxy", args });
const client = (id: string) => clients.find((client) => client.id === id)!;
const servers = (mcpServers: Record<string, unknown>) => JSON.stringify({ mcpServers });

/** A home with these files, and `setup --remove` in it. */
async function remove(
  files: Record<string, string>,
  { flags = {}, given, from, answers, backendUrl }: {
    flags?: CommandContext["flags"];
    given?: string;
    from?: string;
    answers?: string[];
    backendUrl?: string;
  } = {},
) {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "authful-remove-" }));
  using terminal = answeringTerminal(answers);
  let isAnyMeant = false;
  const plain = (text: string) => text.replaceAll(`${root}/`, "").replaceAll(root, "");
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(root, name)), { recursive: true });
      await Deno.writeTextFile(join(root, name), text);
    }
    const context = {
      flags: { yes: answers ? undefined : "true", ...flags },
      given,
      terminal,
      resolve(answers: FlagTexts = {}, options = {}) {
        // Nobody is asked which server is meant: that is what is to be found out.
        assert.deepEqual(options, { unnamed: "none" });
        assert.ok(answers.backendUrl === "" || answers.backendUrl === undefined);
        isAnyMeant ||= answers.backendUrl === "";
        return resolveSettings({
          flags: {
            backendUrl,
            config: "config.json" in files ? join(root, "config.json") : undefined,
            ...answers,
          },
          getEnv: () => undefined,
          readTextFile: Deno.readTextFile,
        });
      },
    } as unknown as CommandContext;
    const machine = {
      os: "linux",
      cwd: root,
      env: (name: string) => name === "HOME" ? root : undefined,
      namesIn: () => [],
    };
    const which = from === undefined || from === "json" ? from : client(from);
    const code = await removeServer(context, which as ReturnType<typeof client>, { machine });
    const left: Record<string, string> = {};
    for (const name of Object.keys(files)) {
      const text = await Deno.readTextFile(join(root, name)).catch(() => undefined);
      if (text !== undefined && text !== files[name]) left[name] = text;
      if (text === undefined) left[name] = "gone";
    }
    return { code, left, isAnyMeant, out: plain(terminal.onOut), err: plain(terminal.onErr) };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const usage: [what: string, options: Parameters<typeof remove>[1], error: string][] = [
  [
    "a client without a file",
    { from: "json", given: "tools" },
    "--remove needs a client whose file can be written. Fix: name another client with --client",
  ],
  ...[{ flags: { all: "true" }, given: "tools" }, { flags: { all: "true", name: "tools" } }].map(
    (options): [string, Parameters<typeof remove>[1], string] => [
      `every server and one (${JSON.stringify(options)})`,
      options,
      "--all is every server, and one is named besides. Fix: leave one of them out",
    ],
  ),
  ...[{ file: "x" }, { scope: "user" }].map((
    flags,
  ): [string, Parameters<typeof remove>[1], string] => [
    `every server of one place (${Object.keys(flags)})`,
    { flags: { all: "true", ...flags } },
    "--remove --all looks where each client keeps its servers, and not elsewhere. Fix: leave " +
    "--file and --scope out, or name the server",
  ]),
  [
    "a server that is nowhere",
    { given: "tools" },
    'no server "tools" is set up. Fix: see authful-mcp-proxy servers for those that are',
  ],
  [
    "no server",
    {},
    "--remove does not know which server is meant. Fix: name it, or pass --name with the name that " +
    "the client has for it",
  ],
];
for (const [what, options, error] of usage) {
  Deno.test(`--remove is refused for ${what}`, async () => {
    await assert.rejects(remove({}, options), {
      message: `Usage error: ${error}, or see authful-mcp-proxy setup --help.`,
    });
  });
}

Deno.test("this machine is meant unless another one is", async () => {
  using terminal = answeringTerminal();
  const context = { flags: {}, terminal } as unknown as CommandContext;
  await assert.rejects(removeServer(context, "json"), /--remove needs a client/);
});

Deno.test("a server is taken out of the client that is named, whoever's it is, and of no other", async () => {
  const files = {
    [cursorFile]: servers({ tools: { command: "x" }, other: { command: "y" } }),
    [windsurfFile]: servers({ tools: ours("tools") }),
    "config.json": `{"servers": {"tools": {"backendUrl": "https://a.test/"}}}`,
  };
  const { code, left, out, err } = await remove(files, { from: "cursor", given: "tools" });
  assert.equal(code, 0);
  assert.deepEqual(left, { [cursorFile]: servers({ other: { command: "y" } }) });
  assert.equal(out, "");
  assert.match(err, /\nNow: restart Cursor if it still shows the server\n$/);
});

Deno.test("a client that has no such server is told, and nothing is said on stdout without --json", async () => {
  const files = { [cursorFile]: servers({ other: { command: "y" } }) };
  const { code, left, err } = await remove(files, { from: "cursor", given: "tools" });
  assert.deepEqual([code, left], [0, {}]);
  assert.equal(
    err,
    `✓ ${cursorFile} has no server "tools"\nNow: restart Cursor if it still shows the server\n`,
  );
  assert.equal(
    (await remove({}, { from: "cursor", given: "tools" })).err,
    err,
    "the same where there is no file",
  );
});

Deno.test("--file and --scope name another file of the client", async () => {
  const files = { "mine.json": servers({ tools: {}, a: {} }) };
  const dry = {
    flags: { file: "nowhere.json", "dry-run": "true" },
    from: "cursor",
    given: "tools",
  };
  assert.match((await remove(files, dry)).err, /^✓ nowhere\.json has no server "tools"\n/);
  const project = { [cursorFile]: servers({ tools: {}, a: {} }) };
  const { left } = await remove(project, {
    flags: { scope: "project" },
    from: "cursor",
    given: "tools",
  });
  assert.deepEqual(left, { [cursorFile]: servers({ a: {} }) });
});

Deno.test("--name is the name that the client has, and a URL stands for what setup calls it", async () => {
  const files = { [cursorFile]: servers({ a: {}, "mcp-company": {}, b: {} }) };
  const without = (name: string) => {
    const left: Record<string, unknown> = { a: {}, "mcp-company": {}, b: {} };
    delete left[name];
    return { [cursorFile]: servers(left) };
  };
  const url = "https://mcp.company.com/";
  const rows: [options: Parameters<typeof remove>[1], name: string][] = [
    [{ given: "b", flags: { name: "a" } }, "a"],
    [{ given: "b" }, "b"],
    [{ given: url, backendUrl: url }, "mcp-company"],
    [{ backendUrl: url }, "mcp-company"],
  ];
  for (const [options, name] of rows) {
    const { left } = await remove(files, { from: "cursor", ...options });
    assert.deepEqual(left, without(name));
  }
});

Deno.test("the only server of the configuration file need not be named", async () => {
  const files = {
    [cursorFile]: servers({ tools: {}, a: {} }),
    "config.json": `{"servers": {"tools": {"backendUrl": "https://a.test/"}}}`,
  };
  const { left } = await remove(files, { from: "cursor", backendUrl: "tools" });
  assert.deepEqual(left, { [cursorFile]: servers({ a: {} }) });
});

const everywhere = {
  [cursorFile]: servers({
    mine: ours("tools"),
    tools: { command: "theirs" },
    other: ours("other"),
  }),
  [windsurfFile]: servers({ tools: ours("https://a.test/"), x: { command: "theirs" } }),
  "config.json":
    `{"servers": {"tools": {"backendUrl": "https://a.test/"}, "other": {"backendUrl": "https://b.test/"}}}`,
};

Deno.test("without a client a server goes from every client that starts it and from our file", async () => {
  const { code, left, err, isAnyMeant } = await remove(everywhere, { given: "tools" });
  assert.equal(code, 0);
  assert.ok(isAnyMeant, "a backend of the environment does not count");
  assert.deepEqual(left, {
    [cursorFile]: servers({ tools: { command: "theirs" }, other: ours("other") }),
    [windsurfFile]: servers({ x: { command: "theirs" } }),
    "config.json": `{"servers": {"other": {"backendUrl": "https://b.test/"}}}`,
  });
  assert.match(err, /\nNow: restart Cursor and Windsurf if they still show the server\n$/);
});

Deno.test("a server of our file alone needs no restart", async () => {
  const { "config.json": config } = everywhere;
  const { left, err } = await remove({ "config.json": config }, { given: "other" });
  assert.deepEqual(left, {
    "config.json": `{"servers": {"tools": {"backendUrl": "https://a.test/"}}}`,
  });
  assert.doesNotMatch(err, /Now:/);
});

Deno.test("--all takes out every server of ours, and with a client those of that client", async () => {
  const flags = { all: "true" };
  const all = await remove(everywhere, { flags });
  assert.deepEqual(all.left, {
    [cursorFile]: servers({ tools: { command: "theirs" } }),
    [windsurfFile]: servers({ x: { command: "theirs" } }),
    "config.json": `{"servers": {}}`,
  });
  const one = await remove(everywhere, { flags, from: "cursor" });
  assert.deepEqual(one.left, { [cursorFile]: servers({ tools: { command: "theirs" } }) });
  const { code, left, err } = await remove({ "config.json": "{}" }, { flags, given: "" });
  assert.deepEqual([code, left, err], [0, {}, "✓ No server is set up\n"]);
  const none = await remove({}, { flags, from: "cursor" });
  assert.deepEqual([none.code, none.err], [0, "✓ No server is set up\n"]);
});

Deno.test("what was done is said as JSON where that is asked for", async () => {
  const flags = { json: "true" };
  const named = await remove(everywhere, { flags, from: "cursor", given: "other" });
  assert.deepEqual(JSON.parse(named.out), {
    ...{ server: "other", client: "cursor", outcome: "written", files: [cursorFile] },
  });
  const all = await remove(everywhere, { flags: { ...flags, all: "true", "dry-run": "true" } });
  assert.deepEqual(JSON.parse(all.out), {
    ...{ server: null, client: null, outcome: "shown" },
    files: [cursorFile, windsurfFile, "config.json"],
  });
  assert.deepEqual([all.code, all.left], [0, {}]);
  assert.doesNotMatch(all.err, /Now:/);
});

Deno.test("a person who says no keeps everything", async () => {
  const { code, left, err } = await remove(everywhere, { given: "tools", answers: ["n"] });
  assert.deepEqual([code, left], [1, {}]);
  assert.match(err, /Nothing was written\n$/);
});

Deno.test("several servers and files that have none of them any more are named", async () => {
  const files = { [cursorFile]: servers({ a: ours("a"), b: ours("b") }) };
  const { err } = await remove(files, {
    flags: { all: "true", "dry-run": "true" },
    from: "cursor",
  });
  assert.doesNotMatch(err, /has no server/);
});

Deno.test("a file that setup made goes with its only server, one that was there before does not", async () => {
  const cursor = jsonFormat({ key: "mcpServers" });
  const made = cursor.add(undefined, {
    ...{ name: "tools", command: "authful-mcp-proxy", args: ["tools"], env: {}, inherited: [] },
  }) as string;
  const nothing = cursor.remove(made, "tools") as string;
  const gone = await remove({ [cursorFile]: made }, { from: "cursor", given: "tools" });
  assert.deepEqual(gone.left, { [cursorFile]: "gone" });
  assert.match(gone.err, /✓ Removed \.cursor\/mcp\.json, which had nothing else in it/);
  const backup = { [cursorFile]: made, [`${cursorFile}.backup-1`]: nothing };
  const kept = await remove(backup, { from: "cursor", given: "tools" });
  assert.deepEqual(kept.left, { [cursorFile]: nothing });
  const other = { [cursorFile]: made, [`${cursorFile}.backup-1`]: "{}" };
  assert.deepEqual((await remove(other, { from: "cursor", given: "tools" })).left, {
    [cursorFile]: "gone",
  });
});

Deno.test("our own configuration file stays when its only server goes", async () => {
  const files = {
    "config.json":
      `{\n  "servers": {\n    "a": { "backendUrl": "https://a.test/", "headers": ["X: s3cret"] }\n  }\n}\n`,
  };
  const { left, err } = await remove(files, { given: "a" });
  assert.deepEqual(left, { "config.json": `{\n  "servers": {}\n}\n` });
  assert.doesNotMatch(err, /s3cret/);
});
