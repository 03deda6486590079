import assert from "node:assert/strict";
import { commands } from "../../../src/cli/commands/registry.ts";
import { shortHelp } from "../../../src/cli/help/short_help.ts";

Deno.test("short help says how to begin, which commands there are, and where to read on", () => {
  const [longest] = commands.map(({ name }) => name.length).sort((a, b) => b - a);
  assert.deepEqual(shortHelp(120).split("\n"), [
    "Local stdio MCP server that signs you in at your OpenID Provider and bridges to a remote MCP " +
    "server.",
    "",
    "  authful-mcp-proxy setup        set up a client for a server, step by step",
    "  authful-mcp-proxy NAME or URL  what the client starts: the bridge to that server",
    "",
    "Commands:",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(longest!)}  ${summary}`),
    "",
    "All settings: authful-mcp-proxy --help. One command: authful-mcp-proxy help COMMAND.",
  ]);
  assert.equal(
    shortHelp(60).split("\n")[0],
    "Local stdio MCP server that signs you in at your OpenID",
  );
});
