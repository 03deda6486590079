import { optionNames, options } from "../../settings/options.ts";
import type { SettingOption } from "../../settings/setting_option.ts";
import { isConfidential } from "./configured_server.ts";

/** What stands on the screen in place of a secret. */
export const hidden = "********";

/** The variables of this program that may be shown: what others set is theirs. */
const shownVariables: ReadonlySet<string> = new Set(optionNames.flatMap((name) => {
  const row: SettingOption<unknown> = options[name];
  return row.env && !isConfidential(name) ? [row.env] : [];
}));

const confidentialFlags: ReadonlySet<string> = new Set(
  optionNames.filter(isConfidential).map((name) => options[name].flag),
);

/** Whether the value of an environment variable in a configuration file may be on the screen. */
export function isVariableShown(name: string): boolean {
  return shownVariables.has(name);
}

/** Whether the value of a setting in our configuration file may be on the screen. */
export function isSettingShown(name: string): boolean {
  return !optionNames.some((known) => known === name && isConfidential(known));
}

/** The arguments of a command with the secrets in them hidden, of whatever program it is. */
export function shownArguments(args: readonly string[]): string[] {
  return args.map((argument, index) => {
    const [, flag] = /^(--?[\w-]+)=/.exec(argument) ?? [];
    if (flag !== undefined) return isSecretFlag(flag) ? `${flag}=${hidden}` : argument;
    // In front of the first one there is none.
    const isValue = args.slice(index - 1, index).some(isSecretFlag);
    return isValue && !argument.startsWith("--") ? hidden : argument;
  });
}

function isSecretFlag(flag: string): boolean {
  return confidentialFlags.has(flag) ||
    /^--?[\w-]*(?:secret|token|password|passwd|api-?key|credential|auth|header)s?$/i.test(flag) &&
      !optionNames.some((name) => options[name].flag === flag);
}
