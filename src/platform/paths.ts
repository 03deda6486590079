import { ProxyError } from "../base/errors.ts";

/** The machine whose directories are meant. */
export interface Machine {
  /** The operating system, as `Deno.build.os` names it. */
  os: string;
  /** Reads an environment variable. */
  env(name: string): string | undefined;
  /** The current directory. */
  cwd: string;
}

/** A machine on which programs can be looked for. */
export interface SearchableMachine extends Machine {
  /** The names in a directory; none when it cannot be read. */
  namesIn(directory: string): readonly string[];
}

/** The machine this runs on. */
export function thisMachine(): SearchableMachine {
  return {
    os: Deno.build.os,
    env: (name) => Deno.env.get(name),
    cwd: Deno.cwd(),
    namesIn(directory) {
      try {
        return Array.from(Deno.readDirSync(directory), ({ name }) => name);
      } catch {
        return [];
      }
    },
  };
}

/**
 * The home directory. On Windows `HOME` is what a Unix shell there makes of it, and the programs
 * that are started from the desktop do not know it.
 */
export function homeDirectory({ os, env }: Pick<Machine, "os" | "env">): string | undefined {
  const names = ["HOME", "USERPROFILE"];
  if (os === "windows") names.reverse();
  return names.map(env).find((home) => home);
}

/**
 * The home directory, which must be there.
 *
 * @throws {ProxyError} when there is none, or one that depends on where the program is started
 */
export function requireHome(
  machine: Pick<Machine, "os" | "env">,
  { fix }: { fix?: string } = {},
): string {
  const { os } = machine;
  const home = homeDirectory(machine);
  if (!home) {
    throw noHome({
      what: `there is no home directory (neither HOME nor USERPROFILE is set)`,
      fix: fix ?? `set ${os === "windows" ? "USERPROFILE" : "HOME"}, or name the file yourself`,
    });
  }
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(home)) return home;
  throw noHome({
    what: `the home directory ${
      JSON.stringify(home)
    } is not an absolute path: it would be another one for each directory that a client starts in`,
    fix: `set ${os === "windows" ? "USERPROFILE" : "HOME"} to an absolute path`,
  });
}

/**
 * A path with the home directory in place of a `~` at its beginning: no shell has replaced one that
 * stands in a configuration file.
 *
 * @throws {ProxyError} when the machine has no home directory
 */
export function expandHome(
  path: string,
  machine: Pick<Machine, "os" | "env">,
  { fix }: { fix?: string } = {},
): string {
  if (!/^~(?=[/\\]|$)/.test(path)) return path;
  const inHome = requireHome(machine, { fix }).replace(/[/\\]+$/, "") + path.slice(1);
  // By hand: `node:path` would cost a start more than all of this program.
  return machine.os === "windows" ? inHome.replaceAll("/", "\\") : inHome;
}

/** A path under the home directory, with the separators of the machine. */
export function underHome(machine: Machine, ...parts: string[]): string {
  return join(machine, requireHome(machine), ...parts);
}

/** A path under the directory that a variable names, else under one in the home directory. */
export function underVariable(
  machine: Machine,
  { variable, otherwise }: { variable: string; otherwise: readonly string[] },
  ...parts: string[]
): string {
  const given = machine.env(variable);
  return given ? join(machine, given, ...parts) : underHome(machine, ...otherwise, ...parts);
}

/** A path under what Linux and this program call the configuration directory (`~/.config`). */
export function underXdgConfig(machine: Machine, ...parts: string[]): string {
  const given = machine.os === "windows" ? undefined : machine.env("XDG_CONFIG_HOME");
  // The specification lets relative values count as unset.
  return given?.startsWith("/")
    ? join(machine, given, ...parts)
    : underHome(machine, ".config", ...parts);
}

/** A path where desktop applications keep their data on each system. */
export function underApplicationData(machine: Machine, ...parts: string[]): string {
  if (machine.os === "darwin") {
    return underHome(machine, "Library", "Application Support", ...parts);
  }
  if (machine.os !== "windows") return underXdgConfig(machine, ...parts);
  const given = machine.env("APPDATA");
  return given
    ? join(machine, given, ...parts)
    : underHome(machine, "AppData", "Roaming", ...parts);
}

/**
 * Joins with the separators of the machine that is meant, not of the one this runs on. Every start
 * comes by here, and `node:path` would cost it more than all of this program.
 */
export function join(machine: Machine, ...parts: string[]): string {
  return machine.os === "windows"
    // Two at the very beginning name a server on the network.
    ? parts.join("\\").replace(/(?!^)[/\\]+/g, "\\")
    : parts.join("/").replace(/\/+/g, "/");
}

function noHome(texts: { what: string; fix: string }): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    ...texts,
    reason: "no_home_directory",
  });
}
