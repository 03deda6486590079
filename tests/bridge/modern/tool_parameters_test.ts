import assert from "node:assert/strict";
import { headerParameters, parameterHeaders } from "../../../src/bridge/modern/tool_parameters.ts";

const named = (header: unknown, more: Record<string, unknown> = {}) => ({
  type: "string",
  "x-mcp-header": header,
  ...more,
});

Deno.test("parameters are found wherever they are reached through properties", () => {
  const schema = {
    type: "object",
    properties: {
      region: named("Region"),
      count: named("Count", { type: "integer" }),
      dry: named("Dry-Run", { type: "boolean" }),
      deep: { type: "object", properties: { er: named("Deeper") } },
      plain: { type: "string" },
      properties: { type: "object", properties: { x: named("X") } },
    },
  };
  const found = headerParameters(schema);
  assert.deepEqual(found, [
    { path: ["region"], header: "Region" },
    { path: ["count"], header: "Count" },
    { path: ["dry"], header: "Dry-Run" },
    { path: ["deep", "er"], header: "Deeper" },
    { path: ["properties", "x"], header: "X" },
  ]);
  assert.deepEqual(
    parameterHeaders(found, {
      region: "eu",
      count: 3,
      dry: false,
      deep: { er: "x" },
      properties: { x: 7.5 },
    }),
    {
      "mcp-param-region": "eu",
      "mcp-param-count": "3",
      "mcp-param-dry-run": "false",
      "mcp-param-deeper": "x",
    },
  );
});

Deno.test("what has no text both sides agree on, or is not there, makes no field", () => {
  const parameters = [{ path: ["a", "b"], header: "A" }];
  for (const b of [null, undefined, 2 ** 53, 0.5, NaN, {}, []]) {
    assert.deepEqual(parameterHeaders(parameters, { a: { b } }), {}, String(b));
  }
  for (const given of [undefined, null, 7, "x", [], { a: null }, { a: [1] }, { a: "b" }]) {
    assert.deepEqual(parameterHeaders(parameters, given), {});
  }
  assert.deepEqual(parameterHeaders([{ path: ["toString"], header: "A" }], {}), {});
  assert.deepEqual(parameterHeaders(parameters, { a: { b: 2 ** 53 - 1 } }), {
    "mcp-param-a": "9007199254740991",
  });
});

const inside = (keyword: string, value: unknown) => ({
  type: "object",
  properties: { a: { [keyword]: value } },
});

for (
  const keyword of [
    ..."items contains additionalProperties unevaluatedProperties unevaluatedItems".split(" "),
    ..."propertyNames not if then else".split(" "),
  ]
) {
  Deno.test(`a parameter in ${keyword} is not reached, and said where`, () => {
    assert.throws(
      () => headerParameters(inside(keyword, named("A"))),
      new RegExp(`a.${keyword}.*is not reached through "properties" alone`),
    );
  });
}

for (const keyword of ["prefixItems", "oneOf", "anyOf", "allOf"]) {
  Deno.test(`a parameter in a list of ${keyword} is not reached`, () => {
    const schema = inside(keyword, [{ type: "string" }, named("A")]);
    assert.throws(() => headerParameters(schema), /is not reached through "properties" alone/);
  });
}

for (const keyword of ["patternProperties", "dependentSchemas", "$defs", "definitions"]) {
  Deno.test(`a parameter in a map of ${keyword} is not reached`, () => {
    const schema = inside(keyword, { x: { type: "string" }, y: named("A") });
    assert.throws(() => headerParameters(schema), /is not reached through "properties" alone/);
  });
}

Deno.test("below what is not reached nothing is, and the schema itself names no parameter", () => {
  const schema = inside("items", { properties: { b: named("B") } });
  assert.throws(() => headerParameters(schema), /is not reached/);
  assert.throws(() => headerParameters(named("A")), /is not reached/);
});

for (
  const [name, property, says] of [
    ["a name that is no text", named(7), /names no header field/],
    ["an empty name", named(""), /names no header field/],
    ["a name with a space", named("a b"), /names no header field/],
    ["a name with a colon behind it", named("a:"), /names no header field/],
    ["a number", named("A", { type: "number" }), /is not a string, integer or boolean/],
    ["an object", named("A", { type: "object" }), /is not a string, integer or boolean/],
    ["no type", { "x-mcp-header": "A" }, /is not a string, integer or boolean/],
  ] as const
) {
  Deno.test(`${name} is refused`, () => {
    assert.throws(() => headerParameters({ properties: { a: property } }), says);
  });
}

Deno.test("one name in two parameters is refused, in capitals or not", () => {
  const schema = { properties: { a: named("Tenant"), b: named("tenant") } };
  assert.throws(() => headerParameters(schema), /tenant is named twice/);
});

Deno.test("what is refused is said with its place", () => {
  const says = (schema: unknown) => {
    try {
      headerParameters(schema);
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.equal(says(named("A")), 'the schema itself is not reached through "properties" alone');
  assert.equal(
    says(inside("$defs", { x: named("A") })),
    'a.$defs is not reached through "properties" alone',
  );
  assert.equal(
    says({ properties: { a: named("Tenant"), b: named("TENANT") } }),
    "TENANT is named twice",
  );
  assert.equal(
    says({ properties: { a: named("tenant"), b: named("Tenant"), c: named("x") } }),
    "Tenant is named twice",
  );
});

Deno.test("what is no map of schemas, and no keyword, holds no parameters", () => {
  for (const keyword of ["default", "examples", "x-other"]) {
    assert.deepEqual(headerParameters(inside(keyword, { y: named("A") })), [], keyword);
  }
  for (const odd of [[named("A")], "text", null]) {
    assert.deepEqual(headerParameters(inside("$defs", odd)), []);
    assert.deepEqual(headerParameters({ properties: odd }), []);
  }
});

Deno.test("arguments that are lists, or inherit a name, are in no field", () => {
  const length = [{ path: ["a", "length"], header: "A" }];
  assert.deepEqual(parameterHeaders(length, { a: [1] }), {});
  assert.deepEqual(parameterHeaders(length, { a: "text" }), {});
  const inherited = Object.create({ a: "x" });
  assert.deepEqual(parameterHeaders([{ path: ["a"], header: "A" }], inherited), {});
});
