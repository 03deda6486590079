import { describe, ProxyError } from "../base/errors.ts";
import { programName } from "../base/version.ts";
import type { Settings } from "./settings.ts";
import { SettingSyntaxError, SettingValueError } from "./values.ts";
import type { FlagTexts } from "./options.ts";
import type { ConfigFile, ConfigTexts } from "./config_document.ts";
import { readConfigFile } from "./config_file.ts";
import type { SystemConfig } from "./system_config.ts";
import { type OptionName, optionNames, options } from "./options.ts";
import type { SettingOption } from "./setting_option.ts";
import { UsageError } from "../base/usage_error.ts";

/** Where the value of a setting came from. */
export type SettingSource =
  | "flag"
  | "environment"
  | "env file"
  | "config file"
  | "client"
  | "system file"
  | "policy"
  | "default";

/** The settings, and where each came from. */
export interface ResolvedSettings {
  /** The values. */
  settings: Settings;
  /** The origin of each value. */
  sources: Readonly<Record<OptionName, SettingSource>>;
  /** The text of each value that is not a default. */
  texts: FlagTexts;
  /** The configuration file that was read. */
  config: ConfigFile | undefined;
  /** The administrator's configuration file, which every user of the machine has. */
  system: SystemConfig | undefined;
  /** The server that was set up, whose settings these are, as far as nothing else is given. */
  server: SetUpServer | undefined;
}

/** The settings of a server that was set up. */
export interface SetUpServer {
  /** Its name. */
  name: string;
  /** Whether they stand in our own configuration file, the administrator's, or that of a client. */
  origin: "config file" | "client" | "system file";
  /** The file. */
  path: string;
  /** The texts. */
  texts: ConfigTexts;
}

/** Which server is looked for. */
export interface WantedServer {
  /** The name or the URL that was given; empty when there is none. */
  text: string;
  /** What the configuration file says. */
  config: ConfigFile | undefined;
  /** What the administrator's configuration file says. */
  system: ConfigFile | undefined;
  /** The names of the commands. */
  commandNames?: readonly string[];
  /** Whether issuer and client id are given already, so that nothing needs to be looked for. */
  isIdentified: boolean;
}

/** What {@linkcode resolveSettings} reads from. */
export interface SettingInputs {
  /** What the command line gave. */
  flags: FlagTexts;
  /** Looks an environment variable up. */
  getEnv(name: string): string | undefined;
  /** Reads a text file. */
  readTextFile(path: string): Promise<string>;
  /** Reads the administrator's configuration file; there is none when absent. */
  readSystemConfig?(): Promise<SystemConfig | undefined>;
  /**
   * Finds the server that was set up; by its name in the configuration file only when absent, which
   * is what the bridge does.
   *
   * @throws {UsageError} when it is not clear which one is meant
   */
  findServer?(wanted: WantedServer): Promise<SetUpServer | undefined>;
  /** The names of the commands, for a word that may be meant as one. */
  commandNames?: readonly string[];
  /** The operating system, as `Deno.build.os` names it; it says where the default file is. */
  os?: string;
}

/**
 * Decides every setting: flag before environment before env file before named server before the
 * defaults of the person's configuration file before those of the administrator's before our own. An
 * empty text counts as not given. Where the URL of the backend is expected, the name of a server that
 * was set up stands for all that is known of it; the person's own of a name hides the administrator's.
 *
 * @throws {UsageError} when a text is not of the setting's kind, such as a word for a number
 * @throws {ProxyError} a configuration error for every other value that a setting cannot take, or that
 *   the administrator's policy refuses
 */
