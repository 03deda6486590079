import { asProxyError } from "../errors.ts";
import { createLog, type Log, writeToStderr } from "../log.ts";
import { programName, version } from "../version.ts";
import { parseCommandLine } from "./command_line.ts";
import { resolveSettings } from "./resolve_settings.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Runs the command that the arguments name.
 *
 * @returns the exit code: 0 for a normal end, 2 for wrong usage, 1 for everything else
 */
export async function main(args: readonly string[]): Promise<number> {
  let log: Log = createLog({ level: "error" });
  let debug = false;
  try {
    const invocation = parseCommandLine(args, { version });
    if (invocation.kind === "print") {
      console.log(invocation.text.trimEnd());
      return 0;
    }
    const { settings } = await resolveSettings({
      flags: invocation.flags,
      getEnv: (name) => Deno.env.get(name),
      readTextFile: (path) => Deno.readTextFile(path),
    });
    debug = settings.debug;
    log = createLog({ level: settings.silent ? "error" : debug ? "debug" : "info" });
    const { bridgeCommand } = await import("./bridge_command.ts");
    await bridgeCommand(settings, log);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      writeToStderr(`${programName}: ${error.message}, see ${programName} --help\n`);
      return 2;
    }
    const shown = asProxyError(error);
    log.error(shown.message);
    if (debug && shown.category === "Internal error" && shown.cause instanceof Error) {
      writeToStderr(`${shown.cause.stack}\n`);
    }
    return 1;
  }
}
