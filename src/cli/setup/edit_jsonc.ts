import {
  createScanner,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { isDeepStrictEqual } from "node:util";
import { unreadableConfiguration } from "./unreadable_configuration.ts";
import { writeJson } from "./write_json.ts";

/** Where a value stands in a JSON document. */
export type JsonPath = readonly string[];

/** One change of a text: what lies between two places becomes something else. */
interface Splice {
  from: number;
  to: number;
  text: string;
}

/**
 * Sets or, with `undefined`, removes one member of a JSON document, with comments and trailing commas
 * allowed. What is written takes the document's indentation and line breaks; every other byte stays.
 *
 * A comment on lines of its own directly above a member belongs to it, and so does one behind it on
 * its last line: both go with it. A line that several members share keeps what is above it.
 *
 * @throws {ProxyError} when the text is not JSON, something else than an object is on the way, a name
 * on the way stands there twice, or the result would not be what was meant
 */
export function editJsonc(text: string, path: JsonPath, value: unknown): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const body = text.trim() === "" ? "{}\n" : text.slice(mark.length);
  const before = readTree(body);
  const after = apply(body, splices(body, before, { path, value }));
  if (!isAsMeant(before, readTree(after), { path, value })) {
    throw unreadableConfiguration(
      `has ${
        JSON.stringify(path.join("."))
      } in a form that cannot be changed without touching the rest`,
    );
  }
  return mark + after;
}

/** What is to be set where; `undefined` for what is to be removed. */
interface Edit {
  path: JsonPath;
  value: unknown;
}

function splices(body: string, tree: Node, { path, value }: Edit): Splice[] {
  let object = tree;
  for (const [depth, key] of path.entries()) {
    if (object.type !== "object") {
      const name = JSON.stringify(path.slice(0, depth).join("."));
      throw unreadableConfiguration(`has ${name}, which is not an object`);
    }
    const property = memberOf(body, object, key);
    const rest = path.slice(depth + 1);
    if (!property) {
      if (value === undefined) return [];
      const nested = rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
      return [insertion(body, object, { key, value: nested })];
    }
    if (rest.length === 0) {
      return value === undefined
        ? removal(body, object, property)
        : [replacement(body, property, value)];
    }
    object = property.children![1];
  }
  return [];
}

/** @throws {ProxyError} when there are several: programs differ in which of them counts */
function memberOf(body: string, object: Node, key: string): Node | undefined {
  const [member, another] = object.children!.filter((each) => keyOf(each) === key);
  if (!another) return member;
  throw unreadableConfiguration(
    `has ${JSON.stringify(key)} twice, in the lines ${lineAt(body, member.offset)} and ${
      lineAt(body, another.offset)
    }`,
  );
}

/**
 * The value at a place of a JSON document, or `undefined`.
 *
 * @throws {ProxyError} when the text is not JSON
 */
