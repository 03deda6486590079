import assert from "node:assert/strict";
import {
  type Backend,
  event,
  initializedNotification,
  initializeRequest,
  openEventResponse,
  type Received,
  startBridge,
} from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";

type Handler = (received: Received, stream: ReturnType<typeof openEventResponse>) =>
  | void
  | Promise<void>;

/**
 * A backend of HTTP+SSE that answers a POST when the message was handled, as the servlet transport of
 * the Java SDK does (2.1; the answers come on the stream before the POST is answered 200).
 */
function servletBackend(handle: Handler) {
  const streams: ReturnType<typeof openEventResponse>[] = [];
  const backend: Backend = async (received) => {
    if (received.method === "GET") {
      const stream = openEventResponse();
      streams.push(stream);
      await stream.write("event: endpoint\ndata: /messages\n\n");
      return stream.response;
    }
    const stream = streams.at(-1)!;
    const { id, method } = received.message;
    if (method === "initialize") {
      await stream.write(event({
        jsonrpc: "2.0",
        id,
        result: { protocolVersion: "2024-11-05", capabilities: {} },
      }));
    } else {
      await handle(received, stream);
    }
    return new Response(null, { status: 200 });
  };
  return { backend, streams };
}

const request = (id: unknown, method = "tools/call") => ({ jsonrpc: "2.0", id, method });
const result = (id: unknown) => ({ jsonrpc: "2.0", id, result: { from: "client" } });
const posted = (received: readonly Received[]) => received.map(({ message }) => message?.method);
const hasResponse = (received: readonly Received[]) =>
  received.some(({ message }) => message?.result?.from === "client");

Deno.test("HTTP+SSE: a call that asks the client ends, and so do calls beside it", async () => {
  const slow = Promise.withResolvers<void>();
  const { backend } = servletBackend(async ({ message: { id, method } }, stream) => {
    if (method !== "tools/call") return;
    if (id === "asks") {
      await stream.write(event(request("s1", "sampling/createMessage")));
      await until(() => hasResponse(bridge.received), "the client's response");
    }
    if (id === "slow") await slow.promise;
    await stream.write(event({ jsonrpc: "2.0", id, result: {} }));
  });
  await using bridge = startBridge(backend, { transport: "sse" });
  await bridge.initialize();
  for (const id of ["slow", "asks", "quick"]) await bridge.send(request(id));
  const first = await bridge.nextMessage();
  const second = await bridge.nextMessage();
  assert.deepEqual([first, second].map(({ id }) => id).sort(), ["quick", "s1"]);
  await bridge.send(result("s1"));
  assert.equal((await bridge.nextMessage()).id, "asks");
  slow.resolve();
  assert.equal((await bridge.nextMessage()).id, "slow");
});

Deno.test("HTTP+SSE: a response goes out while the backend takes a notification", async () => {
  const { backend } = servletBackend(async ({ message }, stream) => {
    if (!message.method?.startsWith("notifications/")) return;
    await stream.write(event(request(message.method, "roots/list")));
    await until(
      () => bridge.received.some((one) => one.message?.id === message.method),
      "the client's response",
    );
  });
  await using bridge = startBridge(backend, { transport: "sse" });
  await bridge.initialize();
  assert.equal((await bridge.nextMessage()).method, "roots/list");
  await bridge.send(result(initializedNotification.method));
  const changed = "notifications/roots/list_changed";
  await bridge.send({ jsonrpc: "2.0", method: changed });
  assert.equal((await bridge.nextMessage()).id, changed);
  await bridge.send(result(changed));
  await until(() => bridge.received.some(({ message }) => message?.id === changed), "the response");
  assert.deepEqual(await bridge.end(), []);
  assert.deepEqual(bridge.logged.filter((line) => line.includes("did not")), []);
});

Deno.test("HTTP+SSE: initialize, initialized and the rest keep their order", async () => {
  const held = Promise.withResolvers<void>();
  const { backend } = servletBackend(async ({ message: { id, method } }, stream) => {
    if (method === "notifications/initialized") await held.promise;
    if (id !== undefined) await stream.write(event({ jsonrpc: "2.0", id, result: {} }));
  });
  await using bridge = startBridge(backend, { transport: "sse" });
  await bridge.send(initializeRequest);
  await bridge.send(initializedNotification);
  await bridge.send(request(1));
  await bridge.send({ jsonrpc: "2.0", method: "notifications/x" });
  assert.equal((await bridge.nextMessage()).id, initializeRequest.id);
  const handshake = [undefined, "initialize", "notifications/initialized"];
  await until(() => posted(bridge.received).length >= 3, "the initialized notification");
  assert.deepEqual(posted(bridge.received), handshake);
  held.resolve();
  assert.equal((await bridge.nextMessage()).id, 1);
  await until(() => posted(bridge.received).length === 5, "the rest");
  assert.deepEqual(posted(bridge.received).slice(0, 3), handshake);
});

