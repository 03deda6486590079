import assert from "node:assert/strict";
import { legacyBackend, openEventResponse, startBridge } from "./bridge_fixture.ts";

const call = (id: number) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "slow", arguments: {}, _meta: { progressToken: "p" } },
});

Deno.test("--request-timeout answers a call that takes too long, and cancels it", async () => {
  const stream = openEventResponse();
  const cancelled = Promise.withResolvers<unknown>();
  await using bridge = startBridge(
    legacyBackend(({ message }) => {
      if (message?.method === "tools/call") return stream.response;
      if (message?.method === "notifications/cancelled") cancelled.resolve(message.params);
      return undefined;
    }),
    { requestTimeout: 200 },
  );
  await bridge.initialize();
  await bridge.send(call(7));
  const { id, error } = await bridge.nextMessage();
  assert.equal(id, 7);
  assert.equal(error.data.reason, "request_timeout");
  assert.match(
    error.message,
    /no answer to tools\/call within 0\.2 s .* may have been carried out/,
  );
  assert.equal((await cancelled.promise as { requestId: unknown }).requestId, 7);
});

Deno.test("progress gives a call its time again", async () => {
  const stream = openEventResponse();
  await using bridge = startBridge(
    legacyBackend(({ message }) => message?.method === "tools/call" ? stream.response : undefined),
    { requestTimeout: 1_000 },
  );
  await bridge.initialize();
  await bridge.send(call(7));
  const since = performance.now();
  const progress = { progressToken: "p", progress: 1 };
  const notification = { jsonrpc: "2.0", method: "notifications/progress", params: progress };
  while (performance.now() - since < 1_500) {
    await stream.write(`data: ${JSON.stringify(notification)}\n\n`);
    assert.equal((await bridge.nextMessage()).method, "notifications/progress");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stream.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id: 7, result: {} })}\n\n`);
  assert.deepEqual((await bridge.nextMessage()).result, {});
});
