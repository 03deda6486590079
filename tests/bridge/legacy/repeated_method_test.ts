import assert from "node:assert/strict";
import { jsonResponse, legacyBackend, startBridge } from "../bridge_fixture.ts";

const call = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "x" } });

Deno.test("a lost session is found out though the backend repeats the method in its answer", async () => {
  let sessions = 0;
  let isLost = false;
  await using bridge = startBridge(async (received) => {
    const { message, headers } = received;
    if (message?.method === "initialize") {
      return await legacyBackend(undefined, { sessionId: `${++sessions}` })(received);
    }
    if (isLost && headers.get("mcp-session-id") === "1") {
      return jsonResponse({
        jsonrpc: "2.0",
        id: message?.id ?? null,
        error: { code: -32000, message: `${message?.method}: no such session` },
      }, { status: 400 });
    }
    return await legacyBackend()(received);
  });
  await bridge.initialize();
  isLost = true;
  await bridge.send(call(1));
  for (;;) {
    const message = await bridge.nextMessage();
    if (message.method) continue;
    assert.deepEqual(message, { jsonrpc: "2.0", id: 1, result: {} });
    break;
  }
  assert.equal(sessions, 2);
});
