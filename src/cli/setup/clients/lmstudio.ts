import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { underHome } from "../../../platform/paths.ts";

/** LM Studio: `~/.lmstudio/mcp.json`. */
export const lmstudio: ClientFormat = {
  id: "lmstudio",
  title: "LM Studio",
  location: (machine) => underHome(machine, ".lmstudio", "mcp.json"),
  ...jsonFormat({ key: "mcpServers" }),
  afterwards: "switch the server on in the Program tab",
};
