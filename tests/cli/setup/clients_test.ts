import assert from "node:assert/strict";
import { clients } from "../../../src/cli/setup/clients.ts";
import { parse as parseYaml } from "yaml";
import { readJsonc } from "../../../src/cli/setup/edit_jsonc.ts";
import { inheritedVariables } from "../../../src/cli/setup/inherited_variables.ts";
import type { ServerEntry } from "../../../src/cli/setup/server_entry.ts";
import { ProxyError } from "../../../src/base/errors.ts";

const entry: ServerEntry = {
  name: "company-tools",
  command: "/usr/local/bin/authful-mcp-proxy",
  args: ["https://mcp-backend.company.com/mcp"],
  env: { OIDC_ISSUER_URL: "https://auth.company.com", OIDC_CLIENT_ID: "your-client-id" },
  inherited: inheritedVariables("linux"),
};
const fixtures = new URL("fixtures/", import.meta.url);
const read = (name: string) => Deno.readTextFile(new URL(name, fixtures));

/** Copies of configuration files as people have them; `name.after.*` is what `setup` makes of it. */
const cases: { client: string; file: string; present?: true }[] = [
  { client: "claude-desktop", file: "claude-desktop.json" },
  { client: "claude-desktop", file: "claude-desktop-windows.json" },
  { client: "claude-code", file: "claude-code.json" },
  { client: "cursor", file: "cursor.json", present: true },
  { client: "vscode", file: "vscode.json" },
  { client: "windsurf", file: "windsurf.json" },
  { client: "zed", file: "zed.json" },
  { client: "gemini", file: "gemini.json" },
  { client: "codex", file: "codex.toml" },
  { client: "codex", file: "codex-present.toml", present: true },
  { client: "codex", file: "codex-variables.toml", present: true },
  { client: "lmstudio", file: "lmstudio.json" },
  { client: "inspector", file: "inspector.json" },
  { client: "copilot", file: "copilot.json" },
  { client: "opencode", file: "opencode.json" },
  { client: "opencode", file: "opencode-present.json", present: true },
  { client: "qwen", file: "qwen.json" },
  { client: "cline", file: "cline.json" },
  { client: "cline-vscode", file: "cline-vscode.json" },
  { client: "roo", file: "roo.json" },
  { client: "kilo", file: "kilo.json" },
  { client: "continue", file: "continue.json" },
  { client: "goose", file: "goose.yaml" },
  { client: "goose", file: "goose-present.yaml", present: true },
  { client: "junie", file: "junie.json" },
  { client: "kiro", file: "kiro.json" },
  { client: "amazon-q", file: "amazon-q.json" },
  { client: "crush", file: "crush.json" },
  { client: "amp", file: "amp.json" },
  { client: "droid", file: "droid.json" },
  { client: "visual-studio", file: "visual-studio.json" },
  { client: "warp", file: "warp.json" },
  { client: "antigravity", file: "antigravity.json" },
];

const parents: Record<string, string> = {
  "zed.json": (await read("zed.json")).replace(/\n\}\n$/, '\n  "context_servers": {},\n}\n'),
  "gemini.json": (await read("gemini.json")).replace(/\n\}\n$/, ',\n  "mcpServers": {}\n}\n'),
};

for (const { client: id, file, present } of cases) {
  const client = clients.find((client) => client.id === id)!;

  Deno.test(`setup writes ${file} for ${client.title}`, async () => {
    const before = await read(file);
    const after = await client.add(before, entry);
    const golden = file.replace(".", ".after.");
    // `AUTHFUL_UPDATE_FIXTURES=1` writes what is to be read by a person before it is committed.
    if (Deno.env.get("AUTHFUL_UPDATE_FIXTURES")) {
      await Deno.writeTextFile(new URL(golden, fixtures), after);
    }
    assert.equal(after, await read(golden));
    assert.equal(await client.add(after, entry), after, "a second time changes nothing");
  });

  if (!present) {
    Deno.test(`setup only inserts into ${file} and takes it out again`, async () => {
      const before = await read(file);
      const after = await client.add(before, entry);
      assert.ok(after.length > before.length);
      assert.ok(isInsertion(before, after), "no byte that was there is gone");
      const removed = await client.remove(after, entry.name);
      // The member that holds the servers may stay where it was not there before.
      assert.equal(removed, parents[file] ?? before);
      assert.equal(await client.remove(before, entry.name), before, "nothing there to remove");
    });
  }
}

