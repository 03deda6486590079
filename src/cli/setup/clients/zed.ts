import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import { underApplicationData, underXdgConfig } from "../../../platform/paths.ts";

/** Zed: `context_servers` of its `settings.json`. */
export const zed: ClientFormat = {
  id: "zed",
  title: "Zed",
  location: (machine) =>
    // On macOS too Zed keeps its settings in ~/.config.
    machine.os === "windows"
      ? underApplicationData(machine, "Zed", "settings.json")
      : underXdgConfig(machine, "zed", "settings.json"),
  ...jsonFormat({ key: "context_servers", extra: { source: "custom" } }),
  afterwards: "open the Agent panel, its settings show the server",
};
