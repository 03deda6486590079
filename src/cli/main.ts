import { adviceText, asProxyError, describe, type ProxyError } from "../base/errors.ts";
import { createLog, jsonLine, type LogFormat, writeToStderr } from "../base/log.ts";
import { readTextFile } from "../base/read_file.ts";
import type { Invocation } from "./arguments/command_line.ts";
import type { FlagTexts } from "../settings/options.ts";
import type { ResolveOptions } from "./commands/command.ts";
import { commandNames } from "./commands/names.ts";
import { asMissingPermission } from "../platform/missing_permission.ts";
import { options } from "../settings/options.ts";
import { expandHome } from "../platform/paths.ts";
import { readSystemConfig } from "../settings/config_file.ts";
import { readPlainArguments } from "./arguments/plain_arguments.ts";
import {
  type ResolvedSettings,
  resolveSettings,
  type SettingInputs,
} from "../settings/resolve_settings.ts";
import { StopRequest } from "../platform/stop_signals.ts";
import { UsageError } from "../base/usage_error.ts";
import { versionLine, versionReport } from "./version_report.ts";

/**
 * Runs the command that the arguments name.
 *
 * @returns the exit code: 0 for a normal end, 2 for wrong usage, 1 for everything else
 */
export async function main(args: readonly string[]): Promise<number> {
  const ending: Ending = { debug: false, format: "text", write: writeToStderr };
  // What nobody awaited must not end the program with a stack trace.
  const crash = (event: Event, reason: unknown) => {
    event.preventDefault();
    Deno.exit(fail(reason, ending));
  };
  addEventListener("unhandledrejection", (event) => crash(event, event.reason));
  addEventListener("error", (event) => crash(event, event.error));
  try {
    if (args.includes("--version") && args.includes("--json")) {
      console.log(JSON.stringify(versionReport(), null, 2));
      return 0;
    }
    // What this program starts itself with, and nobody else.
    if (args[0] === "--finish-sign-in") {
      const { finishSignIn } = await import("../app/finish_sign_in.ts");
      await finishSignIn(args.slice(1));
      return 0;
    }
    if (args.length === 0 && Deno.stdin.isTerminal() && !Deno.env.get(options.backendUrl.env!)) {
      const [{ shortHelp }, { helpWidth }] = await Promise.all([
        import("./help/short_help.ts"),
        import("./help/help_width.ts"),
      ]);
      console.log(shortHelp(helpWidth()));
      return 0;
    }
    // A program that reads stdout is to find there as well what is wrong with the arguments.
    ending.isReport = args.includes("--json") && commandNames.some((name) => name === args[0]);
    const invocation = await readArguments(args);
    if (invocation.kind === "print") {
      console.log(invocation.text.trimEnd());
      return 0;
    }
    // Whoever reads the log with a program wants to read there, too, why there was no start.
    if (invocation.kind === "bridge" && logFormatOf(invocation.flags) === "json") {
      ending.format = "json";
    }
    const resolve = async (
      answers?: FlagTexts,
      { findServer, withoutVariables }: Pick<SettingInputs, "findServer"> & ResolveOptions = {},
    ): Promise<ResolvedSettings> => {
      const resolved = await resolveSettings({
        flags: { ...invocation.flags, ...answers },
        getEnv: (name) => withoutVariables?.has(name) ? undefined : Deno.env.get(name),
        readTextFile,
        readSystemConfig: () => readSystemConfig(thisSystem()),
        os: Deno.build.os,
        findServer,
        commandNames,
      });
      ending.debug = resolved.settings.debug;
      return resolved;
    };
    if (invocation.kind === "command") {
      const { command, own, argument } = invocation;
      ending.isReport = own.json !== undefined;
      const [run, { commands }, { openTerminal }, { serverChooser }] = await Promise.all([
        command.load(),
        import("./commands/registry.ts"),
        import("./terminal/terminal.ts"),
        import("./servers/server_chooser.ts"),
      ]);
      const terminal = openTerminal((name) => Deno.env.get(name));
      const choose = serverChooser(terminal);
      return await run({
        flags: own,
        argument,
        terminal,
        commands,
        given: invocation.flags.backendUrl,
        async resolve(answers, { unnamed = "ask", withoutVariables } = {}) {
          const resolved = await resolve(answers, {
            findServer: choose(unnamed),
            withoutVariables,
          });
          choose.tell(resolved);
          return resolved;
        },
      });
    }
    const { settings, sources, texts } = await resolve();
    ending.format = settings.logFormat;
    if (settings.logFile !== undefined) ending.write = await teeToFile(settings.logFile);
    const log = createLog({
      level: settings.logLevel,
      format: settings.logFormat,
      write: ending.write,
    });
    for (const name of ["oidcClientSecret", "backendClientSecret"] as const) {
      if (sources[name] !== "flag") continue;
      const { shownSecret } = await import("./shown_secret.ts");
      log.warn(adviceText(shownSecret(name)));
    }
    const { runProxy } = await import("../app/run_proxy.ts");
    await runProxy(settings, { log, texts });
    return 0;
  } catch (error) {
    return fail(error, ending);
  }
}

