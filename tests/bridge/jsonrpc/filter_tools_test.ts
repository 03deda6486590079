import assert from "node:assert/strict";
import { filterTools } from "../../../src/bridge/jsonrpc/filter_tools.ts";
import { messageOf, textOf } from "../bridge_parts.ts";

const response = (result: string) => messageOf(`{"jsonrpc":"2.0","id":1,"result":${result}}`);
const not = (...names: string[]) => (tool: unknown) =>
  !names.includes((tool as { name: string }).name);

Deno.test("tools that are not wanted are cut out, all others keep their bytes", () => {
  const rows: [tools: string, dropped: string[], expected: string][] = [
    ['[{"name":"a","n":1.0} , {"name":"b"}]', ["b"], '[{"name":"a","n":1.0}]'],
    ['[{"name":"a"},{"name":"b"} , {"name":"c"}]', ["a"], '[{"name":"b"},{"name":"c"}]'],
    ['[{"name":"a"},{"name":"b"},{"name":"c"}]', ["b"], '[{"name":"a"},{"name":"c"}]'],
    ['[ {"name":"a"} ]', ["a"], "[]"],
  ];
  for (const [tools, dropped, expected] of rows) {
    const text = (tools: string) => `{"x":2.0,"tools":${tools},"nextCursor":"é"}`;
    const filtered = filterTools(response(text(tools)), not(...dropped));
    assert.equal(filtered.kind, "response");
    assert.equal(textOf(filtered.bytes), textOf(response(text(expected)).bytes));
  }
});

Deno.test("what keeps all its tools is the response itself", () => {
  const all = response('{"tools":[{"name":"a"},{"name":"b"}]}');
  assert.equal(filterTools(all, () => true), all);
});

Deno.test("what has no list of tools is not looked at", () => {
  const never = () => assert.fail("there is no tool");
  for (
    const given of [
      response("[]"),
      response("{}"),
      response('{"tools":{"name":"a"}}'),
      response('{"tools":[]}'),
      response('{"other":[{"name":"a"}]}'),
      messageOf('{"jsonrpc":"2.0","id":1,"error":{"tools":[{"name":"a"}]}}'),
    ]
  ) assert.equal(filterTools(given, never), given);
});

Deno.test("of two lists the last one counts", () => {
  const given = response('{"tools":[{"name":"a"}],"tools":[{"name":"b"},{"name":"c"}]}');
  assert.equal(
    textOf(filterTools(given, not("a", "b")).bytes),
    textOf(response('{"tools":[{"name":"a"}],"tools":[{"name":"c"}]}').bytes),
  );
});

Deno.test("every tool is asked about, whatever it is", () => {
  const asked: unknown[] = [];
  filterTools(response('{"tools":[{"name":"a"},null,7,"x",[1]]}'), (tool) => {
    asked.push(tool);
    return true;
  });
  assert.deepEqual(asked, [{ name: "a" }, null, 7, "x", [1]]);
});
