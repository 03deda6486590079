import { isDeepStrictEqual } from "node:util";
import { programVariables } from "../../settings/program_variables.ts";
import { entriesOf, type ServerEntry } from "./server_entry.ts";
import { scanToml, type TomlTable } from "./scan_toml.ts";
import { unreadableConfiguration } from "./unreadable_configuration.ts";

const root = "mcp_servers";

/** How long Codex waits for a new server to start; the person may change it. */
const startup_timeout_sec = 60;

/**
 * The servers in Codex' `config.toml` that are started by a command.
 *
 * @throws {ProxyError} when the text is not TOML
 */
export async function tomlServers(text: string): Promise<ServerEntry[]> {
  return entriesOf((await read(text))[root]);
}

/**
 * Adds a server to Codex' `config.toml`, or brings it up to date: its `command`, `args` and `env`
 * are written anew, `env_vars` names what the server needs besides what it named before, and what
 * else is said of it and every other byte of the file stay. Codex hands its servers a dozen
 * variables of its own; others only when `env_vars` names them.
 *
 * @throws {ProxyError} when the text is not TOML, or the server stands in it as an inline table
 */
export async function addTomlServer(text: string | undefined, entry: ServerEntry): Promise<string> {
  const before = await read(text ?? "");
  const source = text ?? "";
  const present = before[root]?.[entry.name];
  const env = { ...foreign(present?.env), ...entry.env };
  const named = namedVariables(present?.env_vars);
  if (!named) throw byHand(entry.name);
  const missing = entry.inherited.filter((name) => !named.some((one) => nameOf(one) === name));
  const env_vars = [...named, ...missing];
  const wanted = {
    ...present ?? { startup_timeout_sec },
    command: entry.command,
    args: [...entry.args],
    ...missing.length > 0 && { env_vars },
    env,
  };
  if (isDeepStrictEqual(present, wanted)) return source;
  const eol = source.includes("\r\n") ? "\r\n" : "\n";
  const lines = [
    `command = ${quote(entry.command)}`,
    `args = [${entry.args.map(quote).join(", ")}]`,
  ];
  if (!present) lines.push(`startup_timeout_sec = ${startup_timeout_sec}`);
  if (missing.length > 0) lines.push(...inLines("env_vars", env_vars.map(variable)));
  const environment = [
    `[${root}.${key(entry.name)}.env]`,
    ...Object.entries(env).map(([name, value]) => `${key(name)} = ${quote(value)}`),
  ];
  const add = (rows: readonly string[]) => rows.map((row) => row + eol).join("");
  let after: string;
  if (!present) {
    const header = `[${root}.${key(entry.name)}]`;
    after = endedByBlankLine(source, eol) + add([header, ...lines, "", ...environment]);
  } else {
    const { tables, lines: all } = scanToml(source);
    const own = tables.find((table) => isPath(table, [root, entry.name]));
    if (!own) throw byHand(entry.name);
    const dropped = new Set<number>();
    for (const { path: [name], from, to } of own.keys) {
      const replaced = ["command", "args", "env"].includes(name) ||
        name === "env_vars" && missing.length > 0;
      if (replaced) drop(dropped, from, to);
    }
    const old = tables.find((table) => isPath(table, [root, entry.name, "env"]));
    for (const { from, to } of old?.keys ?? []) drop(dropped, from, to);
    after = all.map((line, i) => {
      const kept = dropped.has(i) ? "" : line;
      if (i === own.header) return `${kept.trimEnd()}${eol}${add(lines)}`;
      if (i === old?.header) return `${kept.trimEnd()}${eol}${add(environment.slice(1))}`;
      return kept;
    }).join("");
    if (!old) after = endedByBlankLine(after, eol) + add(environment);
  }
  const expected = { ...before, [root]: { ...before[root], [entry.name]: wanted } };
  // A variable that is no text, for instance, is none any more.
  const now = await read(after).catch(() => undefined);
  if (!isDeepStrictEqual(now, expected)) throw byHand(entry.name);
  return after;
}

