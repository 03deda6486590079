import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { underHome } from "../../../platform/paths.ts";

/** Windsurf: `~/.codeium/windsurf/mcp_config.json`. */
export const windsurf: ClientFormat = {
  id: "windsurf",
  title: "Windsurf",
  location: (machine) => underHome(machine, ".codeium", "windsurf", "mcp_config.json"),
  ...jsonFormat({ key: "mcpServers" }),
  afterwards: "press Refresh in the MCP panel of Cascade",
};
