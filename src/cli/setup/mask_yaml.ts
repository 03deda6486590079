import { isDeepStrictEqual } from "node:util";
import { isContent, joined, scalar, scanYaml, type YamlValue } from "./scan_yaml.ts";
import { hidden, isVariableShown, shownArguments } from "./secret_values.ts";

/**
 * The text of Goose's configuration with every value hidden that is, or may be, a secret. It is for the
 * screen, and keeps its lines.
 *
 * @throws {ProxyError} when the text is not understood
 */
export function maskYaml(text: string): string {
  const { lines, eol, members } = scanYaml(text);
  for (const { values } of members) {
    maskArguments(lines, values.get("args"));
    maskVariables(lines, values.get("envs"));
    maskVariables(lines, values.get("headers"));
  }
  return joined(lines, { text, eol });
}

/** Hides the secrets among arguments, in the lines on which these stand. */
function maskArguments(lines: string[], args: YamlValue | undefined): void {
  if (args === undefined) return;
  const { value, from, to } = args;
  const given = Array.isArray(value) ? value.map(String) : [];
  const shown = shownArguments(given);
  const start = beginning(lines[from]);
  if (isContent(lines[from].slice(start.length))) {
    if (!Array.isArray(value)) lines[from] = start + hidden;
    else if (!isDeepStrictEqual(given, shown)) lines[from] = start + JSON.stringify(shown);
  }
  let at = 0;
  for (let i = from + 1; i < to; i++) {
    if (!isContent(lines[i])) continue;
    // What is no list is not understood here, and could be anything.
    if (given[at] === undefined || shown[at] !== given[at]) {
      lines[i] = /\s*(?:- )?/.exec(lines[i])![0] + hidden;
    }
    at++;
  }
}

/** Hides the variables, or header fields, that may be secrets, in the lines on which they stand. */
function maskVariables(lines: string[], variables: YamlValue | undefined): void {
  if (variables === undefined) return;
  const { value, from, to } = variables;
  const start = beginning(lines[from]);
  if (isContent(lines[from].slice(start.length))) {
    const masked = Object.entries(Object(value)).map(([name, text]) =>
      [name, isVariableShown(name) ? text : hidden] as const
    );
    const isMap = typeof value === "object";
    lines[from] = start + (isMap ? JSON.stringify(Object.fromEntries(masked)) : hidden);
  }
  let last: { depth: number; isShown: boolean } | undefined;
  for (let i = from + 1; i < to; i++) {
    const [space] = /\s*/.exec(lines[i])!;
    // In a text of several lines what looks like a comment is none.
    if (last && space.length > last.depth && lines[i].trim() !== "") {
      if (!last.isShown) lines[i] = space + hidden;
      continue;
    }
    if (!isContent(lines[i])) continue;
    const [, name] = /^\s*("[^"]*"|'[^']*'|[^:\s]+)\s*:(?:\s|$)/.exec(lines[i]) ?? [];
    const isShown = name !== undefined && isVariableShown(String(scalar(name)));
    if (!isShown) lines[i] = (name === undefined ? space : beginning(lines[i])) + hidden;
    last = { depth: space.length, isShown };
  }
}

/** A line up to where the value of its name begins. */
function beginning(line: string): string {
  return /\s*(?:"[^"]*"|'[^']*'|[^:\s]+)\s*:\s*/.exec(line)![0];
}
