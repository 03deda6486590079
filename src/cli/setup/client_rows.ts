import {
  join,
  type Machine,
  type SearchableMachine,
  underApplicationData,
  underHome,
  underVariable,
  underXdgConfig,
} from "../../platform/paths.ts";
import type { ClientFormat } from "./client_format.ts";
import { jsonFormat } from "./json_format.ts";
import { yamlFormat } from "./yaml_format.ts";

/** A client that is given this long to be started, in milliseconds, where its file can say so. */
const patience = 60_000;

/**
 * The clients of which nothing more is to be known than names: where the file lies, in which member the
 * servers stand, and how they are spelled. Each was looked up in the client's own documentation, and run
 * where that needs no account; docs/clients.md says which.
 */
export const clientRows: readonly ClientFormat[] = [
  {
    id: "claude-code",
    title: "Claude Code",
    location: (machine) =>
      underVariable(machine, { variable: "CLAUDE_CONFIG_DIR", otherwise: [] }, ".claude.json"),
    project: [".mcp.json"],
    ...jsonFormat({ key: "mcpServers", extra: { type: "stdio" } }),
    slowStart: "30 s; raised by `MCP_TIMEOUT` (milliseconds) where Claude Code is started",
    afterwards: "start a new session, /mcp shows the server",
  },
  {
    id: "cursor",
    title: "Cursor",
    location: (machine) => underHome(machine, ".cursor", "mcp.json"),
    project: [".cursor", "mcp.json"],
    ...jsonFormat({ key: "mcpServers" }),
    afterwards: "switch the server on under Settings, MCP",
  },
  {
    id: "vscode",
    title: "VS Code",
    location: (machine) => inCode(machine, "mcp.json"),
    project: [".vscode", "mcp.json"],
    ...jsonFormat({ key: "servers", extra: { type: "stdio" } }),
    afterwards: "run the command MCP: List Servers and start it",
  },
  {
    id: "windsurf",
    title: "Windsurf",
    location: (machine) => underHome(machine, ".codeium", "windsurf", "mcp_config.json"),
    ...jsonFormat({ key: "mcpServers" }),
    afterwards: "press Refresh in the MCP panel of Cascade",
  },
  {
    id: "zed",
    title: "Zed",
    // On macOS too Zed keeps its settings in ~/.config.
    location: (machine) =>
      machine.os === "windows"
        ? underApplicationData(machine, "Zed", "settings.json")
        : underXdgConfig(machine, "zed", "settings.json"),
    project: [".zed", "settings.json"],
    ...jsonFormat({ key: "context_servers", extra: { source: "custom" } }),
    slowStart: "60 s; raised by `context_server_timeout` (seconds) in its settings",
    afterwards: "open the Agent panel, its settings show the server",
  },
  {
    id: "gemini",
    title: "Gemini CLI",
    location: (machine) => underHome(machine, ".gemini", "settings.json"),
    project: [".gemini", "settings.json"],
    ...jsonFormat({ key: "mcpServers" }),
    slowStart: "10 min in a session; raised by `timeout` (milliseconds); 5 s for `gemini mcp list`",
    afterwards: "start a new session, /mcp shows the server",
  },
  {
    id: "lmstudio",
    title: "LM Studio",
    location: (machine) => underHome(machine, ".lmstudio", "mcp.json"),
    ...jsonFormat({ key: "mcpServers" }),
    afterwards: "switch the server on in the Program tab",
  },
  {
    id: "inspector",
    title: "MCP Inspector",
    location: (machine) => join(machine, machine.cwd, "mcp.json"),
    inCurrentDirectory: true,
    ...jsonFormat({ key: "mcpServers", extra: { type: "stdio" } }),
    slowStart: "raised under Configuration, Request Timeout",
    afterwards: "run: npx @modelcontextprotocol/inspector --config mcp.json",
  },
  {
    id: "copilot",
    title: "GitHub Copilot CLI",
    location: (machine) =>
      underVariable(
        machine,
        { variable: "COPILOT_HOME", otherwise: [".copilot"] },
        "mcp-config.json",
      ),
    project: [".mcp.json"],
    ...jsonFormat({
      key: "mcpServers",
      extra: { type: "local" },
      initial: { tools: ["*"] },
    }),
    slowStart: "`timeout` (milliseconds)",
    afterwards: "start a new session, /mcp show lists the server",
  },
  {
    id: "opencode",
    title: "OpenCode",
    location: (machine) =>
      present(machine, underXdgConfig(machine, "opencode"), ["opencode.jsonc", "opencode.json"]),
    project: ["opencode.json"],
    ...jsonFormat({
      key: "mcp",
      extra: { type: "local" },
      commandIsList: true,
      initial: { timeout: patience },
    }),
    slowStart: `5 s; setup writes \`timeout\` (milliseconds) with ${patience}`,
    afterwards: "start a new session, opencode mcp list shows the server",
  },
  {
    id: "qwen",
    title: "Qwen Code",
    location: (machine) => underHome(machine, ".qwen", "settings.json"),
    project: [".qwen", "settings.json"],
    ...jsonFormat({ key: "mcpServers" }),
    slowStart: "10 min; raised by `timeout` (milliseconds)",
    afterwards: "start a new session, /mcp shows the server",
  },
  {
    id: "cline",
    title: "Cline",
    location: (machine) =>
      underHome(machine, ".cline", "data", "settings", "cline_mcp_settings.json"),
    ...jsonFormat({ key: "mcpServers", initial: { timeout: 60 } }),
    slowStart: "3 s; setup writes `timeout` (seconds) with 60",
    afterwards: "open the MCP servers of Cline, or start its command again",
  },
  {
    id: "cline-vscode",
    title: "Cline in VS Code",
    location: (machine) =>
      inExtension(machine, "saoudrizwan.claude-dev", "cline_mcp_settings.json"),
    ...jsonFormat({ key: "mcpServers" }),
    slowStart: "60 s; raised by `timeout` (seconds)",
    afterwards: "open the MCP servers of Cline, which show the server",
  },
  {
    id: "roo",
    title: "Roo Code",
    location: (machine) => inExtension(machine, "rooveterinaryinc.roo-cline", "mcp_settings.json"),
    project: [".roo", "mcp.json"],
    ...jsonFormat({ key: "mcpServers" }),
    slowStart: "60 s; raised by `timeout` (seconds)",
    afterwards: "open the MCP settings of Roo Code, which show the server",
  },
  {
    id: "kilo",
    title: "Kilo Code",
    location: (machine) =>
      present(machine, underXdgConfig(machine, "kilo"), ["kilo.json", "kilo.jsonc"]),
    project: [".kilo", "kilo.jsonc"],
    ...jsonFormat({
      key: "mcp",
      extra: { type: "local" },
      commandIsList: true,
      initial: { timeout: patience },
    }),
    slowStart: `setup writes \`timeout\` (milliseconds) with ${patience}`,
    afterwards: "open Agent Behaviour, MCP Servers in its settings, or start a new session",
  },
  {
    id: "continue",
    title: "Continue",
    // A file of its own beside config.yaml: Continue reads every JSON file that is there.
    location: (machine) =>
      underVariable(
        machine,
        { variable: "CONTINUE_GLOBAL_DIR", otherwise: [".continue"] },
        "mcpServers",
        "authful-mcp-proxy.json",
      ),
    project: [".continue", "mcpServers", "authful-mcp-proxy.json"],
    ...jsonFormat({ key: "mcpServers", extra: { type: "stdio" } }),
    slowStart: "raised by `connectionTimeout` (milliseconds) in `config.yaml`",
    afterwards: "reload the window; the server is there in agent mode",
  },
  {
    id: "goose",
    title: "Goose",
    location: (machine) =>
      machine.os === "windows"
        ? underApplicationData(machine, "Block", "goose", "config", "config.yaml")
        : underXdgConfig(machine, "goose", "config.yaml"),
    ...yamlFormat,
    slowStart: "5 min; `timeout` (seconds), which setup writes with 300",
    afterwards: "start a new session",
  },
  {
    id: "junie",
    title: "JetBrains Junie",
    location: (machine) => underHome(machine, ".junie", "mcp", "mcp.json"),
    project: [".junie", "mcp", "mcp.json"],
    ...jsonFormat({ key: "mcpServers" }),
    afterwards: "open Settings, Tools, Junie, MCP Settings, which show the server",
  },
  {
    id: "kiro",
    title: "Kiro",
    location: (machine) => underHome(machine, ".kiro", "settings", "mcp.json"),
    project: [".kiro", "settings", "mcp.json"],
    ...jsonFormat({ key: "mcpServers" }),
    slowStart: "raised by `timeout` (milliseconds)",
    afterwards: "open the MCP servers of Kiro, or start its command again",
  },
  {
    id: "amazon-q",
    title: "Amazon Q Developer CLI",
    location: (machine) => underHome(machine, ".aws", "amazonq", "mcp.json"),
    project: [".amazonq", "mcp.json"],
    ...jsonFormat({ key: "mcpServers" }),
    slowStart: "raised by `q settings mcp.initTimeout` (milliseconds)",
    afterwards: "start a new chat, /mcp shows the server",
  },
  {
    id: "crush",
    title: "Crush",
    location: (machine) =>
      machine.os === "windows"
        ? underVariable(
          machine,
          { variable: "LOCALAPPDATA", otherwise: ["AppData", "Local"] },
          "crush",
          "crush.json",
        )
        : underXdgConfig(machine, "crush", "crush.json"),
    project: ["crush.json"],
    ...jsonFormat({
      key: "mcp",
      extra: { type: "stdio" },
      initial: { timeout: patience / 1000 },
    }),
    slowStart: `15 s; setup writes \`timeout\` (seconds) with ${patience / 1000}`,
    afterwards: "start a new session",
  },
  {
    id: "amp",
    title: "Amp",
    location: (machine) =>
      present(machine, underXdgConfig(machine, "amp"), ["settings.jsonc", "settings.json"]),
    project: [".amp", "settings.json"],
    ...jsonFormat({ key: "amp.mcpServers" }),
    afterwards: "start a new thread, amp mcp list shows the server",
  },
  {
    id: "droid",
    title: "Factory Droid",
    location: (machine) => underHome(machine, ".factory", "mcp.json"),
    project: [".factory", "mcp.json"],
    ...jsonFormat({ key: "mcpServers", extra: { type: "stdio" } }),
    afterwards: "start a new session, /mcp shows the server",
  },
  {
    id: "visual-studio",
    title: "Visual Studio",
    location: (machine) => underHome(machine, ".mcp.json"),
    project: [".mcp.json"],
    ...jsonFormat({ key: "servers", extra: { type: "stdio" } }),
    afterwards: "open the tools of Copilot Chat in agent mode, and switch the server on",
  },
  {
    id: "warp",
    title: "Warp",
    location: (machine) => underHome(machine, ".warp", ".mcp.json"),
    project: [".warp", ".mcp.json"],
    ...jsonFormat({ key: "mcpServers" }),
    afterwards: "open Settings, Agents, MCP servers and start it",
  },
  {
    id: "antigravity",
    title: "Antigravity",
    location: (machine) => underHome(machine, ".gemini", "config", "mcp_config.json"),
    ...jsonFormat({ key: "mcpServers" }),
    afterwards: "open Manage MCP Servers in the agent panel and press Refresh",
  },
];

/** A path where VS Code keeps what belongs to this user. */
function inCode(machine: Machine, ...parts: string[]): string {
  return underApplicationData(machine, "Code", "User", ...parts);
}

/** Where an extension of VS Code keeps its settings. */
function inExtension(machine: Machine, extension: string, file: string): string {
  return inCode(machine, "globalStorage", extension, "settings", file);
}

/** The first of some names that is there, else the last. */
function present(
  machine: SearchableMachine,
  directory: string,
  names: readonly string[],
): string {
  const there = machine.namesIn(directory);
  return join(machine, directory, names.find((name) => there.includes(name)) ?? names.at(-1)!);
}
