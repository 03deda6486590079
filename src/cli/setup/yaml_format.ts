import { isDeepStrictEqual } from "node:util";
import { programVariables } from "../../settings/program_variables.ts";
import type { ClientFormat } from "./client_format.ts";
import { hidden, isVariableShown, shownArguments } from "./secret_values.ts";
import { entriesOf, type ServerEntry } from "./server_entry.ts";
import { unreadableConfiguration } from "./unreadable_configuration.ts";

const root = "extensions";

/** How Goose's `config.yaml` has its servers: as extensions of type `stdio`, by name. */
export const yamlFormat: Pick<ClientFormat, "entries" | "add" | "remove" | "masked"> = {
  masked: (text) =>
    scan(text).members.reduceRight((text, { values }) => maskMember(text, values), text),
  entries: (text) =>
    entriesOf(Object.fromEntries(
      scan(text).members.map(({ name, values }) => [name, {
        command: values.get("cmd")?.value,
        args: values.get("args")?.value,
        env: values.get("envs")?.value,
      }]),
    )),
  add: addExtension,
  remove: removeExtension,
};

/** A value, and the lines that it stands on. */
interface Value {
  value: unknown;
  from: number;
  to: number;
}

/** One extension, and the lines that it stands on. */
interface Member {
  name: string;
  from: number;
  to: number;
  /** How far its settings are indented. */
  indentation: string;
  values: ReadonlyMap<string, Value>;
}

interface Scanned {
  lines: string[];
  eol: string;
  /** The line that opens the extensions; none when there are none. */
  header: number | undefined;
  /** The line behind the last of them. */
  end: number;
  /** How far their names are indented. */
  indentation: string;
  members: Member[];
}

function addExtension(text: string | undefined, entry: ServerEntry): string {
  const before = scan(text ?? "");
  const { lines, eol, header, end, indentation } = before;
  const present = before.members.find(({ name }) => name === entry.name);
  if (!present) {
    const inner = indentation.repeat(2);
    const block = [
      `${indentation}${entry.name}:`,
      `${inner}enabled: true`,
      `${inner}type: stdio`,
      `${inner}name: ${entry.name}`,
      ...members(entry, inner),
      `${inner}env_keys: []`,
      `${inner}timeout: 300`,
    ];
    const at = header === undefined ? lines.length : end;
    const added = header === undefined ? [`${root}:`, ...block] : block;
    const opened = header === undefined || lines[header].trim() === `${root}:`
      ? lines
      : lines.with(header, `${root}:`);
    return result(opened.toSpliced(at, 0, ...added), { text: text ?? "", eol, entry });
  }
  const old = Object(present.values.get("envs")?.value);
  const others = Object.entries(old).filter(([name]) => !programVariables.has(name));
  const env: Record<string, string> = {
    ...Object.fromEntries(others.map(([name, value]) => [name, String(value)])),
    ...entry.env,
  };
  const wanted: Record<string, unknown> = { cmd: entry.command, args: [...entry.args], envs: env };
  let edited = lines;
  // From the last line upwards, so that the numbers of the others stay.
  const changed = Object.keys(wanted)
    .filter((key) => !isDeepStrictEqual(present.values.get(key)?.value, wanted[key]))
    .toSorted((one, other) =>
      (present.values.get(other)?.from ?? present.to) -
      (present.values.get(one)?.from ?? present.to)
    );
  if (changed.length === 0) return text ?? "";
  for (const key of changed) {
    const { from, to } = present.values.get(key) ?? { from: present.to, to: present.to };
    const written = settingLines(key, wanted[key], present.indentation);
    edited = edited.toSpliced(from, to - from, ...written);
  }
  return result(edited, { text: text ?? "", eol, entry: { ...entry, env } });
}

function removeExtension(text: string, name: string): string {
  const { lines, eol, members, header } = scan(text);
  const member = members.find((each) => each.name === name);
  if (!member) return text;
  const rest = lines.toSpliced(member.from, member.to - member.from);
  // A name without a value would be null, which is no list of extensions.
  if (members.length === 1) rest[header!] = `${root}: {}`;
  return joined(rest, { text, eol });
}

function members({ command, args, env }: ServerEntry, indentation: string): string[] {
  return Object.entries({ cmd: command, args, envs: env })
    .flatMap(([key, value]) => settingLines(key, value, indentation));
}

