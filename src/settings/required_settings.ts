import { ProxyError } from "../base/errors.ts";
import { programName } from "../base/version.ts";
import type { Settings } from "./settings.ts";
import { type OptionName, options } from "./options.ts";

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
  const one = missing.length === 1;
  throw new ProxyError({
    category: "Configuration error",
    what: `missing ${one ? "setting" : "settings"}: ${missing.map(describe).join(", ")}`,
    fix: [...missing.map(howToSet), ...otherWay(settings, missing)].join("; "),
    reason: "missing_setting",
  });
}

function otherWay(settings: Settings, missing: readonly OptionName[]): string[] {
  if (missing.includes("backendUrl")) return [`or run ${programName} setup, which asks`];
  return settings.backendUrl ? [] : ["or give the URL of the backend, which may name them"];
}

function describe(name: OptionName): string {
  return `${options[name].env} (${options[name].help})`;
}

function howToSet(name: OptionName): string {
  const { flag, env } = options[name];
  return flag.startsWith("--")
    ? `pass ${flag} or set ${env}`
    : `give the URL as the argument ${flag} or set ${env}`;
}
