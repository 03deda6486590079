import { UsageError } from "../../base/usage_error.ts";
import { join, type SearchableMachine, thisMachine } from "../../platform/paths.ts";
import type { CommandContext } from "../commands/command.ts";
import type { ClientFormat } from "./client_format.ts";

/**
 * The file of a client that `setup` writes: the one that `--file` names, that of the project in the
 * current directory with `--scope project`, else the person's own.
 *
 * @throws {UsageError} when the client keeps no servers in projects
 */
export function clientLocation(
  client: ClientFormat,
  flags: CommandContext["flags"],
  machine: SearchableMachine = thisMachine(),
): string {
  if (flags.file !== undefined) return flags.file;
  if (flags.scope !== "project") return client.location(machine);
  if (client.project) return join(machine, machine.cwd, ...client.project);
  throw new UsageError({
    what: `${client.title} keeps no servers in projects`,
    fix: "leave --scope project out, or name the file with --file",
    command: "setup",
  });
}
