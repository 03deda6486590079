import { resolve } from "node:path";
import { type OptionName, optionNames, options } from "../options.ts";
import type { SettingOption } from "../setting_option.ts";
import type { ResolvedSettings } from "../resolve_settings.ts";
import { inheritedVariables } from "./inherited_variables.ts";
import type { StartCommand } from "./self_command.ts";
import type { ServerEntry } from "./server_entry.ts";

/** What {@linkcode makeEntry} needs besides the settings. */
export interface EntryOptions {
  /** What the client calls the server. */
  name: string;
  /** How this program is started. */
  self: StartCommand;
  /** Whether secrets are written too. */
  includeSecret: boolean;
  /** The operating system, as `Deno.build.os` names it. */
  os?: string;
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
  const { texts, sources, server } = resolved;
  const { name, self, includeSecret, os = Deno.build.os } = wanted;
  const args = [...self.args];
  const env: Record<string, string> = {};
  const backend = server ?? texts.backendUrl ?? "";
  // A shell would take what a URL or a path has in it, such as `&`, for a command of its own.
  const isShell = self.command === "cmd";
  if (isShell) env[options.backendUrl.env!] = backend;
  else args.push(backend);
  const leftOut: OptionName[] = [];
  const confidential: OptionName[] = [];
  for (const option of optionNames) {
    const row: SettingOption<unknown> = options[option];
    const given = texts[option];
    if (given === undefined || option === "backendUrl" || ofThisStart.has(option)) continue;
    if (sources[option] === "config file") continue;
    // A terminal's own helper, as that of VS Code, opens nothing from anywhere else.
    if (option === "browser" && sources.browser === "environment") continue;
    const text = namesFiles(row) ? given.split("\n").map(fromAnywhere).join("\n") : given;
    if (row.secret && !includeSecret) {
      leftOut.push(option);
      continue;
    }
    if (row.secret || mayBeSecret.has(option)) confidential.push(option);
    if (row.env) env[row.env] = text;
    else args.push(...row.value ? [row.flag, text] : [row.flag]);
  }
  const needsConfig = optionNames.some((option) => sources[option] === "config file");
  if (needsConfig && sources.config !== "default") {
    const path = resolve(texts.config!);
    if (isShell) env[options.config.env!] = path;
    else args.push("--config", path);
  }
  // A secret that is not written is set where the client starts: then it must come through.
  const inherited = [
    ...inheritedVariables(os),
    ...leftOut.flatMap((option) => options[option].env ?? []),
  ].filter((variable) => !(variable in env));
  return { entry: { name, command: self.command, args, env, inherited }, leftOut, confidential };
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

function namesFiles({ value }: SettingOption<unknown>): boolean {
  return value === "<file>" || value === "<directory>";
}

/** A path that leads to the same place from the directory of a client. */
function fromAnywhere(path: string): string {
  return /^\s*(?:~(?=[/\\]|$)|$)/.test(path) ? path : resolve(path.trim());
}
