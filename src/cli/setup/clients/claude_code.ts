import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { join, underHome } from "../../places.ts";

/** Claude Code, for every project of this user: `~/.claude.json`. */
export const claudeCode: ClientFormat = {
  id: "claude-code",
  title: "Claude Code",
  location: (machine) => {
    const directory = machine.env("CLAUDE_CONFIG_DIR");
    return directory
      ? join(machine, directory, ".claude.json")
      : underHome(machine, ".claude.json");
  },
  ...jsonFormat({ key: "mcpServers", extra: { type: "stdio" } }),
  afterwards: "start a new session, /mcp shows the server",
};
