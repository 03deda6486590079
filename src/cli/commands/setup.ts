import type { CommandContext } from "../command_table.ts";
/** The command setup. */
export function setup(_context: CommandContext): Promise<number> {
  return Promise.resolve(0);
}
