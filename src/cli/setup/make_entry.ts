import { resolve } from "node:path";
import { type OptionName, optionNames, options } from "../../settings/options.ts";
import type { SettingOption } from "../../settings/setting_option.ts";
import type { ResolvedSettings } from "../../settings/resolve_settings.ts";
import { settingsToWrite, type WrittenSettings } from "./configured_server.ts";
import { inheritedVariables } from "./inherited_variables.ts";
import type { StartCommand } from "./self_command.ts";
import type { ServerEntry } from "./server_entry.ts";

/** What {@linkcode makeEntry} needs besides the settings. */
export interface EntryOptions {
  /** What the client calls it. */
  name: string;
  /** How this program is started. */
  self: StartCommand;
  /** Whether secrets are written too. */
  includeSecret: boolean;
  /** The operating system, as `Deno.build.os` names it. */
  os?: string;
}

/** An entry, and what must be said of it. */
export interface MadeEntry extends Omit<WrittenSettings, "texts"> {
  /** The entry. */
  entry: ServerEntry;
}

/**
 * The entry with which a client starts this program as it is set up now, with all settings in it: the
 * backend as its argument, everything else that is not at its default as a variable. What a
 * configuration file says of a named server stays there; then the argument is its name.
 */
export function makeEntry(resolved: ResolvedSettings, wanted: EntryOptions): MadeEntry {
  const { texts, server } = resolved;
  const isNamed = server !== undefined && server.origin !== "client";
  const { texts: written, ...told } = settingsToWrite(resolved, {
    includeSecret: wanted.includeSecret,
  });
  const env: Record<string, string> = {};
  for (const option of optionNames) {
    const row: SettingOption<unknown> = options[option];
    const text = written[option];
    if (text === undefined || option === "backendUrl") continue;
    // Only settings of one start have none, and those are not written.
    env[row.env!] = text;
  }
  const backend = isNamed ? server.name : texts.backendUrl!;
  const { leftOut } = told;
  return { entry: entryFor(backend, { ...wanted, env, resolved, leftOut }), ...told };
}

/** The entry with which a client starts this program with the settings of a named server. */
export function makeNamedEntry(
  resolved: ResolvedSettings,
  { server, ...wanted }: Pick<EntryOptions, "name" | "self" | "os"> & {
    /** Its name in the configuration file. */
    server: string;
    /** The secret settings that do not stand there. */
    leftOut: readonly OptionName[];
  },
): ServerEntry {
  return entryFor(server, { ...wanted, env: {}, resolved });
}

function entryFor(
  backend: string,
  { name, self, os = Deno.build.os, env, resolved, leftOut }:
    & Pick<EntryOptions, "name" | "self" | "os">
    & {
      env: Record<string, string>;
      resolved: ResolvedSettings;
      leftOut: readonly OptionName[];
    },
): ServerEntry {
  const { sources, texts } = resolved;
  // A shell would take what a URL or a path has in it, such as `&`, for a command of its own.
  const isShell = self.command === "cmd";
  const all = [...self.args];
  const variables = { ...env };
  if (isShell) variables[options.backendUrl.env!] = backend;
  else all.push(backend);
  const isInConfig = !backend.includes("://") ||
    optionNames.some((option) => sources[option] === "config file");
  if (isInConfig && sources.config !== "default") {
    const path = resolve(texts.config!);
    if (isShell) variables[options.config.env!] = path;
    else all.push("--config", path);
  }
  // A secret that is not written is set where the client starts: then it must come through.
  const inherited = [
    ...inheritedVariables(os),
    ...leftOut.map((option) => (options[option] as SettingOption<unknown>).env!),
  ].filter((variable) => !(variable in variables));
  return { name, command: self.command, args: all, env: variables, inherited };
}

/**
 * A name for a backend that every client takes: `mcp.company.com` becomes `mcp-company`.
 */
export function suggestName(backendUrl: URL): string {
  const labels = backendUrl.hostname.split(".");
  const own = labels.length > 1 && !/^\d+$/.test(labels.at(-1)!) ? labels.slice(0, -1) : labels;
  return own.join("-").replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) ||
    "company-tools";
}
