import { Argument, Command, CommanderError, Help, Option } from "commander";
import { programName } from "../../base/version.ts";
import { commands } from "../commands/registry.ts";
import type { CommandFlag, CommandRow } from "../commands/command.ts";
import { layOutHelp, wrapWords } from "../help/help_layout.ts";
import { type FlagTexts, type OptionName, optionNames, options } from "../../settings/options.ts";
import type { SettingOption } from "../../settings/setting_option.ts";
import { splitSuggestion, suggestion } from "../../base/suggestion.ts";
import { UsageError } from "../../base/usage_error.ts";

/** What the command line asks for. */
export type Invocation =
  | { kind: "bridge"; flags: FlagTexts }
  | {
    kind: "command";
    command: CommandRow;
    flags: FlagTexts;
    /** The command's own flags, by name without the dashes. */
    own: Readonly<Partial<Record<string, string>>>;
    /** The command's own argument. */
    argument: string | undefined;
  }
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
  { version, helpWidth = 80 }: CommandLineOptions,
): Invocation {
  // The library knows no help of what it has for help.
  if (args[0] === "help" && args[1] === "help") {
    return parseCommandLine(["help"], { version, helpWidth });
  }
  let printed = "";
  const program = new Command(programName)
    .description(
      "Local stdio MCP server that signs you in at your OpenID Provider and bridges to a remote MCP server.",
    )
    .usage(`[options] MCP_BACKEND_URL\n       ${programName} <command> [options]`)
    .helpCommand("help [command]", "print the help of a command")
    .commandsGroup("Commands:")
    .version(
      version,
      "-V, --version",
      "print the version; with --json, all that is known of this build",
    )
    .helpOption("-h, --help", "print this help")
    .exitOverride((error) => rethrow(undefined, args)(asMisspelled(error, program.args[0])))
    .configureOutput({
      writeOut: (text) => void (printed += text),
      writeErr: () => {},
      getOutHelpWidth: () => helpWidth,
    })
    .addHelpText("after", wrapped(examples, helpWidth))
    .argument(`[${options.backendUrl.flag}]`, describeOption(options.backendUrl))
    // What follows a command is that command's: `token --header` is not the bridge's `--header`.
    .enablePositionalOptions()
    .action(() => {});
  program.createHelp = () => new ProgramHelp();
  const declared = declareSettings(program);
  let called: Called | undefined;
  for (const row of commands) {
    const command = commanderCommand(row, helpWidth).copyInheritedSettings(program)
      .exitOverride(rethrow(row.name, args));
    const own = [...command.options];
    const declared = declareSettings(command);
    // The settings are left out of it: they stand in the program's own help.
    command.createHelp = () => new ProgramHelp(own);
    command.action(() => {
      called = { row, command, own, declared };
    });
    program.addCommand(command);
  }
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: "print", text: printed };
  }
  const flags: FlagTexts = { ...givenSettings(program, declared) };
  if (!called) {
    const [backendUrl] = program.args;
    if (backendUrl !== undefined) flags.backendUrl = backendUrl;
    return { kind: "bridge", flags };
  }
  // TypeScript does not see that `parse` ran the action that sets it.
  const { row, command, own, declared: given } = called as Called;
  Object.assign(flags, givenSettings(command, given));
  const [operand] = command.args;
  if (operand !== undefined && !row.argument) flags.backendUrl = operand;
  const texts = own.flatMap((option) => {
    const text = givenText(command, option);
    return text === undefined ? [] : [[option.long!.slice(2), text]];
  });
  return {
    kind: "command",
    command: row,
    flags,
    own: Object.fromEntries(texts),
    argument: row.argument ? operand : undefined,
  };
}

/** A word in front of the URL was meant as a command: says so instead of counting arguments. */
function asMisspelled(error: CommanderError, word: string | undefined): CommanderError {
  const isWord = word !== undefined && /^[A-Za-z][\w-]*$/.test(word);
  if (error.code !== "commander.excessArguments" || !isWord) return error;
  throw new UsageError({
    what: `${JSON.stringify(word)} is not a command`,
    fix: suggestion(word, commands.map(({ name }) => name)),
  });
}

/** Makes usage errors of what the library ends with, except where it has printed what was asked for. */
function rethrow(
  command: string | undefined,
  args: readonly string[],
): (error: CommanderError) => never {
  return (error) => {
    if (error.exitCode === 0) throw error;
    if (error.code === "commander.help") throw unknownCommand(args[args.indexOf("help") + 1]);
    const { what, fix } = splitSuggestion(error.message.replace(/^error: /, ""));
    throw new UsageError({ what, fix, command });
  };
}

/** What `help` was asked about that is no command. */
function unknownCommand(word: string | undefined): UsageError {
  const names = commands.map(({ name }) => name);
  return new UsageError({
    what: word === undefined
      ? "there is no such command"
      : `${JSON.stringify(word)} is not a command`,
    fix: (word && suggestion(word, names)) ?? `use one of ${names.join(", ")}`,
  });
}

/** One of a few words; the one that was meant is named when it is near. */
function chosen(
  text: string,
  { of: choices, what, command }: { of: readonly string[]; what: string; command: string },
): string {
  if (choices.includes(text)) return text;
  throw new UsageError({
    what: `${what} must be one of ${choices.join(", ")}, not ${JSON.stringify(text)}`,
    fix: suggestion(text, choices),
    command,
  });
}

interface Called {
  row: CommandRow;
  command: Command;
  own: readonly Option[];
  declared: ReadonlyMap<OptionName, Option>;
}

