import assert from "node:assert/strict";
import { lastingCommand } from "../../../src/cli/setup/self_command.ts";

const npx = "/home/ada/.npm/_npx/3f1a/node_modules/@authful/mcp-proxy-linux-x64/authful-mcp-proxy";
const npxOnWindows =
  "C:\\Users\\ada\\AppData\\Local\\npm-cache\\_npx\\3f1a\\node_modules\\p\\authful-mcp-proxy.exe";
const brew = "/home/linuxbrew/.linuxbrew/Cellar/authful-mcp-proxy/0.1.0/bin/authful-mcp-proxy";

Deno.test("setup names a command that outlives caches and updates", () => {
  const npxArgs = ["-y", "authful-mcp-proxy"];
  assert.deepEqual(lastingCommand(npx, "linux"), { command: "npx", args: npxArgs });
  assert.deepEqual(lastingCommand(npxOnWindows, "windows"), {
    command: "cmd",
    args: ["/c", "npx", ...npxArgs],
  });
  assert.deepEqual(lastingCommand(brew, "linux"), {
    command: "/home/linuxbrew/.linuxbrew/opt/authful-mcp-proxy/bin/authful-mcp-proxy",
    args: [],
  });
});

Deno.test("setup names an installed executable by its path", () => {
  for (
    const path of [
      "/usr/local/bin/authful-mcp-proxy",
      "/usr/lib/node_modules/authful-mcp-proxy/node_modules/@authful/x/authful-mcp-proxy",
      "C:\\Program Files\\authful-mcp-proxy.exe",
    ]
  ) assert.deepEqual(lastingCommand(path, "linux"), { command: path, args: [] });
});
