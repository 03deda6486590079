import type { ClientFormat } from "../client_format.ts";
import { addTomlServer, removeTomlServer, tomlServers } from "../edit_toml.ts";
import { maskToml } from "../mask_toml.ts";
import { underVariable } from "../../../platform/paths.ts";

/** Codex: `[mcp_servers.…]` tables of `~/.codex/config.toml`. */
export const codex: ClientFormat = {
  id: "codex",
  title: "Codex",
  location: (machine) =>
    underVariable(machine, { variable: "CODEX_HOME", otherwise: [".codex"] }, "config.toml"),
  masked: maskToml,
  entries: tomlServers,
  add: addTomlServer,
  remove: removeTomlServer,
  project: [".codex", "config.toml"],
  slowStart: "10 to 30 s; setup writes `startup_timeout_sec` with 60",
  afterwards: "start a new session, /mcp shows the server",
};
