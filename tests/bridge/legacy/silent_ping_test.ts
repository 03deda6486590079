import assert from "node:assert/strict";
import { FakeTime } from "../../credentials/fake_time.ts";
import { until } from "../../support/until.ts";
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

Deno.test("a ping is waited for ten seconds, and not sent again for a minute", async () => {
  using time = new FakeTime();
  await using bridge = startBridge(
    legacyBackend(({ message }) => {
      if (message?.method === "ping") return new Promise<Response>(() => {});
      if (message?.method !== "tools/call") return undefined;
      return jsonResponse({ jsonrpc: "2.0", id: message.id, error });
    }, { sessionId: "1" }),
    { acceptTimeout: 600_000 },
  );
  await bridge.initialize();
  const pings = () => bridge.received.filter(({ message }) => message?.method === "ping").length;
  const givenUp = () => bridge.logged.filter((line) => line.includes("ping within 10 s")).length;
  await bridge.send(call(1));
  await until(() => pings() === 1, "the ping");
  await time.pass(9_999);
  assert.equal(givenUp(), 0);
  await time.pass(1);
  assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 1, error });
  assert.equal(givenUp(), 1);
  await time.pass(59_999);
  await bridge.send(call(2));
  assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 2, error });
  assert.equal(pings(), 1);
  await time.pass(1);
  await bridge.send(call(3));
  await until(() => pings() === 2, "the second ping");
  await time.pass(10_000);
  assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 3, error });
});
