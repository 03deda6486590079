import { isDeepStrictEqual } from "node:util";
import { resolve } from "node:path";
import { notInConfig } from "../../settings/config_document.ts";
import type { FlagTexts } from "../../settings/options.ts";
import { type OptionName, optionNames, options } from "../../settings/options.ts";
import type { ResolvedSettings } from "../../settings/resolve_settings.ts";
import type { SettingOption } from "../../settings/setting_option.ts";
import { editJsonc, readJsonc } from "./edit_jsonc.ts";

/** The settings that are written for a server, and what must be said of them. */
export interface WrittenSettings {
  /** Their texts. */
  texts: FlagTexts;
  /** The secret settings that were left out. */
  leftOut: OptionName[];
  /** The settings that are written and are, or may contain, secrets. */
  confidential: OptionName[];
}

/** Settings that belong to one start in a terminal, not to what a client starts. */
const sessionOnlyOptions: ReadonlySet<OptionName> = new Set([
  ...notInConfig,
  "debug",
  "silent",
]);

/** Settings whose values often are secrets without being marked so. */
const mayBeSecret: ReadonlySet<OptionName> = new Set([
  "headers",
  "oidcAuthParams",
  "oidcTokenParams",
]);

/** Whether the value of a setting is a secret, or often is one. */
export function isConfidential(name: OptionName): boolean {
  const row: SettingOption<unknown> = options[name];
  return row.secret === true || mayBeSecret.has(name);
}

/** Whether a setting is of one start in a terminal only. */
export function isSessionOnly(name: OptionName): boolean {
  return sessionOnlyOptions.has(name);
}

/**
 * What is written of the settings: everything that is not at its default and does not stand in the
 * configuration file anyway. Relative paths become absolute, as a client starts programs anywhere.
 */
export function settingsToWrite(
  { texts, sources, server }: ResolvedSettings,
  { includeSecret, name }: {
    includeSecret: boolean;
    /** What it is to be called; as it is when absent. */
    name?: string;
  },
): WrittenSettings {
  const written: WrittenSettings = { texts: {}, leftOut: [], confidential: [] };
  const isRenamed = name !== undefined && server?.name !== name;
  for (const option of optionNames) {
    const row: SettingOption<unknown> = options[option];
    const given = texts[option];
    if (given === undefined || sessionOnlyOptions.has(option)) continue;
    const isOwn = server?.texts[option] !== undefined;
    if (sources[option] === "config file" && !(isRenamed && isOwn)) continue;
    // Every user of the machine has it anyway, and as the administrator changes it.
    if (sources[option] === "system file" || sources[option] === "policy") continue;
    // A terminal's own helper, as that of VS Code, opens nothing from anywhere else.
    if (option === "browser" && sources.browser === "environment") continue;
    if (row.secret && !includeSecret) {
      written.leftOut.push(option);
      continue;
    }
    if (isConfidential(option)) written.confidential.push(option);
    const isPath = row.value === "<file>" || row.value === "<directory>";
    written.texts[option] = isPath ? given.split("\n").map(fromAnywhere).join("\n") : given;
  }
  return written;
}

/** The configuration file with the server in it; what else is said of it stays. */
export function addConfiguredServer(
  text: string | undefined,
  { name, texts }: { name: string; texts: FlagTexts },
): string {
  const source = text ?? "";
  const values = Object.entries(texts).map(([option, given]) =>
    [option, configValue(options[option as OptionName], given!)] as const
  );
  const present = readJsonc(source, ["servers", name]);
  if (typeof present !== "object" || present === null) {
    return editJsonc(source, ["servers", name], Object.fromEntries(values));
  }
  let edited = source;
  for (const [option, value] of values) {
    if (isDeepStrictEqual(Object(present)[option], value)) continue;
    edited = editJsonc(edited, ["servers", name, option], value);
  }
  return edited;
}

/**
 * The configuration file with the server as it is now, in place of what was written before; what else
 * stands beside its settings stays.
 */
export function putConfiguredServer(
  text: string,
  { name, texts, before = {} }: { name: string; texts: FlagTexts; before?: FlagTexts },
): string {
  const gone = Object.keys(before).filter((option) => !Object.hasOwn(texts, option));
  const kept = gone.reduce(
    (text, option) => editJsonc(text, ["servers", name, option], undefined),
    text,
  );
  return addConfiguredServer(kept, { name, texts });
}

/** The configuration file without the server; the same text when it is not in it. */
export function removeConfiguredServer(text: string | undefined, name: string): string {
  if (text === undefined || readJsonc(text, ["servers", name]) === undefined) return text ?? "";
  return editJsonc(text, ["servers", name], undefined);
}

/** A text as a person would write it in JSON. */
function configValue(row: SettingOption<unknown>, text: string): unknown {
  if (row.repeatable) return text.split("\n");
  if (row.value === undefined && row.flag.startsWith("--")) return text === "true" ? true : text;
  return /^(?:0|[1-9]\d{0,14})$/.test(text) && typeof row.default === "number"
    ? Number(text)
    : text;
}

/** A path that leads to the same place from the directory of a client. */
function fromAnywhere(path: string): string {
  return /^\s*(?:~(?=[/\\]|$)|$)/.test(path) ? path : resolve(path.trim());
}
