import assert from "node:assert/strict";
import { clients } from "../../../src/cli/setup/clients.ts";
import type { SearchableMachine } from "../../../src/platform/paths.ts";
import { ProxyError } from "../../../src/base/errors.ts";

const machine = (
  os: string,
  variables: Record<string, string>,
  directories: Record<string, string[]> = {},
): SearchableMachine => ({
  os,
  namesIn: (directory) => directories[directory] ?? [],
  env: (name) => variables[name],
  cwd: os === "windows" ? "C:\\work" : "/work",
});
const macos = machine("darwin", { HOME: "/Users/ada" });
const linux = machine("linux", { HOME: "/home/ada" });
const windows = machine("windows", {
  USERPROFILE: "C:\\Users\\ada",
  APPDATA: "C:\\Users\\ada\\AppData\\Roaming",
});

const expected: Record<string, [macos: string, linux: string, windows: string]> = {
  "claude-desktop": [
    "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json",
    "/home/ada/.config/Claude/claude_desktop_config.json",
    "C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json",
  ],
  "claude-code": [
    "/Users/ada/.claude.json",
    "/home/ada/.claude.json",
    "C:\\Users\\ada\\.claude.json",
  ],
  cursor: [
    "/Users/ada/.cursor/mcp.json",
    "/home/ada/.cursor/mcp.json",
    "C:\\Users\\ada\\.cursor\\mcp.json",
  ],
  vscode: [
    "/Users/ada/Library/Application Support/Code/User/mcp.json",
    "/home/ada/.config/Code/User/mcp.json",
    "C:\\Users\\ada\\AppData\\Roaming\\Code\\User\\mcp.json",
  ],
  windsurf: [
    "/Users/ada/.codeium/windsurf/mcp_config.json",
    "/home/ada/.codeium/windsurf/mcp_config.json",
    "C:\\Users\\ada\\.codeium\\windsurf\\mcp_config.json",
  ],
  zed: [
    "/Users/ada/.config/zed/settings.json",
    "/home/ada/.config/zed/settings.json",
    "C:\\Users\\ada\\AppData\\Roaming\\Zed\\settings.json",
  ],
  gemini: [
    "/Users/ada/.gemini/settings.json",
    "/home/ada/.gemini/settings.json",
    "C:\\Users\\ada\\.gemini\\settings.json",
  ],
  codex: [
    "/Users/ada/.codex/config.toml",
    "/home/ada/.codex/config.toml",
    "C:\\Users\\ada\\.codex\\config.toml",
  ],
  lmstudio: [
    "/Users/ada/.lmstudio/mcp.json",
    "/home/ada/.lmstudio/mcp.json",
    "C:\\Users\\ada\\.lmstudio\\mcp.json",
  ],
  copilot: [
    "/Users/ada/.copilot/mcp-config.json",
    "/home/ada/.copilot/mcp-config.json",
    "C:\\Users\\ada\\.copilot\\mcp-config.json",
  ],
  opencode: [
    "/Users/ada/.config/opencode/opencode.json",
    "/home/ada/.config/opencode/opencode.json",
    "C:\\Users\\ada\\.config\\opencode\\opencode.json",
  ],
  qwen: [
    "/Users/ada/.qwen/settings.json",
    "/home/ada/.qwen/settings.json",
    "C:\\Users\\ada\\.qwen\\settings.json",
  ],
  cline: [
    "/Users/ada/.cline/data/settings/cline_mcp_settings.json",
    "/home/ada/.cline/data/settings/cline_mcp_settings.json",
    "C:\\Users\\ada\\.cline\\data\\settings\\cline_mcp_settings.json",
  ],
  kilo: [
    "/Users/ada/.config/kilo/kilo.jsonc",
    "/home/ada/.config/kilo/kilo.jsonc",
    "C:\\Users\\ada\\.config\\kilo\\kilo.jsonc",
  ],
  continue: [
    "/Users/ada/.continue/mcpServers/authful-mcp-proxy.json",
    "/home/ada/.continue/mcpServers/authful-mcp-proxy.json",
    "C:\\Users\\ada\\.continue\\mcpServers\\authful-mcp-proxy.json",
  ],
  goose: [
    "/Users/ada/.config/goose/config.yaml",
    "/home/ada/.config/goose/config.yaml",
    "C:\\Users\\ada\\AppData\\Roaming\\Block\\goose\\config\\config.yaml",
  ],
  junie: [
    "/Users/ada/.junie/mcp/mcp.json",
    "/home/ada/.junie/mcp/mcp.json",
    "C:\\Users\\ada\\.junie\\mcp\\mcp.json",
  ],
  kiro: [
    "/Users/ada/.kiro/settings/mcp.json",
    "/home/ada/.kiro/settings/mcp.json",
    "C:\\Users\\ada\\.kiro\\settings\\mcp.json",
  ],
  "amazon-q": [
    "/Users/ada/.aws/amazonq/mcp.json",
    "/home/ada/.aws/amazonq/mcp.json",
    "C:\\Users\\ada\\.aws\\amazonq\\mcp.json",
  ],
  crush: [
    "/Users/ada/.config/crush/crush.json",
    "/home/ada/.config/crush/crush.json",
    "C:\\Users\\ada\\AppData\\Local\\crush\\crush.json",
  ],
  amp: [
    "/Users/ada/.config/amp/settings.json",
    "/home/ada/.config/amp/settings.json",
    "C:\\Users\\ada\\.config\\amp\\settings.json",
  ],
  droid: [
    "/Users/ada/.factory/mcp.json",
    "/home/ada/.factory/mcp.json",
    "C:\\Users\\ada\\.factory\\mcp.json",
  ],
  "visual-studio": [
    "/Users/ada/.mcp.json",
    "/home/ada/.mcp.json",
    "C:\\Users\\ada\\.mcp.json",
  ],
  warp: [
    "/Users/ada/.warp/.mcp.json",
    "/home/ada/.warp/.mcp.json",
    "C:\\Users\\ada\\.warp\\.mcp.json",
  ],
  antigravity: [
    "/Users/ada/.gemini/config/mcp_config.json",
    "/home/ada/.gemini/config/mcp_config.json",
    "C:\\Users\\ada\\.gemini\\config\\mcp_config.json",
  ],
  "cline-vscode": [
    "/Users/ada/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
    "/home/ada/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
    "C:\\Users\\ada\\AppData\\Roaming\\Code\\User\\globalStorage\\saoudrizwan.claude-dev\\settings\\cline_mcp_settings.json",
  ],
  roo: [
    "/Users/ada/Library/Application Support/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
    "/home/ada/.config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
    "C:\\Users\\ada\\AppData\\Roaming\\Code\\User\\globalStorage\\rooveterinaryinc.roo-cline\\settings\\mcp_settings.json",
  ],
  inspector: ["/work/mcp.json", "/work/mcp.json", "C:\\work\\mcp.json"],
};