function givenSettings(command: Command, declared: ReadonlyMap<OptionName, Option>): FlagTexts {
  const flags: FlagTexts = {};
  for (const [name, option] of declared) {
    const text = givenText(command, option);
    if (text !== undefined) flags[name] = text;
  }
  return flags;
}

function commanderCommand(row: CommandRow, helpWidth: number): Command {
  const command = new Command(row.name)
    .summary(row.summary)
    .description(row.description)
    .usage(
      row.argument
        ? `[options] ${row.argument.name}`
        : row.isGlobal
        ? "[options]"
        : "[options] [MCP_BACKEND_URL]",
    )
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", wrapped(commandExamples(row), helpWidth));
  if (row.argument) {
    const { name, help, choices } = row.argument;
    command.addArgument(
      new Argument(`<${name}>`, help).choices([...choices])
        .argParser((text) => chosen(text, { of: choices, what: name, command: row.name })),
    );
  } else if (!row.isGlobal) {
    command.argument(
      "[MCP_BACKEND_URL]",
      "URL of the remote MCP server, or its name in the configuration file",
    );
  }
  for (const flag of row.flags) command.addOption(ownOption(flag, row.name));
  return command;
}

/** Help with commands before flags. `commander` decides what is shown, and not how. */
class ProgramHelp extends Help {
  readonly #own: readonly Option[] | undefined;

  /**
   * @param own the options that are listed, besides the one for help; all of them by default. A
   * mistyped flag is compared with all that the command takes.
   */
  constructor(own?: readonly Option[]) {
    super();
    this.#own = own;
  }

  /** A command in the list: what it takes stands in its own help. */
  override subcommandTerm(command: Command): string {
    const [argument] = command.registeredArguments;
    return argument?.required ? `${command.name()} ${argument.name()}` : command.name();
  }

  /** The whole help of a command. */
  override formatHelp(command: Command, helper: Help): string {
    const options = helper.groupItems(
      [...command.options],
      helper.visibleOptions(command).filter((option) =>
        !this.#own || this.#own.includes(option) || option.long === "--help"
      ),
      (option) => option.helpGroupHeading ?? "Options:",
    );
    return layOutHelp({
      usage: helper.commandUsage(command),
      description: helper.commandDescription(command),
      sections: [
        {
          heading: "Commands:",
          items: helper.visibleCommands(command).map((each) => [
            helper.subcommandTerm(each),
            helper.subcommandDescription(each),
          ]),
        },
        {
          heading: "Arguments:",
          items: helper.visibleArguments(command).map((argument) => [
            helper.argumentTerm(argument),
            helper.argumentDescription(argument),
          ]),
        },
        ...[...options].map(([heading, options]) => ({
          heading,
          items: options.map((option) =>
            [helper.optionTerm(option), helper.optionDescription(option)] as const
          ),
        })),
      ],
    }, helper.helpWidth!);
  }
}

/** Text behind a list: command lines are not wrapped, since they are there to be copied. */
function wrapped(text: string, helpWidth: number): string {
  return text.split("\n").map((line) =>
    /^\s*(?:authful-mcp-proxy|OIDC_|--)/.test(line) ? line : wrapWords(line, helpWidth)
  ).join("\n");
}

function ownOption({ flag, value, choices, help }: CommandFlag, command: string): Option {
  const option = new Option(value ? `${flag} ${value}` : flag, help);
  if (choices) {
    option.choices([...choices])
      .argParser((text) => chosen(text, { of: choices, what: flag, command }));
  }
  return option;
}

function commandExamples(row: CommandRow): string {
  const lines = row.examples.map(([line, meaning]) => `  # ${meaning}\n  ${programName} ${line}`);
  return `
All settings of the bridge work here too, such as --profile and --cache-dir:
see ${programName} --help.

Examples:
${lines.join("\n")}`;
}

const examples = `
Examples:
  ${programName} https://mcp.example.com/mcp \\
    --oidc-issuer-url https://auth.example.com --oidc-client-id my-client
  OIDC_ISSUER_URL=https://auth.example.com OIDC_CLIENT_ID=my-client \\
    ${programName} --debug https://mcp.example.com/mcp`;

/** Makes a command take the settings as flags, except where a flag of its own has the same name. */
function declareSettings(command: Command): ReadonlyMap<OptionName, Option> {
  const taken = new Set(command.options.map(({ long }) => long));
  const declared = new Map<OptionName, Option>();
  for (const name of optionNames) {
    const row: SettingOption<unknown> = options[name];
    if (!row.flag.startsWith("--") || taken.has(row.flag)) continue;
    const option = commanderOption(row);
    declared.set(name, option);
    command.addOption(option);
  }
  declared.get("silent")?.conflicts(declared.get("debug")!.attributeName());
  return declared;
}

/** The text that the command line gave to an option; `"true"` for switches. */
function givenText(command: Command, option: Option): string | undefined {
  const value: unknown = command.getOptionValue(option.attributeName());
  if (typeof value === "string" && !option.negate) return value;
  return value === !option.negate ? "true" : undefined;
}

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

/** What help says of a setting. */
function describeOption(row: SettingOption<unknown>): string {
  const notes = [
    row.env && `env: ${row.env}`,
    row.defaultText &&
    (row.defaultText === "required" ? "required" : `default: ${row.defaultText}`),
  ].filter((note) => note);
  return notes.length > 0 ? `${row.help} (${notes.join(", ")})` : row.help;
}
