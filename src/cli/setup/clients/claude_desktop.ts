import type { ClientFormat } from "../client_format.ts";
import { jsonFormat } from "../json_format.ts";
import {
  join,
  type SearchableMachine,
  underApplicationData,
  underVariable,
} from "../../../platform/paths.ts";

/** Claude Desktop: `claude_desktop_config.json`. */
export const claudeDesktop: ClientFormat = {
  id: "claude-desktop",
  title: "Claude Desktop",
  location: (machine) =>
    join(
      machine,
      packagedData(machine) ?? underApplicationData(machine, "Claude"),
      "claude_desktop_config.json",
    ),
  ...jsonFormat({ key: "mcpServers" }),
  slowStart: "60 s",
  afterwards: "quit Claude Desktop and start it again",
};

/**
 * Where Windows keeps the application data of a Claude Desktop that came as a package (MSIX), as
 * those of 2026 do. Such a program does not see what others write to `%APPDATA%\Claude`.
 */
function packagedData(machine: SearchableMachine): string | undefined {
  if (machine.os !== "windows") return undefined;
  const packages = underVariable(
    machine,
    { variable: "LOCALAPPDATA", otherwise: ["AppData", "Local"] },
    "Packages",
  );
  const found = machine.namesIn(packages).filter((name) => /^Claude_[a-z0-9]+$/i.test(name))
    .map((name) => join(machine, packages, name, "LocalCache", "Roaming", "Claude"));
  // One that has run already has its data there.
  return found.find((data) => machine.namesIn(data).length > 0) ?? found[0];
}
