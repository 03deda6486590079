import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { underApplicationData } from "../../places.ts";

/** Claude Desktop: `claude_desktop_config.json`. */
export const claudeDesktop: ClientFormat = {
  id: "claude-desktop",
  title: "Claude Desktop",
  location: (machine) => underApplicationData(machine, "Claude", "claude_desktop_config.json"),
  ...jsonFormat({ key: "mcpServers" }),
  afterwards: "quit Claude Desktop and start it again",
};
