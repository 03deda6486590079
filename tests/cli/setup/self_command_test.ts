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

Deno.test("setup knows what an executable perishes with", () => {
  const inside = "lib/node_modules/authful-mcp-proxy/node_modules/@authful/x/bin/authful-mcp-proxy";
  const perishing: [path: string, owner: string][] = [
    [`/home/ada/.nvm/versions/node/v22.3.0/${inside}`, "Node.js 22.3.0 of nvm"],
    [
      "C:\\Users\\ada\\AppData\\Roaming\\nvm\\v22.3.0\\node_modules\\x\\authful-mcp-proxy.exe",
      "Node.js 22.3.0 of nvm",
    ],
    [
      `/home/ada/.local/share/fnm/node-versions/v22.3.0/installation/${inside}`,
      "Node.js 22.3.0 of fnm",
    ],
    [`/home/ada/.volta/tools/image/node/22.3.0/${inside}`, "Node.js 22.3.0 of Volta"],
    [`/home/ada/.asdf/installs/nodejs/22.3.0/${inside}`, "Node.js 22.3.0 of asdf"],
    [`/home/ada/.local/share/mise/installs/node/22.3.0/${inside}`, "Node.js 22.3.0 of mise"],
    [`/home/ada/.nodenv/versions/22.3.0/${inside}`, "Node.js 22.3.0 of nodenv"],
    [
      "/home/ada/.local/share/pnpm/global/5/.pnpm/@authful+mcp-proxy-linux-x64@0.1.0/node_modules/x/p",
      "@authful/mcp-proxy-linux-x64@0.1.0 of pnpm",
    ],
  ];
  for (const [path, perishesWith] of perishing) {
    assert.deepEqual(lastingCommand(path, "linux"), { command: path, args: [], perishesWith });
  }
  for (
    const path of [
      // Where Volta keeps it, whatever version of Node is the default.
      `/home/ada/.volta/tools/image/packages/authful-mcp-proxy/${inside}`,
      `/opt/homebrew/${inside}`,
      `/home/ada/.npm-global/${inside}`,
    ]
  ) assert.equal(lastingCommand(path, "linux").perishesWith, undefined, path);
});
