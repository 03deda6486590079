import { adviceText, asProxyError, type ProxyError } from "../base/errors.ts";
import { createLog, writeToStderr } from "../base/log.ts";
import { readTextFile } from "../base/read_file.ts";
import type { Invocation } from "./arguments/command_line.ts";
import type { FlagTexts } from "../settings/options.ts";
import type { ResolveOptions } from "./commands/command.ts";
import { commandNames } from "./commands/names.ts";
import { asMissingPermission } from "../platform/missing_permission.ts";
import { options } from "../settings/options.ts";
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
  let debug = false;
  // What nobody awaited must not end the program with a stack trace.
  const crash = (event: Event, reason: unknown) => {
    event.preventDefault();
    Deno.exit(fail(reason, debug));
  };
  addEventListener("unhandledrejection", (event) => crash(event, event.reason));
  addEventListener("error", (event) => crash(event, event.error));
  try {
    if (args.includes("--version") && args.includes("--json")) {
      console.log(JSON.stringify(versionReport(), null, 2));
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
    const invocation = await readArguments(args);
    if (invocation.kind === "print") {
      console.log(invocation.text.trimEnd());
      return 0;
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
      debug = resolved.settings.debug;
      return resolved;
    };
    if (invocation.kind === "command") {
      const { command, own, argument } = invocation;
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
    const log = createLog({ level: settings.silent ? "error" : debug ? "debug" : "info" });
    if (sources.oidcClientSecret === "flag") {
      log.warn(
        adviceText({
          what: "the client secret is on the command line, where process lists show it",
          fix: "set OIDC_CLIENT_SECRET or OIDC_CLIENT_SECRET_FILE instead",
        }),
      );
    }
    const { runProxy } = await import("../app/run_proxy.ts");
    await runProxy(settings, { log, texts });
    return 0;
  } catch (error) {
    return fail(error, debug);
  }
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
function fail(error: unknown, debug: boolean): number {
  if (error instanceof StopRequest) return error.exitCode;
  if (error instanceof UsageError) {
    writeToStderr(`${error.message}\n`);
    return 2;
  }
  const shown: ProxyError = asMissingPermission(error) ?? asProxyError(error);
  writeToStderr(`${shown.message}\n`);
  if (debug && shown.category === "Internal error" && shown.cause instanceof Error) {
    writeToStderr(`${shown.cause.stack}\n`);
  }
  return 1;
}