/**
 * Removes a server with all its tables from Codex' `config.toml` and leaves the rest as it is.
 *
 * @throws {ProxyError} when the text is not TOML, or the server stands in it as an inline table
 */
export async function removeTomlServer(text: string, name: string): Promise<string> {
  const before = await read(text);
  if (!before[root]?.[name]) return text;
  const { tables, lines } = scanToml(text);
  const dropped = new Set<number>();
  for (const table of tables) {
    if (isPath({ ...table, path: table.path.slice(0, 2) }, [root, name])) {
      // The blank line that set it off goes with it.
      const blank = table.header > 0 && lines[table.header - 1].trim() === "";
      drop(dropped, table.header - (blank ? 1 : 0), table.end);
    }
  }
  const after = lines.filter((_, i) => !dropped.has(i)).join("");
  const { [name]: _removed, ...others } = before[root];
  // Without servers there need not be a table of them.
  const now = { [root]: {}, ...await read(after) };
  if (!isDeepStrictEqual(now, { ...before, [root]: others })) throw byHand(name);
  return after;
}

interface Document {
  [key: string]: unknown;
  mcp_servers?: Record<string, { env?: unknown } & Record<string, unknown>>;
}

async function read(text: string): Promise<Document> {
  const { parse } = await import("smol-toml");
  try {
    // Plain objects all the way down, so that documents can be compared.
    return JSON.parse(JSON.stringify(parse(text)));
  } catch (error) {
    const [first] = error instanceof Error ? error.message.split("\n") : [];
    throw unreadableConfiguration(`is not TOML: ${first}`, error);
  }
}

function foreign(env: unknown): Record<string, unknown> {
  if (typeof env !== "object" || env === null) return {};
  return Object.fromEntries(Object.entries(env).filter(([name]) => !programVariables.has(name)));
}

type Variable = string | { name: string; source?: string };

/** What `env_vars` says; `undefined` when it has something in it that this program does not know. */
function namedVariables(value: unknown = []): readonly Variable[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isKnown = (one: unknown) =>
    typeof one === "string" ||
    typeof one === "object" && one !== null &&
      Object.entries(one).every(([key, text]) =>
        ["name", "source"].includes(key) && typeof text === "string"
      ) && "name" in one;
  return value.every(isKnown) ? value : undefined;
}

function nameOf(one: Variable): string {
  return typeof one === "string" ? one : one.name;
}

function variable(one: Variable): string {
  if (typeof one === "string") return quote(one);
  const members = Object.entries(one).map(([name, text]) => `${name} = ${quote(text)}`);
  return `{ ${members.join(", ")} }`;
}

/** An array on as many lines as it needs. */
function inLines(name: string, items: readonly string[]): string[] {
  const rows: string[] = [];
  for (const item of items) {
    const last = rows.at(-1);
    if (last === undefined || last.length + item.length > 76) rows.push(`  ${item},`);
    else rows[rows.length - 1] = `${last} ${item},`;
  }
  return [`${name} = [`, ...rows, "]"];
}

function isPath(table: TomlTable, path: readonly string[]): boolean {
  return isDeepStrictEqual(table.path, path);
}

function drop(dropped: Set<number>, from: number, to: number): void {
  for (let i = from; i < to; i++) dropped.add(i);
}

function endedByBlankLine(text: string, eol: string): string {
  if (text === "" || text.endsWith(`${eol}${eol}`)) return text;
  return text.endsWith("\n") ? text + eol : text + eol + eol;
}

function key(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : quote(name);
}

/** A basic string; JSON's escapes are TOML's too, except for DEL. */
function quote(text: unknown): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

function byHand(name: string) {
  return unreadableConfiguration(
    `has the server ${
      JSON.stringify(name)
    } in a form that cannot be changed without touching the rest`,
  );
}
