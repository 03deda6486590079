import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { join } from "../../../platform/paths.ts";

/** MCP Inspector: `mcp.json` in the current directory. */
export const inspector: ClientFormat = {
  id: "inspector",
  title: "MCP Inspector",
  location: (machine) => join(machine, machine.cwd, "mcp.json"),
  inCurrentDirectory: true,
  ...jsonFormat({ key: "mcpServers", extra: { type: "stdio" } }),
  afterwards: "run: npx @modelcontextprotocol/inspector --config mcp.json",
};
