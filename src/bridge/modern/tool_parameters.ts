import { headerValue } from "./header_value.ts";

/** One argument of a tool that is repeated in a header field, by its schema's `x-mcp-header`. */
export interface HeaderParameter {
  /** Where it stands in the arguments. */
  readonly path: readonly string[];
  /** The field is `Mcp-Param-` and this. */
  readonly header: string;
}

/**
 * The parameters that an input schema wants in header fields.
 *
 * @throws {Error} when an annotation is one that the specification forbids; the message says why
 */
export function headerParameters(inputSchema: unknown): readonly HeaderParameter[] {
  const found: HeaderParameter[] = [];
  const names = new Set<string>();

  function visit(schema: unknown, path: readonly string[], isReachable: boolean) {
    if (!isObject(schema)) return;
    if (annotation in schema) {
      const header = schema[annotation];
      const where = path.join(".") || "the schema itself";
      if (!isReachable || path.length === 0) {
        throw new Error(`${where} is not reached through "properties" alone`);
      }
      if (typeof header !== "string" || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(header)) {
        throw new Error(`${where} names no header field`);
      }
      if (!primitives.has(schema.type)) {
        throw new Error(`${where} is not a string, integer or boolean`);
      }
      if (names.has(header.toLowerCase())) throw new Error(`${header} is named twice`);
      names.add(header.toLowerCase());
      found.push({ path, header });
    }
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === "properties" && isObject(value)) {
        for (const [name, child] of Object.entries(value)) {
          visit(child, [...path, name], isReachable);
        }
      } else if (schemaKeywords.has(keyword)) {
        for (const child of Array.isArray(value) ? value : [value]) {
          visit(child, [...path, keyword], false);
        }
      } else if (schemaMapKeywords.has(keyword) && isObject(value)) {
        for (const child of Object.values(value)) visit(child, [...path, keyword], false);
      }
    }
  }

  visit(inputSchema, [], true);
  return found;
}

/** The `Mcp-Param-*` header fields of one call. */
export function parameterHeaders(
  parameters: readonly HeaderParameter[],
  callArguments: unknown,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { path, header } of parameters) {
    let value = callArguments;
    for (const name of path) {
      value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    }
    const text = textOf(value);
    if (text !== undefined) headers[`mcp-param-${header.toLowerCase()}`] = headerValue(text);
  }
  return headers;
}

const annotation = "x-mcp-header";

// Not "number": a fraction has no text that both sides are sure to agree on (SEP-2243).
const primitives: ReadonlySet<unknown> = new Set(["string", "integer", "boolean"]);

/** Keywords whose value is a schema or an array of schemas. */
const schemaKeywords = new Set([
  "items",
  "prefixItems",
  "contains",
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "propertyNames",
  "oneOf",
  "anyOf",
  "allOf",
  "not",
  "if",
  "then",
  "else",
]);

/** Keywords whose value maps names to schemas. */
const schemaMapKeywords = new Set([
  "patternProperties",
  "dependentSchemas",
  "$defs",
  "definitions",
]);

/** An integer that a double cannot hold exactly has no text that both sides would agree on. */
function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return String(value);
    case "number":
      return Number.isSafeInteger(value) ? String(value) : undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
