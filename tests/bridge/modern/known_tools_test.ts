import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import { createKnownTools } from "../../../src/bridge/modern/known_tools.ts";
import { response, valueOf } from "../message.ts";

const good = (name: unknown, header = "A") => ({
  name,
  inputSchema: { properties: { a: { type: "string", "x-mcp-header": header } } },
});
const bad = (name: unknown) => good(name, "a b");

function setUp() {
  const logged: string[] = [];
  const tools = createKnownTools(
    createLog({ level: "warn", write: (line) => void logged.push(line.trimEnd()) }),
  );
  const learn = (...list: unknown[]) =>
    valueOf(tools.learn(response({ tools: list }))).result.tools;
  return { logged, tools, learn };
}

Deno.test("what a list says of a tool holds until another list says something else", () => {
  const { tools, learn, logged } = setUp();
  assert.deepEqual(tools.parametersOf("t"), []);
  assert.deepEqual(learn(good("t"), { name: "plain" }), [good("t"), { name: "plain" }]);
  assert.deepEqual(tools.parametersOf("t"), [{ path: ["a"], header: "A" }]);
  assert.deepEqual(tools.parametersOf("plain"), []);
  learn(good("t", "B"));
  assert.deepEqual(tools.parametersOf("t"), [{ path: ["a"], header: "B" }]);
  assert.deepEqual(logged, []);
  assert.deepEqual(learn(bad("t")), []);
  assert.deepEqual(tools.parametersOf("t"), [], "what it said before holds no longer");
});

Deno.test("what has no name that is a text is passed on", () => {
  const { learn, logged } = setUp();
  const odd = [bad(7), bad(undefined), null, 7, "text"];
  assert.deepEqual(learn(...odd), JSON.parse(JSON.stringify(odd)));
  assert.deepEqual(logged, []);
});

Deno.test("of the tools that are left out five are named, each of bounded length", () => {
  const warning = (count: number) => {
    const { learn, logged } = setUp();
    const names = Array.from({ length: count }, (_, n) => bad(`bad${n}`));
    assert.deepEqual(learn(...names, good("good")), [good("good")]);
    assert.equal(logged.length, 1);
    return logged[0].slice(logged[0].indexOf("tools with"));
  };
  const named = (count: number) =>
    "tools with an invalid x-mcp-header annotation are left out: " +
    Array.from({ length: count }, (_, n) => `bad${n} (a names no header field)`).join(", ");
  assert.equal(warning(1), named(1));
  assert.equal(warning(5), named(5));
  assert.equal(warning(6), `${named(5)} and 1 others`);
  assert.equal(warning(8), `${named(5)} and 3 others`);
  const { learn, logged } = setUp();
  learn(bad("x".repeat(101)));
  assert.match(logged[0], /: x{100}… \(a names/);
});
