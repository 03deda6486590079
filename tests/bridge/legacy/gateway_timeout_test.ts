import assert from "node:assert/strict";
import { legacyBackend, startBridge } from "../bridge_fixture.ts";

const call = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "x" } });

Deno.test("a call that a gateway answers with 408 is not sent again, whatever it says to the ping", async () => {
  let calls = 0;
  let sessions = 0;
  await using bridge = startBridge(async (received) => {
    const { message } = received;
    if (message?.method === "initialize") {
      return await legacyBackend(undefined, { sessionId: `${++sessions}` })(received);
    }
    if (message?.method === "tools/call" && calls++ === 0 || message?.method === "ping") {
      return new Response("stream timeout", { status: 408 });
    }
    return await legacyBackend()(received);
  });
  await bridge.initialize();
  await bridge.send(call(1));
  for (;;) {
    const message = await bridge.nextMessage();
    if (message.method) continue;
    assert.equal(message.id, 1);
    assert.match(message.error.message, /may have been carried out/);
    break;
  }
  assert.equal(calls, 1);
});
