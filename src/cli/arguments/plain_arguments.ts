import { commandNames } from "../commands/names.ts";
import type { FlagTexts } from "../../settings/options.ts";
import { type OptionName, optionNames, options } from "../../settings/options.ts";

/**
 * Reads the arguments of an ordinary start: the URL of a backend or the name of a server, and flags of
 * the table, only those that may be repeated more than once. `undefined` for everything else (help,
 * commands, mistakes), which `parseCommandLine` then judges.
 *
 * It exists because most starts are ordinary ones, and loading the library behind
 * `parseCommandLine` takes longer than all the rest of such a start.
 */
export function readPlainArguments(args: readonly string[]): FlagTexts | undefined {
  const flags: FlagTexts = {};
  for (let index = 0; index < args.length; index++) {
    const [name, text] = readFlag(args[index]) ?? [];
    if (name === undefined || (name in flags && !options[name].repeatable)) return undefined;
    const value = text ?? args[++index];
    // A value that looks like a flag may be a forgotten value.
    if (value === undefined || (text === undefined && value.startsWith("-"))) return undefined;
    flags[name] = name in flags ? `${flags[name]}\n${value}` : value;
  }
  return flags.silent && flags.debug ? undefined : flags;
}

/** The setting that an argument names, with its text unless that is the next argument. */
function readFlag(argument: string): [OptionName, string?] | undefined {
  if (/^https?:\/\//i.test(argument) || isServerName(argument)) return ["backendUrl", argument];
  const [flag, ...rest] = argument.split("=");
  const name = optionNames.find((name) => options[name].flag === flag);
  if (name === undefined) return undefined;
  const takesValue = options[name].value !== undefined;
  if (rest.length > 0) return takesValue ? [name, rest.join("=")] : undefined;
  return takesValue ? [name] : [name, "true"];
}

/** Whether a word can be the name of a server, and is not that of a command. */
function isServerName(word: string): boolean {
  return /^[A-Za-z0-9_][\w-]*$/.test(word) && word !== "help" &&
    !commandNames.some((name) => name === word);
}
