import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { underHome } from "../../../platform/paths.ts";

/** Gemini CLI, for every project of this user: `~/.gemini/settings.json`. */
export const gemini: ClientFormat = {
  id: "gemini",
  title: "Gemini CLI",
  location: (machine) => underHome(machine, ".gemini", "settings.json"),
  ...jsonFormat({ key: "mcpServers" }),
  afterwards: "start a new session, /mcp shows the server",
};
