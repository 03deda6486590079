import type { CommandContext } from "./command.ts";
import { completionScript, type Shell } from "../completions/completion_script.ts";

/** `completions`: a script for the shell that is named. */
export function completions({ argument, commands, terminal }: CommandContext): Promise<number> {
  // The command line accepts no other.
  terminal.out.write(completionScript(argument as Shell, commands));
  return Promise.resolve(0);
}