for (const client of clients) {
  Deno.test(`setup makes a file for ${client.title} where there is none`, async () => {
    const made = await client.add(undefined, entry);
    assert.ok(made.endsWith("\n"));
    assert.equal(await client.add("", entry), made);
    assert.equal(await client.add(made, entry), made);
    if (client.id === "codex") {
      const [variables] = made.match(/^env_vars = \[\n(?: {2}.*,\n)+\]$/m)!;
      assert.deepEqual(variables.match(/\w+(?=")/g), entry.inherited);
      assert.equal(
        made,
        `[mcp_servers.company-tools]
command = "/usr/local/bin/authful-mcp-proxy"
args = ["https://mcp-backend.company.com/mcp"]
startup_timeout_sec = 60
${variables}

[mcp_servers.company-tools.env]
OIDC_ISSUER_URL = "https://auth.company.com"
OIDC_CLIENT_ID = "your-client-id"
`,
      );
      return;
    }
    if (client.id === "goose") {
      assert.deepEqual(parseYaml(made), {
        extensions: {
          [entry.name]: {
            enabled: true,
            type: "stdio",
            name: entry.name,
            cmd: entry.command,
            args: entry.args,
            envs: entry.env,
            env_keys: [],
            timeout: 300,
          },
        },
      });
      return;
    }
    const keys: Partial<Record<string, string>> = {
      vscode: "servers",
      zed: "context_servers",
      "visual-studio": "servers",
      opencode: "mcp",
      kilo: "mcp",
      crush: "mcp",
      amp: "amp.mcpServers",
    };
    const key = keys[client.id] ?? "mcpServers";
    const { type: _type, source: _source, timeout: _timeout, tools: _tools, ...rest } =
      JSON.parse(made)[key][entry.name];
    const { command, args, env } = entry;
    assert.deepEqual(
      rest,
      ["opencode", "kilo"].includes(client.id)
        ? { command: [command, ...args], environment: env }
        : { command, args, env },
    );
  });

  Deno.test(`setup leaves a broken file of ${client.title} alone`, async () => {
    await assert.rejects(
      async () => await client.add('{ "mcpServers": [', entry),
      (error) => error instanceof ProxyError && /is not (?:JSON|TOML|YAML)/.test(error.message),
    );
  });
}

Deno.test("setup refuses servers that are no object", () => {
  const [client] = clients;
  for (const text of ['{"mcpServers": []}', '{"mcpServers": null}', "[]", "3"]) {
    assert.throws(() => void client.add(text, entry), ProxyError, text);
  }
});

Deno.test("setup keeps a byte order mark", async () => {
  const [client] = clients;
  const after = await client.add(`\ufeff{\n}\n`, entry);
  assert.ok(after.startsWith("\ufeff{"));
  assert.ok(readJsonc(after, ["mcpServers", "company-tools"]));
});

Deno.test("setup refuses a Codex server in an inline table instead of rewriting the file", async () => {
  const codex = clients.find(({ id }) => id === "codex")!;
  for (
    const text of [
      `mcp_servers = { company-tools = { command = "x" } }\n`,
      `[mcp_servers]\ncompany-tools = { command = "x" }\n`,
      `mcp_servers.company-tools.command = "x"\n`,
    ]
  ) {
    await assert.rejects(async () => await codex.add(text, entry), /cannot be changed without/);
    await assert.rejects(async () => await codex.remove(text, entry.name), /cannot be changed/);
  }
});

Deno.test("setup leaves the variables alone that Codex already hands on", async () => {
  const codex = clients.find(({ id }) => id === "codex")!;
  const given = [...entry.inherited].reverse().map((name) => `  '${name}', # mine\n`).join("");
  const rows = `env_vars = [\n${given}]\n`;
  const after = await codex.add(
    `[mcp_servers.company-tools]\ncommand = "x"\n${rows}\n[tui]\n`,
    entry,
  );
  assert.ok(after.includes(rows), after);
});

Deno.test("setup refuses variables of a Codex server that it cannot write back", async () => {
  const codex = clients.find(({ id }) => id === "codex")!;
  for (const value of [`"DISPLAY"`, "[1]", `[{ source = "remote" }]`, `[{ name = "A", x = 1 }]`]) {
    const text = `[mcp_servers.company-tools]\ncommand = "x"\nenv_vars = ${value}\n`;
    await assert.rejects(async () => await codex.add(text, entry), /cannot be changed without/);
  }
});

Deno.test("setup finds Codex tables however their names are written", async () => {
  const codex = clients.find(({ id }) => id === "codex")!;
  for (
    const header of [
      "[mcp_servers.company-tools]",
      `[ mcp_servers . "company-tools" ]`,
      "['mcp_servers'.company-tools] # x",
    ]
  ) {
    const after = await codex.add(`a = 1\n${header}\ncommand = "x" # y\nz = 2\n`, entry);
    assert.ok(after.startsWith(`a = 1\n${header}\ncommand = "/usr/local/bin/`), after);
    assert.match(after, /\nz = 2\n/);
    assert.doesNotMatch(after, /"x"/);
    assert.equal(await codex.remove(after, entry.name), "a = 1\n");
  }
});

/** Whether `after` is `before` with one piece put in, or several. */
function isInsertion(before: string, after: string): boolean {
  let at = 0;
  for (const character of before) {
    at = after.indexOf(character, at) + character.length;
    if (at < character.length) return false;
  }
  return true;
}