export async function resolveSettings(inputs: SettingInputs): Promise<ResolvedSettings> {
  const { flags, getEnv } = inputs;
  const envFile = flags.envFile ? await readEnvFile(flags.envFile, inputs) : {};
  const variable = (name: OptionName) => {
    const { env } = options[name];
    return env ? getEnv(env) || envFile[env] : undefined;
  };
  const [config, system] = await Promise.all([
    readConfigFile({
      given: flags.config || variable("config") || undefined,
      machine: { os: inputs.os ?? "linux", env: getEnv, cwd: "" },
      readTextFile: (path) => inputs.readTextFile(path),
    }),
    inputs.readSystemConfig?.(),
  ]);
  const text = flags.backendUrl || variable("backendUrl") || "";
  const isGiven = (name: OptionName) => Boolean(flags[name] || variable(name));
  const isIdentified = isGiven("oidcIssuerUrl") && isGiven("oidcClientId");
  const server = inputs.findServer
    ? await inputs.findServer({
      text,
      config,
      system,
      isIdentified,
      commandNames: inputs.commandNames,
    })
    : await namedServer(text, { config, system, commandNames: inputs.commandNames });
  const policy = system && await import("./policy.ts");
  const settings: Partial<Record<OptionName, unknown>> = {};
  const sources: Partial<Record<OptionName, SettingSource>> = {};
  const texts: FlagTexts = {};
  for (const name of optionNames) {
    const row: SettingOption<unknown> = options[name];
    const candidates: [SettingSource, string, string | undefined][] = [
      ["flag", row.flag, flags[name]],
    ];
    if (row.env) {
      candidates.push(["environment", row.env, getEnv(row.env)]);
      candidates.push(["env file", `${row.env} in ${flags.envFile}`, envFile[row.env]]);
    }
    if (server) {
      const where = server.origin === "client"
        ? `${row.env ?? row.flag} of ${JSON.stringify(server.name)} in ${server.path}`
        : `servers.${server.name}.${name} in ${server.path}`;
      candidates.push([server.origin, where, server.texts[name]]);
    }
    candidates.push([
      "config file",
      `defaults.${name} in ${config?.path}`,
      config?.defaults[name],
    ]);
    if (system) {
      const where = `defaults.${name} in ${system.path}`;
      candidates.push(["system file", where, system.defaults[name]]);
    }
    const given = candidates.find(([, , text]) =>
      text !== undefined && text !== "" &&
      // The name of a server is not itself the URL.
      (name !== "backendUrl" || server === undefined || text.includes("://"))
    );
    sources[name] = given ? given[0] : "default";
    if (given) texts[name] = given[2];
    settings[name] = given ? await valueOf(row, { where: given[1], text: given[2]! }) : row.default;
    const locked = system?.policy.locked[name];
    if (locked === undefined) continue;
    const lockedText = locked ?? undefined;
    const where = `locked.${name} in ${system!.path}`;
    const value = lockedText === undefined
      ? row.default
      : await valueOf(row, { where, text: lockedText });
    if (given) {
      policy!.refuseOtherValue({
        name,
        locked: value,
        lockedText,
        given: { where: given[1], text: given[2]!, value: settings[name] },
        path: system!.path,
      });
    }
    settings[name] = value;
    sources[name] = "policy";
    if (lockedText === undefined) delete texts[name];
    else texts[name] = lockedText;
  }
  const resolved = settings as unknown as Settings;
  if (sources.logLevel === "default") {
    // On the command line the two exclude each other; a variable set for good must not defeat a flag.
    resolved.logLevel = resolved.silent ? "error" : resolved.debug ? "debug" : "info";
  }
  resolved.silent = resolved.logLevel === "error";
  resolved.debug = resolved.logLevel === "debug";
  if (system) {
    policy!.refuseOtherHosts(resolved, { policy: system.policy, path: system.path, texts });
  }
  return {
    settings: resolved,
    sources: sources as Record<OptionName, SettingSource>,
    texts,
    config,
    system,
    server,
  };
}

/** A text as the value that it stands for. */
async function valueOf(
  row: SettingOption<unknown>,
  { where, text }: { where: string; text: string },
): Promise<unknown> {
  try {
    return row.parse(text);
  } catch (error) {
    throw await invalidValue(error, { row, where, text });
  }
}

/**
 * The server of a configuration file that stands where a URL is expected.
 *
 * @throws {UsageError} for a plain word that is neither a server nor a command
 */
async function namedServer(
  text: string,
  { config, system, commandNames }:
    & Pick<WantedServer, "config" | "system">
    & Pick<SettingInputs, "commandNames">,
): Promise<SetUpServer | undefined> {
  if (text === "" || text.includes("://")) return undefined;
  const own = configuredServer(text, { config, system });
  if (own) return own;
  if (!/^[A-Za-z][\w-]*$/.test(text)) return undefined;
  const names = [
    ...commandNames ?? [],
    ...Object.keys(config?.servers ?? {}),
    ...Object.keys(system?.servers ?? {}),
  ];
  throw await unknownServer(text, { config: config ?? system, names });
}

/** The server of this name in the configuration files: the person's own, else the administrator's. */
export function configuredServer(
  name: string,
  { config, system }: Pick<WantedServer, "config" | "system">,
): SetUpServer | undefined {
  const [origin, file] = config && Object.hasOwn(config.servers, name)
    ? ["config file", config] as const
    : ["system file", system] as const;
  if (!file || !Object.hasOwn(file.servers, name)) return undefined;
  return { name, origin, path: file.path, texts: file.servers[name] };
}

/** The error for a word that is neither a command nor the name of a server. */
export async function unknownServer(
  text: string,
  { config, names }: { config: ConfigFile | undefined; names: readonly string[] },
): Promise<UsageError> {
  const { suggestion } = await import("../base/suggestion.ts");
  return new UsageError({
    what: `${JSON.stringify(text)} is neither a command nor the URL of a backend nor a server of ${
      config?.path ?? "a configuration file"
    }`,
    fix: suggestion(text, names),
  });
}

/** The error for a text that a setting cannot take, with the word that was meant if one is near. */
async function invalidValue(
  error: unknown,
  { row, where, text }: { row: SettingOption<unknown>; where: string; text: string },
): Promise<unknown> {
  if (!(error instanceof SettingValueError)) return error;
  const what = `${where} ${error.message}`;
  if (error instanceof SettingSyntaxError) {
    const { suggestion } = await import("../base/suggestion.ts");
    const fix = error.fix ?? (row.choices && suggestion(text.trim().toLowerCase(), row.choices));
    return new UsageError({ what, fix });
  }
  return new ProxyError({
    category: "Configuration error",
    what,
    fix: `${error.fix ?? "correct it"}, or see ${programName} --help`,
    reason: "invalid_setting",
  });
}

async function readEnvFile(
  path: string,
  inputs: SettingInputs,
): Promise<Record<string, string | undefined>> {
  let text: string;
  try {
    text = await inputs.readTextFile(path);
  } catch (error) {
    throw new ProxyError({
      category: "Configuration error",
      what: `cannot read the file of --env-file: ${describe(error)}`,
      fix: "name an existing dotenv file",
      reason: "env_file_unreadable",
      cause: error,
    });
  }
  // Only the default export of a CommonJS package survives bundling.
  const { default: { parse } } = await import("dotenv");
  return parse(text);
}
