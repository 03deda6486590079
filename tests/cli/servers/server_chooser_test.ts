import assert from "node:assert/strict";
import { serverChooser } from "../../../src/cli/servers/server_chooser.ts";
import type { ConfigFile } from "../../../src/settings/config_document.ts";
import type { ResolvedSettings, WantedServer } from "../../../src/settings/resolve_settings.ts";
import { type RecordedTerminal, recordedTerminal } from "../../support/recorded_terminal.ts";
import { typedInput } from "../../support/typed_input.ts";

const machine = { os: "linux", env: () => undefined, cwd: "/", namesIn: () => [] };

const config: ConfigFile = {
  path: "/config.json",
  defaults: {},
  servers: { tools: { backendUrl: "https://a.test/" }, wiki: {} },
};
const wanted = (text: string): WantedServer => ({
  text,
  config,
  system: undefined,
  isIdentified: false,
});

const chooserAt = (terminal: RecordedTerminal) => serverChooser(terminal, machine);
const interactive = () => recordedTerminal({ interactive: true });

Deno.test("of several servers the person chooses one, by its number or its name, once", async () => {
  for (const [typed, name] of [["2", "wiki"], ["1", "tools"], ["wiki", "wiki"]]) {
    const terminal = interactive();
    const find = chooserAt(terminal)("ask")!;
    using _typed = typedInput("0\n", "3\n", "none\n", `${typed}\n`);
    assert.equal((await find(wanted("")))?.name, name);
    assert.equal((await find(wanted("")))?.name, name, "what was chosen holds");
    assert.deepEqual(terminal.err.lines(), [
      "Which server do you mean?",
      "   1  tools (https://a.test/, in /config.json)",
      "   2  wiki (no URL, in /config.json)",
      'Number or name: ✗ there is no "0"',
      'Number or name: ✗ there is no "3"',
      'Number or name: ✗ there is no "none"',
      "Number or name: ",
    ]);
  }
});

Deno.test("input that ends before one was chosen is an error", async () => {
  using _typed = typedInput();
  await assert.rejects(async () => await chooserAt(interactive())("ask")!(wanted("")), {
    message:
      "Configuration error: the input ended before a server was chosen. Fix: run it again, " +
      "or name the server.",
    reason: "input_ended",
  });
});

Deno.test("where nobody can be asked, one is to be named", async () => {
  await assert.rejects(async () => await chooserAt(recordedTerminal())("ask")!(wanted("")), {
    message: "Usage error: several servers are set up: tools (https://a.test/, in /config.json); " +
      "wiki (no URL, in /config.json). Fix: name the one that is meant, or see " +
      "authful-mcp-proxy --help.",
  });
});

Deno.test("a command may want the only one, or none unless it is named", async () => {
  const terminal = interactive();
  const choose = chooserAt(terminal);
  const one = { ...wanted(""), config: { ...config, servers: { wiki: {} } } };
  assert.equal(await choose("the only one")!(wanted("")), undefined);
  assert.equal((await choose("the only one")!(one))?.name, "wiki");
  assert.equal(await choose("none")!(one), undefined);
  for (const way of ["ask", "the only one", "none"] as const) {
    assert.equal((await choose(way)!(wanted("wiki")))?.name, "wiki");
  }
  assert.equal(terminal.err.text(), "");
});

Deno.test("that settings come from a client's file is said once, unless all is to be silent", () => {
  const resolved = (origin: string, { path = "/cursor.json", silent = false } = {}) =>
    ({ server: { name: "to\nols", origin, path }, settings: { silent } }) as ResolvedSettings;
  const terminal = recordedTerminal({ err: { coloured: true } });
  const choose = chooserAt(terminal);
  choose.tell(resolved("config file"));
  choose.tell(resolved("client", { silent: true }));
  choose.tell({ ...resolved("client"), server: undefined });
  assert.equal(terminal.err.text(), "");
  choose.tell(resolved("client"));
  choose.tell(resolved("client"));
  choose.tell(resolved("client", { path: "/zed.json" }));
  const dim = (text: string) => `\x1b[2m${text}\x1b[22m`;
  assert.deepEqual(terminal.err.lines(), [
    dim('The settings are those of "to\\nols" in /cursor.json'),
    dim('The settings are those of "to\\nols" in /zed.json'),
  ]);
});
