import { optionNames, options } from "./options.ts";
import type { SettingOption } from "./setting_option.ts";

/** The environment variables that are settings of this program. */
export const programVariables: ReadonlySet<string> = new Set(
  optionNames.flatMap((name) => {
    const row: SettingOption<unknown> = options[name];
    return row.env ?? [];
  }),
);
