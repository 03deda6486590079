import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { unreadableConfiguration } from "./unreadable_configuration.ts";
import { writeJson } from "./write_json.ts";

/** Where a value stands in a JSON document. */
export type JsonPath = readonly string[];

/**
 * Sets or, with `undefined`, removes one member of a JSON document, with comments and trailing commas
 * allowed. What is written takes the document's indentation and line breaks; every other byte stays.
 *
 * @throws {ProxyError} when the text is not JSON or something else than an object is on the way
 */
export function editJsonc(text: string, path: JsonPath, value: unknown): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const body = text.slice(mark.length).trim() === "" ? "{}\n" : text.slice(mark.length);
  return mark + edit(body, path, value);
}

function edit(body: string, path: JsonPath, value: unknown): string {
  let object = readTree(body);
  for (const [depth, key] of path.entries()) {
    if (object.type !== "object") {
      const name = JSON.stringify(path.slice(0, depth).join("."));
      throw unreadableConfiguration(`has ${name}, which is not an object`);
    }
    const property = object.children?.find(({ children }) => children?.[0].value === key);
    const rest = path.slice(depth + 1);
    if (!property) {
      if (value === undefined) return body;
      const nested = rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
      return insert(body, object, key, nested);
    }
    if (rest.length === 0) {
      return value === undefined
        ? removeMember(body, object, property)
        : replace(body, property, value);
    }
    object = property.children![1];
  }
  return body;
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

function insert(body: string, object: Node, key: string, value: unknown): string {
  const open = object.offset;
  const close = open + object.length - 1;
  const last = object.children?.at(-1);
  const inside = body.slice(open + 1, close);
  const style = styleOf(body);
  if (last && !inside.includes("\n")) {
    const space = /[:,] /.test(inside) ? " " : "";
    const member = `${JSON.stringify(key)}:${space}${writeJson(value, { ...style, space })}`;
    const at = end(last);
    return `${body.slice(0, at)},${space}${member}${body.slice(at)}`;
  }
  const outer = indentationAt(body, open);
  const inner = last ? indentationAt(body, last.offset) : outer + style.unit;
  const member = `${style.eol}${inner}${JSON.stringify(key)}: ${
    writeJson(value, { ...style, indentation: inner })
  }`;
  // Behind everything that is there, comments included.
  const at = open + 1 + inside.trimEnd().length;
  if (!last) return `${body.slice(0, at)}${member}${style.eol}${outer}${body.slice(close)}`;
  const comma = commaAfter(body, end(last), close);
  return comma === undefined
    ? `${body.slice(0, end(last))},${body.slice(end(last), at)}${member}${body.slice(at)}`
    : `${body.slice(0, at)}${member},${body.slice(at)}`;
}

function replace(body: string, property: Node, value: unknown): string {
  const [, old] = property.children!;
  const style = { ...styleOf(body), indentation: indentationAt(body, property.offset) };
  return body.slice(0, old.offset) + writeJson(value, style) + body.slice(end(old));
}

function removeMember(body: string, object: Node, property: Node): string {
  const members = object.children!;
  const index = members.indexOf(property);
  const close = end(object) - 1;
  const from = body.slice(0, property.offset).trimEnd().length;
  const comma = commaAfter(body, end(property), members[index + 1]?.offset ?? close);
  const to = comma === undefined ? end(property) : comma + 1;
  // Only whitespace in front of it goes with it, never a comment.
  const kept = body.slice(0, from) + body.slice(to);
  const previous = members[index - 1];
  if (previous === undefined) {
    const emptied = body.slice(object.offset + 1, from) + body.slice(to, close);
    return members.length === 1 && emptied.trim() === ""
      ? `${body.slice(0, object.offset)}{}${body.slice(close + 1)}`
      : kept;
  }
  if (comma !== undefined || index + 1 < members.length) return kept;
  const before = commaAfter(body, end(previous), property.offset)!;
  return kept.slice(0, before) + kept.slice(before + 1);
}

/** Where the comma is between two places, comments left out. */
function commaAfter(body: string, from: number, to: number): number | undefined {
  const found = /^(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*,/.exec(body.slice(from, to));
  return found ? from + found[0].length - 1 : undefined;
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
    const line = text.slice(0, error.offset).split("\n").length;
    throw unreadableConfiguration(`is not JSON: ${printParseErrorCode(error.error)}, line ${line}`);
  }
  if (tree?.type !== "object") throw unreadableConfiguration("is not a JSON object");
  return tree;
}

function valueOf(node: Node): unknown {
  if (node.type === "array") return (node.children ?? []).map(valueOf);
  if (node.type !== "object") return node.value;
  return Object.fromEntries(
    (node.children ?? []).map(({ children }) => [children![0].value, valueOf(children![1])]),
  );
}
