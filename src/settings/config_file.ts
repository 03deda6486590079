import { describe } from "../base/errors.ts";
import { type Machine, underApplicationData, underXdgConfig } from "../platform/paths.ts";
import { programName } from "../base/version.ts";
import type { ConfigFile } from "./config_document.ts";
import type { SystemConfig } from "./system_config.ts";

/** Where the configuration file lies when nobody names another one. */
export function defaultConfigPath(machine: Machine): string {
  return machine.os === "windows"
    ? underApplicationData(machine, programName, "config.json")
    : underXdgConfig(machine, programName, "config.json");
}

/**
 * Where the administrator's configuration file lies, which every user of the machine has. On Windows
 * that is not `%ProgramData%`, where ordinary users can create directories.
 */
export function systemConfigPath({ os, env }: Pick<Machine, "os" | "env">): string {
  if (os === "windows") {
    // Clients start their servers with a few variables, and this one is seldom among them.
    const given = env("ProgramFiles") ?? "";
    const directory = /^[A-Za-z]:\\/.test(given) ? given : "C:\\Program Files";
    return `${directory.replace(/\\+$/, "")}\\${programName}\\config.json`;
  }
  return os === "darwin"
    ? `/Library/Application Support/${programName}/config.json`
    : `/etc/${programName}/config.json`;
}

/** What {@linkcode readConfigFile} reads from. */
export interface ConfigFileInputs {
  /** The file that was named; the default one, which may be absent, when nobody named one. */
  given: string | undefined;
  /** Whose default file is meant. */
  machine: Machine;
  /** Reads a text file. */
  readTextFile(path: string): Promise<string>;
}

/**
 * Reads the configuration file, if there is one.
 *
 * @throws {ProxyError} when a file that was named cannot be read, or a file is not understood
 */
export async function readConfigFile(inputs: ConfigFileInputs): Promise<ConfigFile | undefined> {
  const path = inputs.given ?? defaultPath(inputs.machine);
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = await inputs.readTextFile(path);
  } catch (error) {
    if (inputs.given === undefined && await isAbsent(path, error)) return undefined;
    const { invalidConfig } = await import("./config_document.ts");
    throw invalidConfig(path, `cannot be read: ${describe(error)}`);
  }
  const { readConfigDocument, refuseOthers } = await import("./config_document.ts");
  const document = await readConfigDocument(text, path);
  const isPolicy = ["locked", "allowedBackends", "allowedIssuers"]
    .some((name) => name in document.others);
  refuseOthers(document, {
    known: [],
    fix: isPolicy ? `set it in ${systemConfigPath(inputs.machine)}` : undefined,
  });
  return document.file;
}

/**
 * Reads the administrator's configuration file, if there is one. Every start comes by here: where
 * there is none, one question to the file system is all it costs.
 *
 * @throws {ProxyError} when others than root can write it, or it is not understood
 */
export async function readSystemConfig(
  { os, env }: Pick<Machine, "os" | "env">,
): Promise<SystemConfig | undefined> {
  const path = systemConfigPath({ os, env });
  if (!isReadable(path)) return undefined;
  try {
    await Deno.lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    // What is there and cannot be seen may be a policy; reading it says so.
  }
  const { readSystemDocument } = await import("./system_config.ts");
  return await readSystemDocument(path, { os });
}

/** The default file, unless there is no home or no permission to look: nobody asked for a file. */
function defaultPath(machine: Machine): string | undefined {
  try {
    const path = defaultConfigPath(machine);
    return isReadable(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Reading without the permission would make Deno ask the person at a terminal. */
function isReadable(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/**
 * Whether there is no such file, as far as this user can see: a home that belongs to somebody else
 * may not even be looked into. A file that is there and cannot be read has settings that somebody
 * counts on.
 */
async function isAbsent(path: string, error: unknown): Promise<boolean> {
  return isMissing(error) || await Deno.lstat(path).then(() => false, () => true);
}

function isMissing(error: unknown): boolean {
  const { NotADirectory, NotFound } = Deno.errors;
  return error instanceof NotFound || error instanceof NotADirectory;
}
