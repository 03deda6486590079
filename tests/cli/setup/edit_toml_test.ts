import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { addTomlServer, removeTomlServer, tomlServers } from "../../../src/cli/setup/edit_toml.ts";
import type { ServerEntry } from "../../../src/cli/setup/server_entry.ts";
import { ProxyError } from "../../../src/base/errors.ts";

const entry: ServerEntry = {
  name: "tools",
  command: "proxy",
  args: ["a", "b"],
  env: { OIDC_CLIENT_ID: "abc" },
  inherited: ["BROWSER"],
};
const own = [
  ...["[mcp_servers.tools]", 'command = "proxy"', 'args = ["a", "b"]', "startup_timeout_sec = 60"],
  ...["env_vars = [", '  "BROWSER",', "]", "", "[mcp_servers.tools.env]", 'OIDC_CLIENT_ID = "abc"'],
];

const additions: [what: string, before: string[], after: string[], entry?: Partial<ServerEntry>][] =
  [
    ["nothing", [], own],
    ["other tables", ["[a]", "b = 1"], ["[a]", "b = 1", "", ...own]],
    ["another server", ["[mcp_servers.a]", "b = 1"], ["[mcp_servers.a]", "b = 1", "", ...own]],
    ["a blank line at its end", ["[a]", "b = 1", ""], ["[a]", "b = 1", "", ...own]],
    ["the server as it is to be, in another form", [
      ...["[mcp_servers.tools]", "args = [ 'a','b' ]", 'command="proxy"'],
      ...["env_vars = ['BROWSER', 'OTHER']", "env = { OIDC_CLIENT_ID = 'abc' }"],
    ], [
      ...["[mcp_servers.tools]", "args = [ 'a','b' ]", 'command="proxy"'],
      ...["env_vars = ['BROWSER', 'OTHER']", "env = { OIDC_CLIENT_ID = 'abc' }"],
    ]],
    ["an older one with its variables on one line", [
      ...["[mcp_servers.tools]", "enabled = false", 'command = "old"'],
      ...[
        'env_vars = ["BROWSER"]',
        'env = { OIDC_SCOPES = "x", MINE = "y", PORT = 8080 }',
        "",
        "[z]",
      ],
    ], [
      ...["[mcp_servers.tools]", 'command = "proxy"', 'args = ["a", "b"]', "enabled = false"],
      ...['env_vars = ["BROWSER"]', "", "[z]", "", "[mcp_servers.tools.env]"],
      ...['MINE = "y"', "PORT = 8080", 'OIDC_CLIENT_ID = "abc"'],
    ]],
    ["an older one with a table of variables", [
      ...["[mcp_servers.tools.env] # here", "# mine", 'MINE = "y"', 'OIDC_SCOPES = "x"', ""],
      ...[
        "[mcp_servers.tools] # there",
        "enabled = true",
        'env_vars = [{ name = "X", source = "remote" }, "Y"]',
      ],
    ], [
      ...["[mcp_servers.tools.env] # here", 'MINE = "y"', 'OIDC_CLIENT_ID = "abc"', "# mine", ""],
      ...["[mcp_servers.tools] # there", 'command = "proxy"', 'args = ["a", "b"]', "env_vars = ["],
      ...['  { name = "X", source = "remote" }, "Y", "BROWSER",', "]", "enabled = true"],
    ]],
    ["variables that the entry has besides", ["[mcp_servers.tools]", "env = 3"], [
      ...["[mcp_servers.tools]", 'command = "proxy"', "args = []", "env_vars = [", '  "BROWSER",'],
      ...["]", "", "[mcp_servers.tools.env]", '"A B" = "\\u007f"', '"é" = "\\"x\\""', 'a-B_1 = ""'],
    ], { args: [], env: { "A B": "\u007f", "é": '"x"', "a-B_1": "" } }],
    ["a server of an odd name", [], [
      ...[
        '[mcp_servers."a.b"]',
        'command = "proxy"',
        'args = ["a", "b"]',
        "startup_timeout_sec = 60",
      ],
      ...["", '[mcp_servers."a.b".env]'],
    ], { name: "a.b", env: {}, inherited: [] }],
    ["many variables, on as many lines as they need", [], [
      ...[
        "[mcp_servers.tools]",
        'command = "proxy"',
        'args = ["a", "b"]',
        "startup_timeout_sec = 60",
      ],
      "env_vars = [",
      `  "${"A".repeat(34)}", "${"B".repeat(35)}",`,
      `  "${"C".repeat(34)}",`,
      `  "${"D".repeat(36)}", "E",`,
      ...["]", "", "[mcp_servers.tools.env]"],
    ], {
      env: {},
      inherited: ["A".repeat(34), "B".repeat(35), "C".repeat(34), "D".repeat(36), "E"],
    }],
  ];
