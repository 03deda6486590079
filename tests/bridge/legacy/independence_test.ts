import assert from "node:assert/strict";
import {
  type BridgeFixture,
  event,
  initializedNotification,
  initializeRequest,
  legacyBackend,
  openEventResponse,
  type Received,
  startBridge,
} from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";

const listRoots = (id: unknown) => ({ jsonrpc: "2.0", id, method: "roots/list" });
const roots = (id: unknown) => ({ jsonrpc: "2.0", id, result: { roots: [] } });
const call = (id: unknown) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "x" } });
const note = (name: string) => ({ jsonrpc: "2.0", method: `notifications/${name}` });
const accepted = () => new Response(null, { status: 202 });
const initializeResult = {
  jsonrpc: "2.0",
  id: initializeRequest.id,
  result: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    serverInfo: { name: "b", version: "1" },
  },
};

/** The methods of what was posted, in the order it came; a response has none. */
const posted = (received: readonly Received[]) =>
  received.filter(({ method }) => method === "POST").map(({ message }) => message.method);

/** Nothing was given up, which would have ended the wait for it. */
const assertAllAccepted = (bridge: BridgeFixture) =>
  assert.deepEqual(bridge.logged.filter((line) => line.includes("did not")), []);

/** Resolves when the client's response to this request has come to the backend. */
const responseTo = (bridge: () => BridgeFixture, id: unknown) =>
  until(
    () => bridge().received.some(({ message }) => message?.id === id && message.result?.roots),
    `the response to ${id}`,
  );

// As the Java SDK 2.1 does it: its handler of the notification lists the roots before the HTTP
// answer is written, and asks on the stream that the client opened by GET.
Deno.test("a response goes out while the backend takes the notification that it asks about", async () => {
  const own = openEventResponse();
  await using bridge = startBridge(legacyBackend(async ({ method, message }) => {
    if (method === "GET") return own.response;
    if (message?.method !== "notifications/roots/list_changed") return undefined;
    await own.write(event(listRoots(1)));
    await responseTo(() => bridge, 1);
    return accepted();
  }));
  await bridge.initialize();
  await until(() => bridge.received.some(({ method }) => method === "GET"), "the GET");
  await bridge.send(note("roots/list_changed"));
  assert.equal((await bridge.nextMessage()).method, "roots/list");
  await bridge.send(roots(1));
  await responseTo(() => bridge, 1);
  await bridge.send(call(2));
  assert.equal((await bridge.nextMessage()).id, 2);
  await bridge.send(note("roots/list_changed"));
  assert.equal((await bridge.nextMessage()).method, "roots/list");
  assertAllAccepted(bridge);
});

Deno.test("a response goes out while the backend takes the initialized notification", async () => {
  const answer = openEventResponse();
  await using bridge = startBridge(legacyBackend(async ({ message }) => {
    if (message?.method === "initialize") return answer.response;
    if (message?.method !== "notifications/initialized") return undefined;
    await answer.write(event(listRoots(1)));
    await responseTo(() => bridge, 1);
    return accepted();
  }));
  await bridge.send(initializeRequest);
  await answer.write(event(initializeResult));
  assert.equal((await bridge.nextMessage()).id, initializeRequest.id);
  await bridge.send(initializedNotification);
  await bridge.send(call(2));
  assert.equal((await bridge.nextMessage()).method, "roots/list");
  await bridge.send(roots(1));
  assert.equal((await bridge.nextMessage()).id, 2);
  assertAllAccepted(bridge);
});

for (const transport of ["http", "auto"] as const) {
  Deno.test(`a response goes out before initialize is answered, with transport ${transport}`, async () => {
    const answer = openEventResponse();
    await using bridge = startBridge(
      legacyBackend(({ message }) =>
        message?.method === "initialize" ? answer.response : undefined
      ),
      { transport },
    );
    await bridge.send(initializeRequest);
    await answer.write(event(listRoots("early")));
    assert.equal((await bridge.nextMessage()).id, "early");
    await bridge.send(roots("early"));
    await responseTo(() => bridge, "early");
    await answer.write(event(initializeResult));
    assert.equal((await bridge.nextMessage()).id, initializeRequest.id);
  });
}