Deno.test("HTTP+SSE: a notification that the backend never accepts holds nothing up for ever", async () => {
  const { backend } = servletBackend(({ message: { id, method } }, stream) => {
    if (method === "notifications/a") return new Promise<void>(() => {});
    if (id !== undefined) return stream.write(event({ jsonrpc: "2.0", id, result: {} }));
  });
  await using bridge = startBridge(backend, {
    transport: "sse",
    orderTimeout: 50,
    acceptTimeout: 200,
  });
  await bridge.initialize();
  for (const name of ["a", "b"]) {
    await bridge.send({ jsonrpc: "2.0", method: `notifications/${name}` });
  }
  await bridge.send(request(1));
  assert.equal((await bridge.nextMessage()).id, 1);
  await until(() => posted(bridge.received).includes("notifications/b"), "the next notification");
  await until(() => bridge.logged.some((line) => line.includes("did not accept")), "the warning");
});

Deno.test("HTTP+SSE: a request that waits while the stream ends is sent in the next session", async () => {
  const held = Promise.withResolvers<void>();
  const { backend, streams } = servletBackend(async ({ message: { id, method } }, stream) => {
    if (method === "notifications/initialized" && streams.length === 1) await held.promise;
    if (id !== undefined) await stream.write(event({ jsonrpc: "2.0", id, result: {} }));
  });
  await using bridge = startBridge(backend, { transport: "sse" });
  await bridge.initialize();
  await bridge.send(request(1));
  await until(() => posted(bridge.received).length === 3, "the initialized notification");
  streams[0].cut();
  held.resolve();
  assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 1, result: {} });
});

Deno.test("HTTP+SSE: reading is repeated in the next session, calling is not", async () => {
  const { backend, streams } = servletBackend(async ({ message: { id } }, stream) => {
    if (id === undefined || streams.length === 1) return;
    await stream.write(event({ jsonrpc: "2.0", id, result: {} }));
  });
  await using bridge = startBridge(backend, { transport: "sse" });
  await bridge.initialize();
  await bridge.send(request(1, "tools/list"));
  await bridge.send(request(2));
  await until(() => posted(bridge.received).length === 5, "both requests");
  streams[0].cut();
  const called = await bridge.nextMessage();
  assert.equal(called.id, 2);
  assert.equal(called.error.data.reason, "connection_lost");
  assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 1, result: {} });
  assert.equal(posted(bridge.received).filter((method) => method === "tools/call").length, 1);
});

Deno.test("HTTP+SSE: what the ended stream had asked is cancelled, and its response dropped", async () => {
  const { backend, streams } = servletBackend(async ({ message: { id } }, stream) => {
    if (id !== undefined) await stream.write(event({ jsonrpc: "2.0", id, result: {} }));
  });
  await using bridge = startBridge(backend, { transport: "sse" });
  await bridge.initialize();
  await streams[0].write(event(request("s", "sampling/createMessage")));
  assert.equal((await bridge.nextMessage()).id, "s");
  streams[0].cut();
  const { method, params } = await bridge.nextMessage();
  assert.equal(method, "notifications/cancelled");
  assert.equal(params.requestId, "s");
  await bridge.send(result("s"));
  await bridge.send(request(1));
  assert.equal((await bridge.nextMessage()).id, 1);
  assert(!hasResponse(bridge.received));
});

for (
  const [where, long] of [
    ["first", (id: unknown) => ({ jsonrpc: "2.0", id, result: { text: "x".repeat(2000) } })],
    ["last", (id: unknown) => ({ result: { text: '"id":9}'.repeat(300) }, jsonrpc: "2.0", id })],
  ] as const
) {
  Deno.test(`HTTP+SSE: each of several too long answers is told from its id, written ${where}`, async () => {
    const { backend, streams } = servletBackend(() => {});
    await using bridge = startBridge(backend, { transport: "sse", maxMessageBytes: 1000 });
    await bridge.initialize();
    for (const id of [7, "b", 9]) await bridge.send(request(id));
    await until(() => posted(bridge.received).length === 6, "the requests");
    for (const id of ["b", 7]) {
      await streams[0].write(event(long(id)));
      const answer = await bridge.nextMessage();
      assert.equal(answer.id, id);
      assert.equal(answer.error.data.reason, "message_too_long");
    }
    await streams[0].write(event({ jsonrpc: "2.0", id: 9, result: {} }));
    assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 9, result: {} });
  });
}

Deno.test("HTTP+SSE: too long answers without an id at either end are told when nobody else waits", async () => {
  const { backend, streams } = servletBackend(() => {});
  await using bridge = startBridge(backend, { transport: "sse", maxMessageBytes: 1000 });
  await bridge.initialize();
  for (const id of [1, 2, 3]) await bridge.send(request(id));
  await until(() => posted(bridge.received).length === 6, "the requests");
  const pad = "x".repeat(2000);
  for (const id of [1, 2]) {
    await streams[0].write(event({ jsonrpc: "2.0", before: pad, id, result: {}, behind: pad }));
  }
  // A message that is no response is nobody's answer.
  await streams[0].write(event({ jsonrpc: "2.0", method: "notifications/x", params: { pad } }));
  await streams[0].write(event({ jsonrpc: "2.0", id: 3, result: {} }));
  assert.deepEqual(await bridge.nextMessage(), { jsonrpc: "2.0", id: 3, result: {} });
  const answers = [await bridge.nextMessage(), await bridge.nextMessage()];
  assert.deepEqual(answers.map(({ id }) => id).sort(), [1, 2]);
  for (const { error } of answers) assert.equal(error.data.reason, "message_too_long");
});
