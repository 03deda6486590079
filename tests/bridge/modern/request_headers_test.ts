import assert from "node:assert/strict";
import { type Message, scanMessage } from "../../../src/bridge/jsonrpc/scan_message.ts";
import { requestHeaders } from "../../../src/bridge/modern/request_headers.ts";

/** The header fields of a request with these parameters. */
function headersOf(method: string, params: Record<string, unknown>) {
  const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  const text = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method,
    params: { ...params, _meta },
  });
  return requestHeaders(scanMessage(new TextEncoder().encode(text)) as Message);
}

Deno.test("a message that names no version names none in a header field", () => {
  const text = `{"jsonrpc":"2.0","method":"notifications/x"}`;
  assert.deepEqual(requestHeaders(scanMessage(new TextEncoder().encode(text)) as Message), {
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "mcp-method": "notifications/x",
  });
});

for (
  const [method, params, name] of [
    ["tools/call", { name: "echo" }, "echo"],
    ["prompts/get", { name: "greet" }, "greet"],
    ["resources/read", { uri: "file:///a" }, "file:///a"],
    ["tasks/get", { taskId: "t1" }, "t1"],
    ["tasks/update", { taskId: "t1" }, "t1"],
    ["tasks/cancel", { taskId: "t1" }, "t1"],
    ["tools/list", { name: "x", uri: "y", taskId: "z" }, undefined],
    ["tools/call", { uri: "y", taskId: "z" }, undefined],
    ["resources/read", { name: "x" }, undefined],
  ] as const
) {
  Deno.test(`the header fields of ${method} with ${JSON.stringify(params)}`, () => {
    assert.deepEqual(headersOf(method, params), {
      "content-type": "application/json",
      "accept": "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(name !== undefined && { "mcp-name": name }),
    });
  });
}