for (const [what, before, after, other] of additions) {
  Deno.test(`Codex' file gets the server where it has ${what}`, async () => {
    for (const eol of ["\n", "\r\n"]) {
      const text = (lines: string[]) => lines.map((line) => line + eol).join("");
      const source = before.length === 0 ? undefined : text(before);
      const added = await addTomlServer(source, { ...entry, ...other });
      assert.equal(added, source === undefined ? after.join("\n") + "\n" : text(after));
      parse(added);
    }
  });
}

Deno.test("what does not end with a line break in Codex' file gets one", async () => {
  const after = `a = 1\n\n${own.join("\n")}\n`;
  assert.equal(await addTomlServer("a = 1", entry), after);
  assert.equal(await addTomlServer("a = 1\n", entry), after);
  assert.equal(await addTomlServer("a = 1\n\n", entry), after);
  assert.equal(await addTomlServer("\n\na = 1\n", entry), `\n\n${after}`);
  assert.equal(await addTomlServer("", entry), own.join("\n") + "\n");
  assert.equal(await addTomlServer("\ufeffa = 1\n", entry), `\ufeff${after}`);
});

const removals: [what: string, before: string, after: string][] = [
  ["alone", "[mcp_servers.tools]\na = 1\n\n[mcp_servers.tools.env]\nb = 1\n", ""],
  ["beside other tables", "[a]\nb = 1\n[mcp_servers.tools]\n", "[a]\nb = 1\n"],
  ["behind a blank first line", "\n[mcp_servers.tools]\na = 1\n", ""],
  ["with a table of servers", "[mcp_servers]\n[mcp_servers.tools]\n", "[mcp_servers]\n"],
  [
    "between others",
    "[mcp_servers.a]\nx = 1\n\n[mcp_servers.tools]\n[mcp_servers.tools.env]\n# end\n\n[mcp_servers.b]\n",
    "[mcp_servers.a]\nx = 1\n# end\n\n[mcp_servers.b]\n",
  ],
  ["that is not there", "[mcp_servers.a]\n", "[mcp_servers.a]\n"],
  ["of a file without servers", "a = 1", "a = 1"],
];
for (const [what, before, after] of removals) {
  Deno.test(`a server ${what} is taken out of Codex' file`, async () => {
    assert.equal(await removeTomlServer(before, "tools"), after);
  });
}

const refused: [what: string, act: () => Promise<unknown>, message: RegExp][] = [
  [
    "no TOML",
    () => addTomlServer("a = \n", entry),
    /^the configuration file is not TOML: Invalid TOML document: [a-z ]+$/,
  ],
  ["no TOML to read", () => tomlServers("= 1"), /^the configuration file is not TOML: [^\n]+$/],
  ...[
    `"A"`,
    "[1]",
    `[{ source = "a" }]`,
    `[{ name = "A", x = "y" }]`,
    `[{ name = 1 }]`,
    `["A", { name = "A", source = 1 }]`,
  ].map((value): [string, () => Promise<unknown>, RegExp] => [
    `env_vars = ${value}`,
    () => addTomlServer(`[mcp_servers.tools]\nenv_vars = ${value}\n`, entry),
    /^the configuration file has the server "tools" in a form that cannot be changed without touching the rest$/,
  ]),
  ...["[mcp_servers.tools.env.a]\nb = 1\n", "[mcp_servers.tools.env]\na = nan\n"].map(
    (env): [string, () => Promise<unknown>, RegExp] => [
      `a variable that is no text (${env})`,
      () => addTomlServer(`[mcp_servers.tools]\n${env}`, entry),
      /^the configuration file has the server "tools" in a form that cannot be changed/,
    ],
  ),
  [
    "a server on one line to take out",
    () => removeTomlServer(`[mcp_servers]\ntools = { command = "x" }\n`, "tools"),
    /^the configuration file has the server "tools" in a form that cannot/,
  ],
];
for (const [what, act, message] of refused) {
  Deno.test(`Codex' file is left as it is with ${what}`, async () => {
    await assert.rejects(act, (error) => {
      assert.ok(error instanceof ProxyError);
      assert.match(error.what, message);
      return true;
    });
  });
}

Deno.test("the servers that Codex starts are read", async () => {
  assert.deepEqual(await tomlServers("a = 1"), []);
  assert.deepEqual(
    await tomlServers(
      `[mcp_servers.a]\ncommand = "x"\nargs = ["y"]\nenv = { A = 1 }\n[mcp_servers.b]\nurl = "z"\n`,
    ),
    [{ name: "a", command: "x", args: ["y"], env: { A: "1" }, inherited: [] }],
  );
});
