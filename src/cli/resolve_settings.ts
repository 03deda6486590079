import { describe, ProxyError } from "../errors.ts";
import { programName } from "../version.ts";
import type { Settings } from "../settings.ts";
import { SettingSyntaxError, SettingValueError } from "../setting_values.ts";
import type { FlagTexts } from "./command_line.ts";
import { type ConfigFile, type ConfigTexts, readConfigFile } from "./config_file.ts";
import { type OptionName, optionNames, options } from "./options.ts";
import type { SettingOption } from "./setting_option.ts";
import { UsageError } from "./usage_error.ts";

/** Where the value of a setting came from. */
export type SettingSource = "flag" | "environment" | "env file" | "config file" | "default";

/** The settings, and where each came from. */
export interface ResolvedSettings {
  /** The values. */
  settings: Settings;
  /** The origin of each value. */
  sources: Readonly<Record<OptionName, SettingSource>>;
  /** The text of each value that is not a default. */
  texts: FlagTexts;
  /** The configuration file that was read. */
  configPath: string | undefined;
  /** The name that its settings have there, when the command line named a server. */
  server: string | undefined;
}

/** What {@linkcode resolveSettings} reads from. */
export interface SettingInputs {
  /** What the command line gave. */
  flags: FlagTexts;
  /** Looks an environment variable up. */
  getEnv(name: string): string | undefined;
  /** Reads a text file. */
  readTextFile(path: string): Promise<string>;
  /** The operating system, as `Deno.build.os` names it; it says where the default file is. */
  os?: string;
}

/**
 * Decides every setting: flag before environment before env file before configuration file before
 * default. An empty text counts as not given. Where the URL of the backend is expected, the name of
 * a server in the configuration file stands for all that the file says of it.
 *
 * @throws {UsageError} when a text is not of the setting's kind, such as a word for a number
 * @throws {ProxyError} a configuration error for every other value that a setting cannot take
 */
export async function resolveSettings(inputs: SettingInputs): Promise<ResolvedSettings> {
  const { flags, getEnv } = inputs;
  const envFile = flags.envFile ? await readEnvFile(flags.envFile, inputs) : {};
  const variable = (name: OptionName) => {
    const { env } = options[name];
    return env ? getEnv(env) || envFile[env] : undefined;
  };
  const config = await readConfigFile({
    given: flags.config || variable("config") || undefined,
    machine: { os: inputs.os ?? "linux", env: getEnv, cwd: "" },
    readTextFile: (path) => inputs.readTextFile(path),
  });
  const server = await namedServer(flags.backendUrl || variable("backendUrl") || "", config);
  const named: ConfigTexts = server === undefined ? {} : config!.servers[server];
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
    for (
      const [where, texts] of [[`servers.${server}`, named], [
        "defaults",
        config?.defaults,
      ]] as const
    ) {
      candidates.push(["config file", `${where}.${name} in ${config?.path}`, texts?.[name]]);
    }
    const given = candidates.find(([source, , text]) =>
      text !== undefined && text !== "" &&
      // The name of a server is not itself the URL.
      (name !== "backendUrl" || server === undefined || source === "config file")
    );
    sources[name] = given ? given[0] : "default";
    if (given) texts[name] = given[2];
    settings[name] = given ? readValue(row, given[1], given[2]!) : row.default;
  }
  // On the command line the two exclude each other; a variable set for good must not defeat a flag.
  if (settings.silent) settings.debug = false;
  return {
    settings: settings as unknown as Settings,
    sources: sources as Record<OptionName, SettingSource>,
    texts,
    configPath: config?.path,
    server,
  };
}

/**
 * The server of the configuration file that stands where a URL is expected.
 *
 * @throws {UsageError} for a plain word that is neither a server nor a command
 */
async function namedServer(
  text: string,
  config: ConfigFile | undefined,
): Promise<string | undefined> {
  if (text === "" || text.includes("://")) return undefined;
  const names = Object.keys(config?.servers ?? {});
  if (names.includes(text)) return text;
  if (!/^[A-Za-z][\w-]*$/.test(text)) return undefined;
  const [{ suggestion }, { commands }] = await Promise.all([
    import("./suggestion.ts"),
    import("./command_table.ts"),
  ]);
  const known = [...commands.map(({ name }) => name), ...names];
  throw new UsageError({
    what: `${JSON.stringify(text)} is neither a command nor the URL of a backend nor a server of ${
      config?.path ?? "a configuration file"
    }`,
    fix: suggestion(text, known),
  });
}

function readValue(row: SettingOption<unknown>, where: string, text: string): unknown {
  try {
    return row.parse(text);
  } catch (error) {
    if (!(error instanceof SettingValueError)) throw error;
    const what = `${where} ${error.message}`;
    if (error instanceof SettingSyntaxError) throw new UsageError({ what, fix: error.fix });
    throw new ProxyError({
      category: "Configuration error",
      what,
      fix: `${error.fix ?? "correct it"}, or see ${programName} --help`,
      reason: "invalid_setting",
    });
  }
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
