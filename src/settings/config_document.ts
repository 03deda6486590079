import { ProxyError } from "../base/errors.ts";
import { isOptionName, type OptionName, optionNames, options } from "./options.ts";

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

/** A configuration file, with the members that are not the same in each kind of it. */
export interface ConfigDocument {
  /** What every kind of configuration file has. */
  file: ConfigFile;
  /** The other members. */
  others: Readonly<Record<string, unknown>>;
}

/**
 * Reads the text of a configuration file: JSON with comments.
 *
 * @throws {ProxyError} `invalid_config_file` when it is not understood
 */
export async function readConfigDocument(text: string, path: string): Promise<ConfigDocument> {
  const value = await parseConfig(text.replace(/^\ufeff/, ""), path);
  const { $schema: _, defaults = {}, servers = {}, ...others } = configObject(value, path, "it");
  const named = configObject(servers, path, '"servers"');
  return {
    file: {
      path,
      defaults: await configTexts(defaults, path, "defaults"),
      servers: Object.fromEntries(
        await Promise.all(
          Object.entries(named).map(async ([name, server]) =>
            [name, await configTexts(server, path, `servers.${name}`)] as const
          ),
        ),
      ),
    },
    others,
  };
}

/**
 * Makes sure that a configuration file has no other members than those.
 *
 * @throws {ProxyError} `invalid_config_file` that names the first other one
 */
export function refuseOthers(
  { others, file: { path } }: ConfigDocument,
  { known, fix }: { known: readonly string[]; fix?: string },
): void {
  const surplus = Object.keys(others).find((name) => !known.includes(name));
  if (surplus === undefined) return;
  const names = ["defaults", "servers", ...known].map(quote);
  throw invalidConfig(
    path,
    `has ${quote(surplus)}; only ${names.slice(0, -1).join(", ")} and ${names.at(-1)} are known`,
    { fix },
  );
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
    throw invalidConfig(path, `is not JSON: ${code}, line ${line(error.offset)}`);
  }
  if (root === undefined) return undefined;
  const objects = [root];
  for (const { children = [] } of objects) {
    const names = new Set<unknown>();
    for (const { type, children: member = [] } of children) {
      if (type !== "property") continue;
      const [name, value] = member;
      if (names.has(name.value)) {
        throw invalidConfig(path, `has ${quote(name.value)} twice, line ${line(name.offset)}`);
      }
      names.add(name.value);
      objects.push(value);
    }
  }
  return getNodeValue(root);
}

/**
 * An object of settings as their texts.
 *
 * @throws {ProxyError} `invalid_config_file` for an unknown setting or a value that can be none
 */
export async function configTexts(
  value: unknown,
  path: string,
  where: string,
): Promise<ConfigTexts> {
  const found: ConfigTexts = {};
  for (const [name, given] of Object.entries(configObject(value, path, quote(where)))) {
    if (isOptionName(name) && notInConfig.has(name)) {
      throw invalidConfig(path, `has the unknown setting ${quote(name)} in ${quote(where)}`, {
        fix: `remove it and pass ${options[name].flag}, since it says which file is read`,
      });
    }
    if (!isOptionName(name)) {
      const { suggestion } = await import("../base/suggestion.ts");
      const known = optionNames.filter((known) => !notInConfig.has(known));
      throw invalidConfig(path, `has the unknown setting ${quote(name)} in ${quote(where)}`, {
        fix: suggestion(name, known),
      });
    }
    const parts = Array.isArray(given) ? given : [given];
    if (!parts.every((part) => ["string", "number", "boolean"].includes(typeof part))) {
      throw invalidConfig(
        path,
        `has a value for ${quote(`${where}.${name}`)} that is no text or number`,
      );
    }
    found[name] = parts.join("\n");
  }
  return found;
}

/**
 * A member of a configuration file that must be an object.
 *
 * @throws {ProxyError} `invalid_config_file` when it is none
 */
export function configObject(
  value: unknown,
  path: string,
  what: string,
): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalidConfig(path, `is not understood: ${what} must be an object`);
}

/** The error of a configuration file that is not as it should be. */
export function invalidConfig(
  path: string,
  what: string,
  { fix, reason = "invalid_config_file" }: { fix?: string; reason?: string } = {},
): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `the configuration file ${path} ${what}`,
    fix: `${fix ?? "correct the file"}, or see docs/settings.md`,
    reason,
  });
}

function quote(text: string): string {
  return JSON.stringify(text);
}
