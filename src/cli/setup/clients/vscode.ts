import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { underApplicationData } from "../../../platform/paths.ts";

/** VS Code, for the default profile of this user: `mcp.json`. */
export const vscode: ClientFormat = {
  id: "vscode",
  title: "VS Code",
  location: (machine) => underApplicationData(machine, "Code", "User", "mcp.json"),
  ...jsonFormat({ key: "servers", extra: { type: "stdio" } }),
  afterwards: "run the command MCP: List Servers and start it",
};
