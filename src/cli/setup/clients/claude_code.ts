import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { underVariable } from "../../../platform/paths.ts";

/** Claude Code, for every project of this user: `~/.claude.json`. */
export const claudeCode: ClientFormat = {
  id: "claude-code",
  title: "Claude Code",
  location: (machine) =>
    underVariable(machine, { variable: "CLAUDE_CONFIG_DIR", otherwise: [] }, ".claude.json"),
  ...jsonFormat({ key: "mcpServers", extra: { type: "stdio" } }),
  afterwards: "start a new session, /mcp shows the server",
};