export function readJsonc(text: string, path: JsonPath): unknown {
  const body = text.replace(/^\ufeff/, "");
  if (body.trim() === "") return undefined;
  let value = valueOf(readTree(body));
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function insertion(
  body: string,
  object: Node,
  { key, value }: { key: string; value: unknown },
): Splice {
  const open = object.offset + 1;
  const close = end(object) - 1;
  const last = object.children?.at(-1);
  const inside = body.slice(open, close);
  const style = styleOf(body);
  const name = JSON.stringify(key);
  if (last && !inside.includes("\n")) {
    const space = /[:,] /.test(inside) ? " " : "";
    const member = `${name}:${space}${writeJson(value, { ...style, space })}`;
    const comma = commaBetween(body, end(last), close);
    return comma === undefined
      ? at(end(last), `,${space}${member}`)
      : at(comma + 1, `${space}${member},`);
  }
  const outer = indentationAt(body, object.offset);
  const inner = last ? indentationAt(body, last.offset) : outer + style.unit;
  const member = `${inner}${name}: ${writeJson(value, { ...style, indentation: inner })}`;
  if (!last) {
    const rest = trivia(body, open, close);
    // What stands on the line of the brace stays there.
    const behind = endOfLine(rest) ?? (rest.length === 0 ? open : rest.at(-1)!.to);
    const isLineEnded = body.slice(behind, close).includes("\n");
    return at(behind, `${style.eol}${member}${isLineEnded ? "" : style.eol + outer}`);
  }
  const comma = commaBetween(body, end(last), close);
  const behindComma = comma === undefined ? end(last) : comma + 1;
  // Behind the last member with what belongs to it, in front of what follows on lines of its own.
  const behind = endOfLine(trivia(body, behindComma, close)) ?? behindComma;
  return comma === undefined
    ? {
      from: end(last),
      to: behind,
      text: `,${body.slice(end(last), behind)}${style.eol}${member}`,
    }
    : at(behind, `${style.eol}${member},`);
}

function replacement(body: string, property: Node, value: unknown): Splice {
  const [, old] = property.children!;
  const style = { ...styleOf(body), indentation: indentationAt(body, property.offset) };
  const isOnOneLine = old.type === "object" && !body.slice(old.offset, end(old)).includes("\n") &&
    old.children!.length > 0;
  const space = isOnOneLine ? { space: / /.test(body.slice(old.offset, end(old))) ? " " : "" } : {};
  return { from: old.offset, to: end(old), text: writeJson(value, { ...style, ...space }) };
}

function removal(body: string, object: Node, property: Node): Splice[] {
  const splices = memberRemoval(body, object, property);
  if (object.children!.length > 1) return splices;
  const [open, close] = [object.offset + 1, end(object) - 1];
  const inside = apply(
    body.slice(open, close),
    splices.map(({ from, to, text }) => ({ from: from - open, to: to - open, text })),
  );
  // Nothing is left that would need lines.
  return inside.trim() === "" ? [{ from: open, to: close, text: "" }] : splices;
}

function memberRemoval(body: string, object: Node, property: Node): Splice[] {
  const members = object.children!;
  const index = members.indexOf(property);
  const previous = members[index - 1];
  const next = members[index + 1];
  const close = end(object) - 1;
  const before = previous
    ? commaBetween(body, end(previous), property.offset)! + 1
    : object.offset + 1;
  const ownComma = commaBetween(body, end(property), next?.offset ?? close);
  const behind = ownComma === undefined ? end(property) : ownComma + 1;
  const until = next?.offset ?? close;
  // The last member takes the comma in front of it along, unless it has one of its own.
  const comma: Splice[] = previous && !next && ownComma === undefined
    ? [{ from: before - 1, to: before, text: "" }]
    : [];
  const above = trivia(body, before, property.offset);
  const below = trivia(body, behind, until);
  const isFirstOnLine = above.some(({ kind }) => kind === "break");
  const endsLine = endOfLine(below);
  if (isFirstOnLine && endsLine !== undefined) {
    const from = ownedFrom(above) ?? property.offset;
    return [...comma, ...betweenLines(body, { from, to: endsLine })];
  }
  if (isFirstOnLine) {
    // Others follow on the line, or the object ends on it.
    const [space] = below;
    const to = next && space?.kind === "space" ? space.to : behind;
    const from = next ? property.offset : before;
    return [...comma, { from, to, text: "" }];
  }
  if (endsLine !== undefined) {
    const [space] = above.slice(-1);
    const from = space?.kind === "space" ? space.from : property.offset;
    return [...comma, { from, to: endsLine, text: "" }];
  }
  const [space] = next ? below : above.slice(-1);
  if (next) {
    return [{ from: property.offset, to: space?.kind === "space" ? space.to : behind, text: "" }];
  }
  return [...comma, {
    from: space?.kind === "space" ? space.from : property.offset,
    to: behind,
    text: "",
  }];
}

/** Whole lines, with the line break in front of them: the one behind may be the end of the object. */
function betweenLines(body: string, { from, to }: { from: number; to: number }): Splice[] {
  const lineStart = body.lastIndexOf("\n", from - 1);
  const start = lineStart > 0 && body[lineStart - 1] === "\r" ? lineStart - 1 : lineStart;
  return [{ from: start, to, text: "" }];
}

/** One piece of what stands between members. */
interface Trivia {
  kind: "space" | "break" | "comment" | "other";
  from: number;
  to: number;
}

function trivia(body: string, from: number, to: number): Trivia[] {
  const scanner = createScanner(body.slice(from, to), false);
  const pieces: Trivia[] = [];
  for (;;) {
    scanner.scan();
    const start = from + scanner.getTokenOffset();
    const end = start + scanner.getTokenLength();
    if (end === start) return pieces;
    pieces.push({ kind: kindOf(body.slice(start, end)), from: start, to: end });
  }
}

/** The library's own names for kinds of tokens are nothing that outlives its compilation. */
function kindOf(token: string): Trivia["kind"] {
  if (/^(?:\/\/|\/\*)/.test(token)) return "comment";
  if (/^[\r\n]+$/.test(token)) return "break";
  return /^\s+$/.test(token) ? "space" : "other";
}

/** Where a line ends on which nothing but comments follows; `undefined` when something else does. */
function endOfLine(pieces: readonly Trivia[]): number | undefined {
  const at = pieces.findIndex(({ kind }) => kind === "break" || kind === "other");
  return at !== -1 && pieces[at].kind === "break" ? pieces[at].from : undefined;
}

/** Where the comments on lines of their own begin that stand directly above what follows. */
function ownedFrom(above: readonly Trivia[]): number | undefined {
  let from: number | undefined;
  let lines: Trivia[] = [];
  // From the line above upwards, as long as a line holds comments and nothing else.
  const breaks = above.flatMap(({ kind }, index) => kind === "break" ? [index] : []);
  for (let count = breaks.length - 1; count > 0; count--) {
    lines = above.slice(breaks[count - 1] + 1, breaks[count]);
    const comment = lines.find(({ kind }) => kind === "comment");
    if (!comment) break;
    from = comment.from;
  }
  return from;
}

/** Where the comma is between two places, comments left out. */
function commaBetween(body: string, from: number, to: number): number | undefined {
  const scanner = createScanner(body.slice(from, to), true);
  scanner.scan();
  const at = from + scanner.getTokenOffset();
  return at < to && body[at] === "," ? at : undefined;
}

function at(place: number, text: string): Splice {
  return { from: place, to: place, text };
}

function apply(body: string, splices: readonly Splice[]): string {
  return splices.toSorted((one, other) => other.from - one.from)
    .reduce(
      (text, { from, to, text: between }) => text.slice(0, from) + between + text.slice(to),
      body,
    );
}

/** Whether nothing but the edited place differs, duplicates and the order of members included. */
function isAsMeant(before: Node, after: Node, { path, value }: Edit): boolean {
  const wanted = withEdit(contentOf(before), { path, value });
  return isDeepStrictEqual(wanted, contentOf(after));
}

/** A value with nothing lost: objects as lists of their members. */
type Content = { members: [string, Content][] } | { items: Content[] } | { value: unknown };

function contentOf(node: Node): Content {
  const { children = [] } = node;
  if (node.type === "object") {
    return { members: children.map((each) => [keyOf(each), contentOf(each.children![1])]) };
  }
  return node.type === "array" ? { items: children.map(contentOf) } : { value: node.value };
}

function withEdit(content: Content, { path: [key, ...rest], value }: Edit): Content {
  if (!("members" in content)) return content;
  const { members } = content;
  const at = members.findIndex(([name]) => name === key);
  if (at === -1) {
    if (value === undefined) return content;
    const nested = rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
    return { members: [...members, [key, contentOfValue(nested)]] };
  }
  if (rest.length === 0 && value === undefined) return { members: members.toSpliced(at, 1) };
  const edited = rest.length === 0
    ? contentOfValue(value)
    : withEdit(members[at][1], { path: rest, value });
  return { members: members.with(at, [key, edited]) };
}

function contentOfValue(value: unknown): Content {
  const text = JSON.stringify(value);
  return contentOf(parseTree(text)!);
}

function keyOf(property: Node): string {
  return property.children![0].value;
}

function end(node: Node): number {
  return node.offset + node.length;
}

/** The white space at the start of the line that a place is on. */
function indentationAt(body: string, offset: number): string {
  const line = body.slice(body.lastIndexOf("\n", offset - 1) + 1, offset);
  return line.match(/^[ \t]*/)![0];
}

/** How the document is indented and breaks its lines, taken from its first indented line. */
function styleOf(body: string): { unit: string; eol: string } {
  const [, unit = "  "] = body.match(/\n([ \t]+)\S/) ?? [];
  return {
    unit: unit.startsWith("\t") ? "\t" : unit,
    eol: body.includes("\r\n") ? "\r\n" : "\n",
  };
}

function readTree(text: string): Node {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error) {
    const reason = printParseErrorCode(error.error);
    throw unreadableConfiguration(`is not JSON: ${reason}, line ${lineAt(text, error.offset)}`);
  }
  if (tree?.type !== "object") throw unreadableConfiguration("is not a JSON object");
  return tree;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function valueOf(node: Node): unknown {
  if (node.type === "array") return node.children!.map(valueOf);
  if (node.type !== "object") return node.value;
  return Object.fromEntries(
    node.children!.map((each) => [keyOf(each), valueOf(each.children![1])]),
  );
}
