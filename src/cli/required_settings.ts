import { ProxyError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import { nameOption, type OptionName, options } from "./options.ts";

/** The settings with those named known to be given. */
export type SettingsWith<K extends OptionName> = Settings & { [P in K]: NonNullable<Settings[P]> };

/**
 * Makes sure that settings without a default are given.
 *
 * @throws {ProxyError} a configuration error that names every missing one by flag and variable
 */
export function requireSettings<K extends OptionName>(
  settings: Settings,
  names: readonly K[],
): SettingsWith<K> {
  const missing = names.filter((name) => settings[name] === undefined);
  if (missing.length === 0) return settings as SettingsWith<K>;
  throw new ProxyError({
    category: "Configuration error",
    what: `missing: ${missing.map((name) => options[name].help).join("; ")}`,
    todo: `set ${missing.map(nameOption).join("; ")}`,
    reason: "missing_setting",
  });
}
