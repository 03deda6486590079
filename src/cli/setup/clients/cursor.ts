import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { underHome } from "../../../platform/paths.ts";

/** Cursor, for every project of this user: `~/.cursor/mcp.json`. */
export const cursor: ClientFormat = {
  id: "cursor",
  title: "Cursor",
  location: (machine) => underHome(machine, ".cursor", "mcp.json"),
  ...jsonFormat({ key: "mcpServers" }),
  afterwards: "switch the server on under Settings, MCP",
};
