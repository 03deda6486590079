import assert from "node:assert/strict";
import { createPace } from "../../../src/bridge/legacy/pace.ts";
import { until } from "../../support/until.ts";
import { type Backend, legacyBackend, openEventResponse, startBridge } from "../bridge_fixture.ts";

Deno.test("a pace allows so much in any stretch of time, and says when there is more", () => {
  let now = 0;
  const pace = createPace({ most: 2, within: 100, now: () => now });
  assert.deepEqual([pace.take(), pace.take(), pace.take()], [true, true, false]);
  now = 60;
  assert.equal(pace.wait(), 40);
  now = 100;
  assert.equal(pace.wait(), 0);
  assert.deepEqual([pace.take(), pace.take(), pace.take()], [true, true, false]);
});

/** A backend that gives each session a number, and forgets it when told. */
function forgetful() {
  let sessions = 0;
  const known = new Set<string>();
  const deleted: string[] = [];
  const backend: Backend = async (received) => {
    const { method, message, headers } = received;
    const id = headers.get("mcp-session-id") ?? "";
    if (method === "DELETE") deleted.push(id);
    if (method === "DELETE" || method === "GET") return new Response(null, { status: 405 });
    if (message.method === "initialize") {
      known.add(`${++sessions}`);
      return await legacyBackend(undefined, { sessionId: `${sessions}` })(received);
    }
    if (!known.has(id)) return new Response(null, { status: 404 });
    return await legacyBackend()(received);
  };
  return { backend, known, deleted, begun: () => sessions };
}

Deno.test("a backend that loses every session gets three new ones a minute, and each is ended", async () => {
  const { backend, known, deleted, begun } = forgetful();
  await using bridge = startBridge((received) => {
    if (received.message?.method === "ping") known.clear();
    return backend(received);
  }, { keepAlive: 10 });
  await bridge.initialize();
  const isOver = () => bridge.logged.some((line) => line.includes("lost the session 3 times"));
  await until(isOver, "the end of the new sessions");
  assert.equal(begun(), 4);

  // Behind a request of the client a session is begun at once.
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "x" } });
  let changes = 0;
  for (;;) {
    const { id, method, result } = await bridge.nextMessage();
    if (method === "notifications/tools/list_changed") changes++;
    if (id === undefined) continue;
    assert.deepEqual([id, result], [1, {}]);
    break;
  }
  assert(changes <= 3, `the client was told ${changes} times that its lists may have changed`);
  assert.equal(begun(), 5);
  await until(() => deleted.length === 4, "the end of the lost sessions");
  assert.deepEqual(deleted, ["1", "2", "3", "4"]);
});

Deno.test("notifications that find the session lost begin three new ones a minute", async () => {
  const { backend, known, begun } = forgetful();
  await using bridge = startBridge((received) => {
    if (received.message?.method === "notifications/roots/list_changed") known.clear();
    return backend(received);
  });
  await bridge.initialize();
  for (let n = 0; n < 20; n++) {
    await bridge.send({ jsonrpc: "2.0", method: "notifications/roots/list_changed" });
  }
  const sent = () =>
    bridge.received.filter(({ message }) => message?.method === "notifications/roots/list_changed");
  await until(() => sent().length === 20 + 3, "the last notification, three of them sent again");
  assert.equal(begun(), 4);
});

Deno.test("a lost session is ended behind the last request that is still answered in it", async () => {
  const { backend, known, deleted } = forgetful();
  const call = openEventResponse();
  await using bridge = startBridge((received) =>
    received.message?.params?.name === "long" ? call.response : backend(received)
  );
  await bridge.initialize();
  await bridge.send({ jsonrpc: "2.0", id: "long", method: "tools/call", params: { name: "long" } });
  await until(() => bridge.received.some(({ message }) => message?.id === "long"), "the long call");
  known.clear();
  await bridge.send({ jsonrpc: "2.0", id: "short", method: "tools/list" });
  let answer;
  do answer = await bridge.nextMessage(); while (answer.method);
  assert.equal(answer.id, "short");
  assert.deepEqual(deleted, []);
  await call.write('data: {"jsonrpc":"2.0","id":"long","result":{}}\n\n');
  await call.close();
  assert.equal((await bridge.nextMessage()).id, "long");
  await until(() => deleted.length > 0, "the end of the lost session");
  assert.deepEqual(deleted, ["1"]);
});
