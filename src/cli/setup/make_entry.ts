import { type OptionName, optionNames, options } from "../options.ts";
import type { SettingOption } from "../setting_option.ts";
import type { ResolvedSettings } from "../resolve_settings.ts";
import type { ServerEntry } from "./server_entry.ts";

/** What {@linkcode makeEntry} needs besides the settings. */
export interface EntryOptions {
  /** What the client calls the server. */
  name: string;
  /** How this program is started. */
  self: { command: string; args: readonly string[] };
  /** Whether secrets are written too. */
  includeSecret: boolean;
}

/** An entry, and what must be said of it. */
export interface MadeEntry {
  /** The entry. */
  entry: ServerEntry;
  /** The secret settings that were left out. */
  leftOut: OptionName[];
  /** The settings that are written and are, or may contain, secrets. */
  confidential: OptionName[];
}

/** Settings that belong to one start in a terminal, not to what a client starts. */
const ofThisStart: ReadonlySet<OptionName> = new Set(["config", "envFile", "debug", "silent"]);

/** Settings whose values often are secrets without being marked so. */
const mayBeSecret: ReadonlySet<OptionName> = new Set([
  "headers",
  "oidcAuthParams",
  "oidcTokenParams",
]);

/**
 * The entry with which a client starts this program as it is set up now: the backend as its argument,
 * everything else that is not at its default as a variable. What a configuration file says of a named
 * server stays there; then the argument is its name.
 */
export function makeEntry(resolved: ResolvedSettings, wanted: EntryOptions): MadeEntry {
  const { texts, sources, server, settings } = resolved;
  const { name, self, includeSecret } = wanted;
  const args = [...self.args, server ?? settings.backendUrl?.href ?? ""];
  const env: Record<string, string> = {};
  const leftOut: OptionName[] = [];
  const confidential: OptionName[] = [];
  for (const option of optionNames) {
    const row: SettingOption<unknown> = options[option];
    const text = texts[option];
    if (text === undefined || option === "backendUrl" || ofThisStart.has(option)) continue;
    if (sources[option] === "config file") continue;
    if (row.secret && !includeSecret) {
      leftOut.push(option);
      continue;
    }
    if (row.secret || mayBeSecret.has(option)) confidential.push(option);
    if (row.env) env[row.env] = text;
    else args.push(...row.value ? [row.flag, text] : [row.flag]);
  }
  if (server !== undefined && sources.config !== "default") args.push("--config", texts.config!);
  return { entry: { name, command: self.command, args, env }, leftOut, confidential };
}

/**
 * A name for a backend that every client takes: `mcp.company.com` becomes `mcp-company`.
 */
export function suggestName(backendUrl: URL): string {
  const labels = backendUrl.hostname.replace(/^\[|\]$/g, "").split(".");
  const own = labels.length > 1 && !/^\d+$/.test(labels.at(-1)!) ? labels.slice(0, -1) : labels;
  return own.join("-").replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) ||
    "company-tools";
}
