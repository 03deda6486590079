import assert from "node:assert/strict";
import {
  initializedNotification,
  initializeRequest,
  jsonResponse,
  startBridge,
} from "../bridge_fixture.ts";
import { sessionBackend } from "./scripted_legacy_backend.ts";
import { modernBackend } from "./scripted_modern_backend.ts";

const modern = (id: number, method: string, version = "2026-07-28") => ({
  jsonrpc: "2.0",
  id,
  method,
  params: {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": version,
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
});

Deno.test("what only the legacy era has is no method to a client of the modern one", async () => {
  await using bridge = startBridge(sessionBackend({
    answer: ({ message }) =>
      message?.method === "tools/list"
        ? jsonResponse(`{"jsonrpc":"2.0","id":${message.id},"result":{"tools":[]}}`)
        : undefined,
  }));
  await bridge.send(modern(1, "tools/list"));
  await bridge.nextMessage();
  const before = bridge.received.length;
  const methods = [
    "initialize",
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
  ];
  for (const method of methods) {
    await bridge.send(modern(2, method));
    assert.equal((await bridge.nextMessage()).error.code, -32601, method);
  }
  const { id: _, ...initialized } = modern(0, "notifications/initialized");
  await bridge.send(initialized);
  assert.equal(bridge.received.length, before);
  // The session that serves the client is the same.
  await bridge.send(modern(3, "tools/list"));
  assert.equal((await bridge.nextMessage()).result.resultType, "complete");
  const sessions = bridge.received.filter(({ message }) => message?.method === "initialize");
  assert.equal(sessions.length, 1);
});

Deno.test("a version of the modern era that is not translated is refused with those that are", async () => {
  await using bridge = startBridge(sessionBackend());
  for (const version of ["2026-07-28", "2027-01-01", "v999.0.0"]) {
    await bridge.send(modern(1, "server/discover", version));
    const { result, error } = await bridge.nextMessage();
    if (version === "2026-07-28") {
      assert.deepEqual(result.supportedVersions, [version]);
    } else {
      assert.equal(error.code, -32022);
      assert.deepEqual(error.data, { supported: ["2026-07-28"], requested: version });
    }
  }
});

Deno.test("what only the modern era has is no method to a client of the legacy one", async () => {
  await using bridge = startBridge(modernBackend());
  await bridge.send(initializeRequest);
  await bridge.nextMessage();
  await bridge.send(initializedNotification);
  const discovers = () =>
    bridge.received.filter(({ message }) => message?.method === "server/discover").length;
  const before = discovers();
  for (const method of ["server/discover", "subscriptions/listen"]) {
    await bridge.send({ jsonrpc: "2.0", id: 2, method, params: {} });
    assert.equal((await bridge.nextMessage()).error.code, -32601, method);
  }
  assert.equal(discovers(), before);
});
