import type { CommandContext } from "../command_table.ts";
/** The command doctor. */
export function doctor(_context: CommandContext): Promise<number> {
  return Promise.resolve(0);
}
