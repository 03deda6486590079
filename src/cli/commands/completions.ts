import type { CommandContext } from "../command_table.ts";
import { completionScript, type Shell } from "../completion_script.ts";

/** `completions`: a script for the shell that is named. */
export function completions({ argument, terminal }: CommandContext): Promise<number> {
  // The command line accepts no other.
  terminal.out.write(completionScript(argument as Shell));
  return Promise.resolve(0);
}
