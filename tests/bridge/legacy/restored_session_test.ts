import assert from "node:assert/strict";
import {
  capabilityOf,
  compareCapabilities,
  listChangedNotifications,
} from "../../../src/bridge/legacy/restored_session.ts";
import { textOf } from "../bridge_parts.ts";

const result = (capabilities: Record<string, unknown>, protocolVersion = "2025-06-18") => ({
  protocolVersion,
  capabilities,
});

Deno.test("what the client was promised and does not have any more is told", () => {
  const both = result({ tools: {}, prompts: {}, logging: {} });
  assert.deepEqual(compareCapabilities(undefined, both), []);
  assert.deepEqual(compareCapabilities(both, both), []);
  assert.deepEqual(compareCapabilities(result({}), both), [], "more is no harm");
  assert.deepEqual(compareCapabilities(both, result({ prompts: {} }, "2025-11-25")), [
    "the backend now speaks protocol version 2025-11-25, the client was told 2025-06-18; restart " +
    "the client if something fails",
    "the backend no longer offers tools, logging; restart the client if something fails",
  ]);
  assert.deepEqual(compareCapabilities(result({ tools: {} }), result({})), [
    "the backend no longer offers tools; restart the client if something fails",
  ]);
});

Deno.test("which capability a request needs", () => {
  const rows: [string, string | undefined][] = [
    ["tools/call", "tools"],
    ["resources/templates/list", "resources"],
    ["prompts/get", "prompts"],
    ["logging/setLevel", "logging"],
    ["tasks/get", "tasks"],
    ["completion/complete", "completions"],
    ["ping", undefined],
    ["initialize", undefined],
    ["server/tools", undefined],
    ["", undefined],
  ];
  for (const [method, capability] of rows) assert.equal(capabilityOf(method), capability, method);
});

Deno.test("the client is told of the lists that the backend says may change", () => {
  const changed = { listChanged: true };
  const lines = (capabilities: Record<string, unknown>) =>
    listChangedNotifications(result(capabilities)).map(textOf);
  const line = (name: string) => `{"jsonrpc":"2.0","method":"notifications/${name}/list_changed"}`;
  assert.deepEqual(
    lines({ prompts: changed, resources: changed, tools: changed, logging: changed }),
    ["tools", "resources", "prompts"].map(line),
  );
  for (const other of [undefined, null, {}, "listChanged", { listChanged: "true" }]) {
    assert.deepEqual(lines({ tools: other, prompts: changed }), [line("prompts")]);
  }
});