/** A setting in YAML: texts as in JSON, which YAML reads, and variables one per line. */
function settingLines(key: string, value: unknown, indentation: string): string[] {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.keys(value).length > 0;
  if (!isMap) {
    const text = Array.isArray(value)
      ? `[${value.map((item) => JSON.stringify(item)).join(", ")}]`
      : JSON.stringify(value);
    return [`${indentation}${key}: ${text}`];
  }
  return [
    `${indentation}${key}:`,
    ...Object.entries(value).map(([name, text]) =>
      `${indentation}  ${/^\w+$/.test(name) ? name : JSON.stringify(name)}: ${JSON.stringify(text)}`
    ),
  ];
}

/** The lines as a text, once it is sure that they say what was meant. */
function result(
  lines: readonly string[],
  { text, eol, entry }: {
    text: string;
    eol: string;
    entry: Pick<ServerEntry, "name" | "command" | "args" | "env">;
  },
): string {
  const after = joined(lines, { text, eol });
  const values = scan(after).members.find(({ name }) => name === entry.name)?.values;
  const isAsMeant = values?.get("cmd")?.value === entry.command &&
    isDeepStrictEqual(values?.get("args")?.value, [...entry.args]) &&
    isDeepStrictEqual(values?.get("envs")?.value, { ...entry.env });
  if (!isAsMeant) throw byHand(`has the extension ${JSON.stringify(entry.name)}`);
  return after;
}

function joined(lines: readonly string[], { text, eol }: { text: string; eol: string }): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  return `${mark}${lines.join(eol)}${lines.length > 0 ? eol : ""}`;
}

/**
 * Finds the extensions in the lines of a YAML document in block style, as Goose writes it. What is
 * written in another way is refused, and never rewritten.
 */