for (const client of clients) {
  Deno.test(`${client.title} keeps its configuration where setup looks`, () => {
    assert.deepEqual(
      [macos, linux, windows].map((machine) => client.location(machine)),
      expected[client.id],
    );
  });
}

Deno.test("variables that move a client's configuration are honoured", () => {
  const at = (id: string, variables: Record<string, string>) =>
    clients.find((client) => client.id === id)!.location(
      machine("linux", { HOME: "/home/ada", ...variables }),
    );
  assert.equal(at("zed", { XDG_CONFIG_HOME: "/etc/ada" }), "/etc/ada/zed/settings.json");
  assert.equal(at("zed", { XDG_CONFIG_HOME: "relative" }), "/home/ada/.config/zed/settings.json");
  assert.equal(at("vscode", { XDG_CONFIG_HOME: "/etc/ada" }), "/etc/ada/Code/User/mcp.json");
  assert.equal(at("codex", { CODEX_HOME: "/opt/codex" }), "/opt/codex/config.toml");
  assert.equal(at("copilot", { COPILOT_HOME: "/opt/copilot" }), "/opt/copilot/mcp-config.json");
  assert.equal(at("goose", { XDG_CONFIG_HOME: "/etc/ada" }), "/etc/ada/goose/config.yaml");
  assert.equal(at("claude-code", { CLAUDE_CONFIG_DIR: "/opt/claude" }), "/opt/claude/.claude.json");
  assert.throws(() => clients[0].location(machine("linux", {})), ProxyError);
});

Deno.test("of the names that a client's file may have, the one that is there is taken", () => {
  const at = (id: string, directory: string, names: string[]) =>
    clients.find((client) => client.id === id)!.location(
      machine("linux", { HOME: "/home/ada" }, { [`/home/ada/.config/${directory}`]: names }),
    );
  const opencode = "/home/ada/.config/opencode";
  assert.equal(at("opencode", "opencode", ["opencode.jsonc"]), `${opencode}/opencode.jsonc`);
  assert.equal(at("opencode", "opencode", ["opencode.json", "x"]), `${opencode}/opencode.json`);
  assert.equal(at("kilo", "kilo", ["kilo.json"]), "/home/ada/.config/kilo/kilo.json");
  assert.equal(at("amp", "amp", ["settings.jsonc"]), "/home/ada/.config/amp/settings.jsonc");
});

Deno.test("Claude Desktop that came as a Windows package reads the package's own data", () => {
  const desktop = clients.find(({ id }) => id === "claude-desktop")!;
  const packages = "C:\\Users\\ada\\AppData\\Local\\Packages";
  const own = (name: string) => `${packages}\\${name}\\LocalCache\\Roaming\\Claude`;
  const at = (directories: Record<string, string[]>, variables = {}) =>
    desktop.location(
      machine("windows", { USERPROFILE: "C:\\Users\\ada", ...variables }, directories),
    );
  const file = "claude_desktop_config.json";
  assert.equal(
    at({ [packages]: ["Microsoft.Notes_abc", "Claude_pzs8"] }),
    `${own("Claude_pzs8")}\\${file}`,
  );
  assert.equal(
    at({ [packages]: ["Claude_old", "Claude_pzs8"], [own("Claude_pzs8")]: ["config.json"] }),
    `${own("Claude_pzs8")}\\${file}`,
    "the one that has run",
  );
  assert.equal(
    at({ "D:\\Local\\Packages": ["Claude_pzs8"] }, { LOCALAPPDATA: "D:\\Local" }),
    `D:\\Local\\Packages\\Claude_pzs8\\LocalCache\\Roaming\\Claude\\${file}`,
  );
  assert.equal(
    at({ [packages]: ["Microsoft.Notes_abc"] }),
    `C:\\Users\\ada\\AppData\\Roaming\\Claude\\${file}`,
  );
});