Deno.test("a response in a restored session waits for nothing but that session", async () => {
  const answers: ReturnType<typeof openEventResponse>[] = [];
  let isLost = false;
  await using bridge = startBridge(legacyBackend(async ({ method, message, headers }) => {
    if (method === "GET") return undefined;
    if (message?.method === "initialize" && isLost) {
      const answer = openEventResponse();
      answers.push(answer);
      answer.response.headers.set("mcp-session-id", "second");
      await answer.write(event(initializeResult));
      return answer.response;
    }
    const session = headers.get("mcp-session-id");
    if (isLost && session === "first") return new Response(null, { status: 404 });
    if (session !== "second" || message?.method !== "notifications/initialized") return undefined;
    await answers[0].write(event(listRoots(1)));
    await responseTo(() => bridge, 1);
    return accepted();
  }, { sessionId: "first" }));
  await bridge.initialize();
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).id, 1);
  isLost = true;
  await bridge.send(call(2));
  assert.equal((await bridge.nextMessage()).method, "roots/list");
  await bridge.send(roots(1));
  assert.equal((await bridge.nextMessage()).id, 2);
  assertAllAccepted(bridge);
});

Deno.test("requests wait for the backend to accept the initialized notification, but not for ever", async () => {
  const never = Promise.withResolvers<Response>();
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "notifications/initialized" ? never.promise : undefined
    ),
    { orderTimeout: 50 },
  );
  await bridge.initialize();
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).id, 1);
  await until(() => bridge.received.some(({ method }) => method === "GET"), "the GET");
  assertAllAccepted(bridge);
  never.resolve(accepted());
});

Deno.test("a notification in front of the initialized one goes out behind it", async () => {
  await using bridge = startBridge(legacyBackend());
  await bridge.send(initializeRequest);
  await bridge.send(note("early"));
  await bridge.send(initializedNotification);
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).id, initializeRequest.id);
  assert.equal((await bridge.nextMessage()).id, 1);
  await until(() => posted(bridge.received).includes("notifications/early"), "the early one");
  assert.deepEqual(posted(bridge.received).slice(0, 2), [
    "initialize",
    "notifications/initialized",
  ]);
});

Deno.test("notifications keep their order, and none is waited for without end", async () => {
  const first = Promise.withResolvers<Response>();
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "notifications/a" ? first.promise : undefined
    ),
    { orderTimeout: 200 },
  );
  await bridge.initialize();
  for (const name of ["a", "b", "c"]) await bridge.send(note(name));
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).id, 1);
  assert(!posted(bridge.received).includes("notifications/b"), "b went out before a had its time");
  await until(() => posted(bridge.received).includes("notifications/c"), "the last notification");
  assert.deepEqual(posted(bridge.received).filter((method) => /[abc]$/.test(method)), [
    "notifications/a",
    "notifications/b",
    "notifications/c",
  ]);
  first.resolve(accepted());
});

Deno.test("a cancellation waits for its request and for no notification", async () => {
  const first = Promise.withResolvers<Response>();
  const answer = openEventResponse();
  await using bridge = startBridge(legacyBackend(({ message }) => {
    if (message?.method === "notifications/a") return first.promise;
    if (message?.method === "tools/call") return answer.response;
  }));
  await bridge.initialize();
  await bridge.send(note("a"));
  await bridge.send(call(1));
  await until(() => posted(bridge.received).includes("tools/call"), "the call");
  await bridge.send({ ...note("cancelled"), params: { requestId: 1 } });
  await until(
    () => posted(bridge.received).includes("notifications/cancelled"),
    "the cancellation",
  );
  await answer.write(event({ jsonrpc: "2.0", id: 1, result: {} }));
  await answer.close();
  assert.equal((await bridge.nextMessage()).id, 1);
  assertAllAccepted(bridge);
  first.resolve(accepted());
});

Deno.test("a notification that the backend never accepts is given up", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "notifications/a" ? new Promise(() => {}) : undefined
    ),
    { acceptTimeout: 50 },
  );
  await bridge.initialize();
  await bridge.send(note("a"));
  await until(() => bridge.logged.some((line) => line.includes("did not accept")), "the warning");
  assert.deepEqual(await bridge.end(), []);
});
