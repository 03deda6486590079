import assert from "node:assert/strict";
import { legacyBackend, openEventResponse, startBridge } from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";
import { FakeTime } from "../../credentials/fake_time.ts";

Deno.test("an idle backend is pinged, and the client sees nothing of it", async () => {
  await using bridge = startBridge(legacyBackend(), { keepAlive: 100 });
  await bridge.initialize();
  const pings = () => bridge.received.filter(({ message }) => message?.method === "ping");
  await until(() => pings().length >= 2, "the second ping");
  assert.equal(new Set(pings().map(({ message }) => message.id)).size, pings().length);
  assert.deepEqual(await bridge.end(), []);
});

Deno.test("without --keep-alive nothing is sent on our own", async () => {
  using time = new FakeTime();
  await using bridge = startBridge(legacyBackend());
  await bridge.initialize();
  await until(() => bridge.received.length === 3, "the GET");
  await time.pass(24 * 3_600_000);
  // What had been sent before would be there before this.
  await bridge.send({ jsonrpc: "2.0", id: "last", method: "tools/list" });
  assert.equal((await bridge.nextMessage()).id, "last");
  assert.deepEqual(
    bridge.received.map(({ method, message }) => message?.method ?? method),
    ["initialize", "notifications/initialized", "GET", "tools/list"],
  );
});

Deno.test("a session that a ping finds lost is begun again without a sign-in", async () => {
  let session = 1;
  const purposes: string[] = [];
  await using bridge = startBridge((received) => {
    const { message, headers } = received;
    const isKnown = headers.get("mcp-session-id") === String(session);
    if (message?.method === "ping" && session === 1) session = 2;
    else if (message?.method === "initialize" || isKnown || received.method === "GET") {
      return legacyBackend(undefined, { sessionId: String(session) })(received);
    }
    return new Response(null, { status: 404 });
  }, {
    keepAlive: 100,
    authorizer: {
      authorize({ purpose }) {
        purposes.push(purpose);
        return {};
      },
      refused: () => Promise.reject(new Error("nothing is refused here")),
    },
  });
  await bridge.initialize();
  const before = purposes.length;
  assert.equal((await bridge.nextMessage()).method, "notifications/tools/list_changed");
  assert(!purposes.slice(before + 2).includes("client"), purposes.join());
});

Deno.test("a stream that is silent for two intervals is opened anew", async () => {
  let opened = 0;
  await using bridge = startBridge(
    legacyBackend(({ method }) => {
      if (method !== "GET") return undefined;
      opened++;
      return openEventResponse().response;
    }),
    { keepAlive: 100 },
  );
  await bridge.initialize();
  await until(() => opened >= 2, "the second GET");
});