/** How the program tells why it ends. */
interface Ending {
  /** With what helps to find a fault of ours. */
  debug: boolean;
  /** As a line for people or for programs. */
  format: LogFormat;
  /** Takes the line. */
  write(text: string): void;
  /** Whether a program reads stdout, so that it is told there as well. */
  isReport?: boolean;
}

/** How the log is to be written, as far as that is known before the files are read. */
function logFormatOf(flags: FlagTexts): string | undefined {
  return flags.logFormat ?? Deno.env.get(options.logFormat.env!);
}

/** What writes to stderr and to a file. */
async function teeToFile(given: string): Promise<Ending["write"]> {
  const { openLogFile } = await import("../base/log_file.ts");
  const path = expandHome(given, thisSystem());
  const append = openLogFile(path, {
    onFailure: (error) =>
      writeToStderr(`the log file ${path} is not written any more: ${describe(error)}\n`),
  });
  return (text) => {
    writeToStderr(text);
    append(text);
  };
}

function thisSystem() {
  return { os: Deno.build.os, env: (name: string) => Deno.env.get(name) };
}

/** The command line's library is loaded only for what is not an ordinary start. */
async function readArguments(args: readonly string[]): Promise<Invocation> {
  const flags = readPlainArguments(args);
  if (flags) return { kind: "bridge", flags };
  const [{ parseCommandLine }, { helpWidth }] = await Promise.all([
    import("./arguments/command_line.ts"),
    import("./help/help_width.ts"),
  ]);
  return parseCommandLine(args, { version: versionLine(), helpWidth: helpWidth() });
}

/** Tells, in one line, why the program ends; returns the exit code. */
function fail(error: unknown, { debug, format, write, isReport }: Ending): number {
  if (error instanceof StopRequest) return error.exitCode;
  const line = ({ message, reason }: { message: string; reason: string }) =>
    write(
      format === "json"
        ? jsonLine({ level: "error", message, reason }, Date.now())
        : `${message}\n`,
    );
  const report = (parts: Pick<ProxyError, "reason" | "what" | "fix"> & { category: string }) => {
    const { category, reason, what, fix } = parts;
    if (isReport) console.log(JSON.stringify({ error: { category, reason, what, fix } }, null, 2));
  };
  if (error instanceof UsageError) {
    line({ message: error.message, reason: "usage" });
    const { what, fix } = error;
    report({ category: "Usage error", reason: "usage", what, fix });
    return 2;
  }
  const shown: ProxyError = asMissingPermission(error) ?? asProxyError(error);
  line(shown);
  report(shown);
  if (debug && shown.category === "Internal error" && shown.cause instanceof Error) {
    line({ message: `${shown.cause.stack}`, reason: shown.reason });
  }
  return 1;
}
