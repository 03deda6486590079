import { programName } from "../../base/version.ts";
import type { ServerEntry } from "../setup/server_entry.ts";
import { selfCommand } from "../setup/self_command.ts";

/**
 * The arguments that an entry of a client gives to this program, whichever way it is started:
 * as an executable, by `npx`, `deno run` or as a container; `undefined` for another program's entry.
 *
 * @example
 * ```ts
 * import { ownArguments } from "./own_arguments.ts";
 *
 * ownArguments({ command: "npx", args: ["-y", "authful-mcp-proxy", "tools"] }); // ["tools"]
 * ownArguments({ command: "npx", args: ["-y", "mcp-remote", "https://a.test/"] }); // undefined
 * ```
 */
export function ownArguments(
  { command, args }: Pick<ServerEntry, "command" | "args">,
): readonly string[] | undefined {
  const name = command.split(/[/\\]/).at(-1)!.replace(/\.(?:exe|cmd|js|cjs)$/i, "");
  if (name === programName) return args;
  const module = selfCommand().args.at(-1);
  const at = args.findIndex((argument, at) =>
    // A home directory may have any name.
    args[at - 1] !== "--prefix" && (argument === module || isThisProgram.test(argument))
  );
  return at === -1 ? undefined : args.slice(at + 1);
}

/** Its package at npm or JSR, its image, or its executable. */
const isThisProgram =
  /^(?:jsr:@authful\/mcp-proxy(?:@[^/]+)?|(?:\S*[/\\])?authful-mcp-proxy(?:\.exe|[@:][\w.^~-]+)?)$/;