function scan(text: string): Scanned {
  const body = text.replace(/^\ufeff/, "");
  const eol = body.includes("\r\n") ? "\r\n" : "\n";
  const lines = body === "" ? [] : body.replace(/(?:\r?\n)$/, "").split(/\r?\n/);
  if (lines.slice(1).some((line) => /^(?:---|\.\.\.)(?:\s|$)/.test(line))) {
    throw byHand("has several documents in it");
  }
  const headers = lines.flatMap((line, at) => /^["']?extensions["']?\s*:/.test(line) ? [at] : []);
  const top = lines.find((line) => line.trim() !== "" && !/^\s*#|^---\s*$/.test(line));
  if (
    top !== undefined && !/^(?:[^\s\-[{"'#&*!|>%@`][^:]*|"[^"]*"|'[^']*')\s*:(?:\s|$)/.test(top)
  ) {
    throw unreadableConfiguration("is not YAML in block style");
  }
  if (headers.length > 1) throw byHand(`has "${root}" twice`);
  const [header] = headers;
  const none = { lines, eol, header, end: 0, indentation: "  ", members: [] };
  if (header === undefined) return none;
  const said = lines[header].replace(/^[^:]*:/, "").replace(/\s+#.*$/, "").trim();
  if (said === "{}") return { ...none, end: header + 1 };
  if (said !== "") throw byHand(`has "${root}" on one line`);
  const end = endOfBlock(lines, { from: header + 1, depth: 0 });
  const first = lines.slice(header + 1, end).find(isContent);
  if (first === undefined) return { ...none, end: header + 1 };
  const indentation = indentationOf(first);
  const starts = lines.flatMap((line, at) =>
    at > header && at < end && isContent(line) && indentationOf(line) === indentation ? [at] : []
  );
  const found = starts.map((from, at): Member => {
    const to = lastContent(lines, { from, to: starts[at + 1] ?? end });
    const name = /^\s*(.+?)\s*:\s*(?:#.*)?$/.exec(lines[from])?.[1];
    if (name === undefined) throw byHand(`has an extension on one line, line ${from + 1}`);
    const inside = lines.slice(from + 1, to).find(isContent);
    const inner = inside === undefined ? indentation.repeat(2) : indentationOf(inside);
    return {
      name: String(scalar(name)),
      from,
      to,
      indentation: inner,
      values: valuesIn(lines, { from: from + 1, to, indentation: inner }),
    };
  });
  return { lines, eol, header, end: found.at(-1)?.to ?? end, indentation, members: found };
}

function valuesIn(
  lines: readonly string[],
  { from, to, indentation }: { from: number; to: number; indentation: string },
): Map<string, Value> {
  const values = new Map<string, Value>();
  const starts: number[] = [];
  for (let at = from; at < to; at++) {
    if (isContent(lines[at]) && indentationOf(lines[at]) === indentation) {
      // The items of a list may stand as far left as its name.
      if (!lines[at].trimStart().startsWith("- ")) starts.push(at);
    }
  }
  for (const [index, start] of starts.entries()) {
    const end = starts[index + 1] ?? to;
    const [, key, rest = ""] =
      /^\s*([\w.-]+|"[^"]*"|'[^']*')\s*:(?:\s+(.*))?$/.exec(lines[start]) ??
        [];
    if (key === undefined) continue;
    const below = lines.slice(start + 1, end).filter(isContent).map((line) => line.trim());
    values.set(String(scalar(key)), {
      value: valueOf(rest.trim(), below),
      from: start,
      to: lastContent(lines, { from: start, to: end }),
    });
  }
  return values;
}

/** What Goose writes: a scalar, a list or a map of scalars; anything else is of no concern here. */
function valueOf(rest: string, below: readonly string[]): unknown {
  if (below.length === 0) return scalar(rest);
  if (rest !== "" && !rest.startsWith("#")) return undefined;
  if (below.every((line) => line.startsWith("- "))) {
    return below.map((line) => String(scalar(line.slice(2).trim())));
  }
  const pairs = below.map((line) => /^([^:\s]+|"[^"]*"|'[^']*')\s*:\s+(.*)$/.exec(line));
  if (pairs.some((pair) => pair === null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [
    String(scalar(pair![1])),
    String(scalar(pair![2])),
  ]));
}

function scalar(text: string): unknown {
  const plain = text.replace(/^((?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\[.*\]|\{.*\}))\s+#.*$/, "$1");
  if (/^["[{]/.test(plain)) {
    try {
      return JSON.parse(plain);
    } catch {
      return undefined;
    }
  }
  if (plain.startsWith("'")) return plain.slice(1, -1).replaceAll("''", "'");
  return plain.replace(/\s+#.*$/, "");
}

function maskMember(text: string, values: ReadonlyMap<string, Value>): string {
  const { lines, eol } = scan(text);
  const shown = [...lines];
  const { args, envs } = { args: values.get("args"), envs: values.get("envs") };
  if (Array.isArray(args?.value)) {
    const masked = shownArguments(args.value.map(String));
    for (let i = args.from; i < args.to; i++) {
      for (const [at, argument] of args.value.entries()) {
        if (masked[at] !== argument) shown[i] = shown[i].replace(String(argument), masked[at]);
      }
    }
  }
  for (const [name, value] of Object.entries(Object(envs?.value))) {
    if (isVariableShown(name) || value === "") continue;
    for (let i = envs!.from; i < envs!.to; i++) {
      shown[i] = shown[i].replace(JSON.stringify(value).slice(1, -1), hidden)
        .replace(String(value), hidden);
    }
  }
  return joined(shown, { text, eol });
}

function isContent(line: string): boolean {
  return line.trim() !== "" && !line.trimStart().startsWith("#");
}

function indentationOf(line: string): string {
  const [space] = /^\s*/.exec(line)!;
  if (space.includes("\t")) throw byHand("is indented with tabs");
  return space;
}

/** Where the lines end that are indented deeper. */
function endOfBlock(
  lines: readonly string[],
  { from, depth }: { from: number; depth: number },
): number {
  const at = lines.findIndex((line, at) =>
    at >= from && isContent(line) && indentationOf(line).length <= depth
  );
  return lastContent(lines, { from: from - 1, to: at === -1 ? lines.length : at });
}

/** Behind the last line that says something: comments and blank lines belong to what follows. */
function lastContent(
  lines: readonly string[],
  { from, to }: { from: number; to: number },
): number {
  let end = to;
  while (end > from + 1 && !isContent(lines[end - 1])) end--;
  return end;
}

function byHand(what: string) {
  return unreadableConfiguration(
    `${what}, in a form that cannot be changed without touching the rest`,
  );
}
