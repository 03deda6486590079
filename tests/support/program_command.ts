/**
 * How tests start the program: `main.ts` with the permissions that the documentation names, or the
 * executable that `AUTHFUL_EXECUTABLE` names, so that the same tests prove both.
 *
 * @module
 */
import { delimiter, join } from "node:path";
import { permissionFlags } from "../../src/platform/permissions.ts";
import { repository } from "./paths.ts";

/** What the program is started with. */
export interface ProgramSettings {
  /** Its command line. */
  args?: readonly string[];
  /** Its environment; besides this it gets only what {@linkcode programCommand} must set. */
  env?: Readonly<Record<string, string>>;
  /** Its home directory. */
  home: string;
  /** Directories to put first on PATH. */
  path?: readonly string[];
  /** What to start in its place: the program as another package brings it. */
  command?: readonly [string, ...string[]];
  /** The directory to start it in; that of the tests unless told otherwise. */
  cwd?: string;
}

/** A command as `Deno.Command` and the SDK's `StdioClientTransport` want it. */
export interface ProgramCommand {
  /** The executable. */
  command: string;
  /** Its arguments. */
  args: string[];
  /** Its whole environment. */
  env: Record<string, string>;
}

/** Whether the tests run against a standalone executable. */
export const programIsStandalone = Boolean(Deno.env.get("AUTHFUL_EXECUTABLE"));

/** The command that starts the program in a clean environment. */
export async function programCommand(settings: ProgramSettings): Promise<ProgramCommand> {
  const executable = Deno.env.get("AUTHFUL_EXECUTABLE");
  const env: Record<string, string> = {
    HOME: settings.home,
    PATH: [...settings.path ?? [], Deno.env.get("PATH") ?? ""].join(delimiter),
    ...Deno.build.os === "windows" ? windowsEssentials(settings.home) : {},
    ...coverageDirectory(),
  };
  const own = settings.args ?? [];
  if (settings.command) {
    const [command, ...args] = settings.command;
    return { command, args: [...args, ...own], env: { ...env, ...settings.env } };
  }
  if (executable) {
    return { command: executable, args: [...own], env: { ...env, ...settings.env } };
  }
  const directory = await cachedModules();
  return {
    command: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      "--config",
      join(repository, "deno.json"),
      ...permissionFlags(),
      join(repository, "main.ts"),
      ...own,
    ],
    env: { DENO_DIR: directory, DENO_NO_UPDATE_CHECK: "1", ...env, ...settings.env },
  };
}

/** Where the program's coverage goes when that of the tests is taken. */
function coverageDirectory(): Record<string, string> {
  const directory = Deno.env.get("DENO_COVERAGE_DIR");
  return directory ? { DENO_COVERAGE_DIR: directory } : {};
}

function windowsEssentials(home: string): Record<string, string> {
  const { SystemRoot = "C:\\Windows" } = Deno.env.toObject();
  return { SystemRoot, USERPROFILE: home, LOCALAPPDATA: home, APPDATA: home };
}

let modules: Promise<string> | undefined;

/**
 * Deno's directory with everything `main.ts` may import in it: under its own home and environment
 * the program would look for it elsewhere and try to download it again.
 */
function cachedModules(): Promise<string> {
  modules ??= (async () => {
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args,
        cwd: repository,
        stdin: "null",
      }).output();
      if (code !== 0) {
        throw new Error(`deno ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
      }
      return new TextDecoder().decode(stdout);
    };
    await run("cache", "--quiet", "main.ts");
    return JSON.parse(await run("info", "--json")).denoDir;
  })();
  return modules;
}
