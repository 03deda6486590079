import assert from "node:assert/strict";
import { jsonResponse, legacyBackend, startBridge } from "../bridge_fixture.ts";

const call = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "x" } });
const error = { code: -32602, message: "Unknown tool: x" };

Deno.test("a backend that never answers a ping is not asked about every error", async () => {
  const never = () => new Promise<Response>(() => {});
  await using bridge = startBridge(
    legacyBackend(({ message }) => {
      if (message?.method === "ping") return never();
      if (message?.method !== "tools/call") return undefined;
      return jsonResponse({ jsonrpc: "2.0", id: message.id, error });
    }, { sessionId: "1" }),
    { acceptTimeout: 100 },
  );
  await bridge.initialize();
  for (let id = 1; id <= 5; id++) {
    await bridge.send(call(id));
    assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id, error });
  }
  const pings = bridge.received.filter(({ message }) => message?.method === "ping");
  assert.equal(pings.length, 1);
});
