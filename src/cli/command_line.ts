import { Command, CommanderError, Option } from "commander";
import { programName } from "../version.ts";
import { type OptionName, optionNames, options, type SettingOption } from "./options.ts";
import { UsageError } from "./usage_error.ts";

/** The texts that the command line gave to settings, before they are read as values. */
export type FlagTexts = Partial<Record<OptionName, string>>;

/** What the command line asks for. */
export type Invocation =
  | { kind: "bridge"; flags: FlagTexts }
  | { kind: "print"; text: string };

/** What {@linkcode parseCommandLine} needs besides the arguments. */
export interface CommandLineOptions {
  /** What `--version` prints. */
  version: string;
  /** The width that help is wrapped to, in columns. */
  helpWidth?: number;
}

/**
 * Reads the arguments.
 *
 * @throws {UsageError} for an unknown flag, a flag without its value, or flags that exclude each other
 */
export function parseCommandLine(
  args: readonly string[],
  settings: CommandLineOptions,
): Invocation {
  let printed = "";
  const flags: FlagTexts = {};
  const program = new Command(programName)
    .description(
      "Local stdio MCP server that signs you in at your OpenID Provider and bridges to a remote MCP server.",
    )
    .usage("[options] MCP_BACKEND_URL")
    .version(
      settings.version,
      "--version",
      "print the version; with --json, all that is known of this build",
    )
    .helpOption("--help", "print this help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void (printed += text),
      writeErr: () => {},
      getOutHelpWidth: () => settings.helpWidth ?? 80,
    })
    .addHelpText("after", examples)
    .action(() => {});
  const declared = new Map<OptionName, Option>();
  for (const name of optionNames) {
    const row: SettingOption<unknown> = options[name];
    if (row.flag.startsWith("--")) {
      const option = commanderOption(row);
      declared.set(name, option);
      program.addOption(option);
    } else {
      program.argument(`[${row.flag}]`, describeOption(row));
    }
  }
  declared.get("silent")?.conflicts(declared.get("debug")!.attributeName());
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "print", text: printed };
    throw new UsageError(error.message.replace(/^error: /, "").split("\n").join(" "));
  }
  for (const [name, option] of declared) {
    if (program.getOptionValueSource(option.attributeName()) !== "cli") continue;
    const value: unknown = program.getOptionValue(option.attributeName());
    if (typeof value === "string" && !option.negate) flags[name] = value;
    else if (value === !option.negate) flags[name] = "true";
  }
  const [backendUrl] = program.args;
  if (backendUrl !== undefined) flags.backendUrl = backendUrl;
  return { kind: "bridge", flags };
}

const examples = `
Examples:
  ${programName} https://mcp.example.com/mcp \\
    --oidc-issuer-url https://auth.example.com --oidc-client-id my-client
  OIDC_ISSUER_URL=https://auth.example.com OIDC_CLIENT_ID=my-client \\
    ${programName} --debug https://mcp.example.com/mcp`;

function commanderOption(row: SettingOption<unknown>): Option {
  const option = new Option(row.value ? `${row.flag} ${row.value}` : row.flag, describeOption(row));
  if (row.repeatable) {
    // All that is given becomes one text, as it is in the variable.
    option.argParser((text, before: string | undefined) =>
      before === undefined ? text : `${before}\n${text}`
    );
  }
  return option.helpGroup(`${row.group}:`);
}

function describeOption(row: SettingOption<unknown>): string {
  const notes = [
    row.env && `env: ${row.env}`,
    row.defaultText &&
    (row.defaultText === "required" ? "required" : `default: ${row.defaultText}`),
  ].filter((note) => note);
  return notes.length > 0 ? `${row.help} (${notes.join(", ")})` : row.help;
}
