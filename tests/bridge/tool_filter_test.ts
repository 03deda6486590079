import assert from "node:assert/strict";
import { createToolFilter, toolBlocked } from "../../src/bridge/tool_filter.ts";
import { jsonResponse, legacyBackend, startBridge } from "./bridge_fixture.ts";

Deno.test("patterns match whole names, with * for anything and nothing else special", () => {
  const filter = createToolFilter({ allow: ["read_*", "a.b", "*x*"], ignore: ["*_secret"] });
  for (const name of ["read_", "read_file", "a.b", "x", "axb"]) assert(filter?.allows(name), name);
  for (const name of ["read_secret", "aXb", "a-b", "write", "reread_", ""]) {
    assert(!filter?.allows(name), name);
  }
  assert.equal(createToolFilter({ allow: [], ignore: [] }), undefined);
  assert(createToolFilter({ allow: [], ignore: ["a"] })?.allows("b"));
});

Deno.test("every character but * means itself, and a name may have line breaks", () => {
  const special = "\\^$.+?()[]{}|/-";
  for (const character of special) {
    const filter = createToolFilter({ allow: [`a${character}b`], ignore: [] });
    assert.equal(filter?.allows(`a${character}b`), true, character);
    for (const name of ["ab", "axb", "aab", `xa${character}b`, `a${character}bx`]) {
      assert.equal(filter?.allows(name), false, `${name} by ${character}`);
    }
  }
  assert.equal(createToolFilter({ allow: ["a.b.c"], ignore: [] })?.allows("a.bxc"), false);
  assert.equal(createToolFilter({ allow: ["a*b"], ignore: [] })?.allows("a\n\nb"), true);
  assert.equal(createToolFilter({ allow: ["a", "b"], ignore: ["c", "d"] })?.allows("b"), true);
  assert.equal(createToolFilter({ allow: [], ignore: ["c", "d"] })?.allows("d"), false);
});

Deno.test("a call that is blocked is answered with what blocks it", () => {
  const { message, reason } = toolBlocked("rm");
  assert.equal(
    message,
    "Configuration error: the tool rm is blocked on this machine. " +
      "Fix: change --allow-tool or --ignore-tool if it is wanted.",
  );
  assert.equal(reason, "tool_blocked");
});

const meta = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } };

for (
  const [era, params, more] of [
    ["legacy", {}, ""],
    ["modern", meta, `,"resultType":"complete"`],
  ] as const
) {
  Deno.test(`${era}: tools that are not allowed are neither listed nor called`, async () => {
    await using bridge = startBridge(
      legacyBackend(({ message }) =>
        message?.method === "tools/list"
          ? jsonResponse(
            `{"jsonrpc":"2.0","id":${message.id},"result":{"tools":[ {"name":"a","n":1.0} , {"name":"b"},` +
              `{"name":"c","inputSchema":{"tools":[]}} ],"nextCursor":"x"${more}}}`,
          )
          : undefined
      ),
      { ignoreTools: ["b"] },
    );
    const send = (id: number, method: string, more = {}) =>
      bridge.send({ jsonrpc: "2.0", id, method, params: { ...params, ...more } });
    await send(1, "tools/list");
    assert.equal(
      await bridge.next(),
      `{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","n":1.0},` +
        `{"name":"c","inputSchema":{"tools":[]}}],"nextCursor":"x"${more}}}`,
    );
    await send(2, "tools/call", { name: "b" });
    const { id, error } = await bridge.nextMessage();
    assert.equal(id, 2);
    assert.equal(error.data.reason, "tool_blocked");
    await send(3, "tools/call", { name: "a" });
    assert.deepEqual((await bridge.nextMessage()).result, {});
    const called = bridge.received.filter(({ message }) => message?.method === "tools/call");
    assert.deepEqual(called.map(({ message }) => message.params.name), ["a"]);
  });
}

Deno.test("an allowed list keeps every byte", async () => {
  const list = `{"jsonrpc":"2.0","id":1,"result":{"tools":[ {"name":"a"} ]}}`;
  await using bridge = startBridge(legacyBackend(() => jsonResponse(list)), { allowTools: ["a"] });
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  assert.equal(await bridge.next(), list);
});
