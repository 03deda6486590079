import { describe, ProxyError } from "../base/errors.ts";
import { isOptionName, type OptionName, optionNames } from "./options.ts";
import { type Machine, underApplicationData, underXdgConfig } from "../platform/paths.ts";
import { programName } from "../base/version.ts";

/** The texts that a configuration file gives to settings, before they are read as values. */
export type ConfigTexts = Partial<Record<OptionName, string>>;

/** What a configuration file says. */
export interface ConfigFile {
  /** Where it lies. */
  path: string;
  /** Settings for every start. */
  defaults: ConfigTexts;
  /** Settings by the name of a server, which win over the defaults. */
  servers: Readonly<Record<string, ConfigTexts>>;
}

/** Settings that a configuration file cannot hold: they say which file is read. */
export const notInConfig: ReadonlySet<OptionName> = new Set(["config", "envFile"]);

/** Where the configuration file lies when nobody names another one. */
export function defaultConfigPath(machine: Machine): string {
  return machine.os === "windows"
    ? underApplicationData(machine, programName, "config.json")
    : underXdgConfig(machine, programName, "config.json");
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
    throw invalid(path, `cannot be read: ${describe(error)}`);
  }
  const value = await parseConfig(text.replace(/^\ufeff/, ""), path);
  const { $schema: _, defaults = {}, servers = {}, ...unknown } = object(value, path, "it");
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) {
    throw invalid(path, `has ${quote(surplus)}; only "defaults" and "servers" are known`);
  }
  const named = object(servers, path, '"servers"');
  return {
    path,
    defaults: await texts(defaults, path, "defaults"),
    servers: Object.fromEntries(
      await Promise.all(
        Object.entries(named).map(async ([name, server]) =>
          [name, await texts(server, path, `servers.${name}`)] as const
        ),
      ),
    ),
  };
}

/** The default file, unless there is no home or no permission to look: nobody asked for a file. */
function defaultPath(machine: Machine): string | undefined {
  try {
    const path = defaultConfigPath(machine);
    // Reading without the permission would make Deno ask the person at a terminal.
    const { state } = Deno.permissions.querySync({ name: "read", path });
    return state === "granted" ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether there is no such file, as far as this user can see: a home that belongs to somebody else
 * may not even be looked into. A file that is there and cannot be read has settings that somebody
 * counts on.
 */
async function isAbsent(path: string, error: unknown): Promise<boolean> {
  const { NotADirectory, NotFound } = Deno.errors;
  if (error instanceof NotFound || error instanceof NotADirectory) return true;
  return await Deno.lstat(path).then(() => false, () => true);
}

/** Reads JSON with comments, in which no name of an object may stand twice: one would be lost. */
async function parseConfig(text: string, path: string): Promise<unknown> {
  const { getNodeValue, parseTree, printParseErrorCode } = await import("jsonc-parser");
  const errors: import("jsonc-parser").ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const line = (offset: number) => text.slice(0, offset).split("\n").length;
  const [error] = errors;
  if (error) {
    const code = printParseErrorCode(error.error);
    throw invalid(path, `is not JSON: ${code}, line ${line(error.offset)}`);
  }
  if (root === undefined) return undefined;
  const objects = [root];
  for (const { children = [] } of objects) {
    const names = new Set<unknown>();
    for (const { type, children: [name, value] = [] } of children) {
      if (type !== "property" || name === undefined || value === undefined) continue;
      if (names.has(name.value)) {
        throw invalid(path, `has ${quote(name.value)} twice, line ${line(name.offset)}`);
      }
      names.add(name.value);
      objects.push(value);
    }
  }
  return getNodeValue(root);
}

async function texts(value: unknown, path: string, where: string): Promise<ConfigTexts> {
  const found: ConfigTexts = {};
  for (const [name, given] of Object.entries(object(value, path, quote(where)))) {
    if (!isOptionName(name) || notInConfig.has(name)) {
      const { suggestion } = await import("../base/suggestion.ts");
      const known = optionNames.filter((known) => !notInConfig.has(known));
      throw invalid(path, `has the unknown setting ${quote(name)} in ${quote(where)}`, {
        fix: suggestion(name, known),
      });
    }
    const parts = Array.isArray(given) ? given : [given];
    if (!parts.every((part) => ["string", "number", "boolean"].includes(typeof part))) {
      throw invalid(path, `has a value for ${quote(`${where}.${name}`)} that is no text or number`);
    }
    found[name] = parts.join("\n");
  }
  return found;
}

function object(value: unknown, path: string, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalid(path, `is not understood: ${what} must be an object`);
}

function invalid(path: string, what: string, { fix }: { fix?: string } = {}): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `the configuration file ${path} ${what}`,
    fix: `${fix ?? "correct the file"}, or see docs/settings.md`,
    reason: "invalid_config_file",
  });
}

function quote(text: string): string {
  return JSON.stringify(text);
}
