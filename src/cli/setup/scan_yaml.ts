import type { ProxyError } from "../../base/errors.ts";
import { unreadableConfiguration } from "./unreadable_configuration.ts";

/** What holds the extensions. */
export const root = "extensions";

/** A value, and the lines that it stands on. */
export interface YamlValue {
  /** What it is; `undefined` when it is nothing that this program writes. */
  value: unknown;
  /** The line of its name. */
  from: number;
  /** The line behind its last one. */
  to: number;
}

/** One extension, and the lines that it stands on. */
export interface YamlMember {
  /** Its name. */
  name: string;
  /** The line of its name. */
  from: number;
  /** The line behind its last one. */
  to: number;
  /** How far its settings are indented. */
  indentation: string;
  /** Its settings. */
  values: ReadonlyMap<string, YamlValue>;
}

/** A YAML document by its lines, and the extensions in it. */
export interface ScannedYaml {
  /** Its lines, without their ends. */
  lines: string[];
  /** How they end. */
  eol: string;
  /** The line that opens the extensions; none when there are none. */
  header: number | undefined;
  /** The line behind the last of them. */
  end: number;
  /** How far their names are indented. */
  indentation: string;
  /** The extensions. */
  members: YamlMember[];
}

/**
 * Finds the extensions in the lines of a YAML document in block style, as Goose writes it. What is
 * written in another way is refused, and never rewritten.
 */
export function scanYaml(text: string): ScannedYaml {
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
  const said = lines[header].replace(/[^:]*:/, "").replace(/\s+#.*/, "").trim();
  if (said === "{}") return { ...none, end: header + 1 };
  if (said !== "") throw byHand(`has "${root}" on one line`);
  const end = endOfBlock(lines, { from: header + 1, depth: 0 });
  const first = lines.slice(header + 1, end).find(isContent);
  if (first === undefined) return { ...none, end: header + 1 };
  const indentation = indentationOf(first);
  const starts = lines.slice(header + 1, end).flatMap((line, at) =>
    isContent(line) && indentationOf(line) === indentation ? [header + 1 + at] : []
  );
  const found = starts.map((from, at): YamlMember => {
    const to = lastContent(lines, starts[at + 1] ?? end);
    const name = /\s*(.+?)\s*:\s*(?:#.*)?$/.exec(lines[from])?.[1];
    if (name === undefined) throw byHand(`has an extension on one line, line ${from + 1}`);
    const inside = lines.slice(from + 1, to).find(isContent);
    const inner = inside === undefined ? indentation.repeat(2) : indentationOf(inside);
    return {
      name: String(scalar(name)),
      from,
      to,
      indentation: inner,
      values: valuesIn(lines, { from, to, indentation: inner }),
    };
  });
  const [twice] = found.filter(({ name }, at) =>
    found.some((one, i) => i < at && one.name === name)
  );
  if (twice) throw byHand(`has the extension ${JSON.stringify(twice.name)} twice`);
  return { lines, eol, header, end: found.at(-1)!.to, indentation, members: found };
}

function valuesIn(
  lines: readonly string[],
  { from, to, indentation }: { from: number; to: number; indentation: string },
): Map<string, YamlValue> {
  const values = new Map<string, YamlValue>();
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
    const name = String(scalar(key));
    if (values.has(name)) throw byHand(`has ${JSON.stringify(name)} twice`);
    values.set(name, {
      value: valueOf(rest.trim(), below),
      from: start,
      to: lastContent(lines, end),
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
  const pairs = below.map((line) => /^([^:\s]+|"[^"]*"|'[^']*')\s*:\s+(.*)/.exec(line));
  if (pairs.some((pair) => pair === null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [
    String(scalar(pair![1])),
    String(scalar(pair![2])),
  ]));
}

/** A text as YAML reads it; lists and maps on one line as far as they are JSON too. */
export function scalar(text: string): unknown {
  const plain = text.replace(/^((?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\[.*\]|\{.*\}))\s+#.*/, "$1");
  if (/^["[{]/.test(plain)) {
    try {
      return JSON.parse(plain);
    } catch {
      return undefined;
    }
  }
  if (plain.startsWith("'")) return plain.slice(1, -1).replaceAll("''", "'");
  return plain.replace(/\s+#.*/, "");
}

/** Whether a line says something. */
export function isContent(line: string): boolean {
  return line.trim() !== "" && !line.trimStart().startsWith("#");
}

function indentationOf(line: string): string {
  const [space] = /\s*/.exec(line)!;
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
  return lastContent(lines, at === -1 ? lines.length : at);
}

/**
 * Behind the last line in front of this one that says something: comments and blank lines belong to what
 * follows. There is one, which opens what is to end.
 */
function lastContent(lines: readonly string[], to: number): number {
  let end = to;
  while (!isContent(lines[end - 1])) end--;
  return end;
}

/** The error for what would have to be rewritten. */
export function byHand(what: string): ProxyError {
  return unreadableConfiguration(
    `${what}, in a form that cannot be changed without touching the rest`,
  );
}

/** The lines as a text again, with the mark at its beginning that the text had. */
export function joined(
  lines: readonly string[],
  { text, eol }: { text: string; eol: string },
): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  return `${mark}${lines.join(eol)}${lines.length > 0 ? eol : ""}`;
}
