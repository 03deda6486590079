import assert from "node:assert/strict";
import {
  type Backend,
  initializedNotification,
  initializeRequest,
  jsonResponse,
  legacyBackend,
  openEventResponse,
  type Received,
  startBridge,
} from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";

/** A backend that forgets its sessions when told, and says so with `lost`. */
function forgetful(lost: () => Response, capabilities?: unknown) {
  let current = 0;
  const known = new Map<string, number>();
  const executed: string[] = [];
  const backend: Backend = async (received) => {
    const { message, headers, method } = received;
    if (method === "DELETE") return new Response(null);
    if (message?.method === "initialize") {
      const id = `session-${++current}`;
      known.set(id, current);
      return await legacyBackend(undefined, { sessionId: id, capabilities })(received);
    }
    const id = headers.get("mcp-session-id");
    if (!id || !known.has(id)) return lost();
    if (message?.method === "tools/call") executed.push(`${message.id}@${id}`);
    return await legacyBackend()(received);
  };
  return { backend, forget: () => known.clear(), executed };
}

const handshakes = (received: readonly Received[]) =>
  received.filter(({ message }) => message?.method === "initialize").length;

for (
  const [name, lost] of [
    ["404", () => new Response("gone", { status: 404 })],
    ["404 with a JSON-RPC body", () =>
      jsonResponse(
        { jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } },
        { status: 404 },
      )],
    ["400 that says so", () =>
      jsonResponse(
        {
          jsonrpc: "2.0",
          id: null,
          error: { code: -32000, message: "Bad Request: No valid session ID provided" },
        },
        { status: 400 },
      )],
  ] as const
) {
  Deno.test(`a session lost by ${name} is begun again once for all who wait`, async () => {
    const { backend, forget, executed } = forgetful(lost);
    await using bridge = startBridge(backend);
    await bridge.initialize();
    forget();
    const calls = Array.from(
      { length: 20 },
      (_, id) => ({ jsonrpc: "2.0", id, method: "tools/call" }),
    );
    await bridge.sendBytes(
      new TextEncoder().encode(calls.map((call) => `${JSON.stringify(call)}\n`).join("")),
    );
    const got = [];
    for (let i = 0; i < 21; i++) got.push(await bridge.nextMessage());
    const changed = got.filter(({ method }) => method === "notifications/tools/list_changed");
    assert.equal(changed.length, 1);
    const answered = got.filter(({ result }) => result).map(({ id }) => id);
    assert.deepEqual(answered.sort((a, b) => a - b), calls.map(({ id }) => id));
    assert.equal(executed.length, 20);
    assert.equal(handshakes(bridge.received), 2);
    const second = bridge.received.findLast(({ message }) => message?.method === "initialize");
    assert.equal(second?.headers.get("mcp-session-id"), null);
    assert.deepEqual(await bridge.end(), []);
  });
}

Deno.test("a 400 about something else is passed on", async () => {
  const { backend } = forgetful(() => assert.fail());
  await using bridge = startBridge((received) =>
    received.message?.method === "bad"
      ? jsonResponse({
        jsonrpc: "2.0",
        id: received.message.id,
        error: { code: -32602, message: "bad argument" },
      }, { status: 400 })
      : backend(received)
  );
  await bridge.initialize();
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "bad" });
  assert.equal((await bridge.nextMessage()).error.code, -32602);
  assert.equal(handshakes(bridge.received), 1);
});

Deno.test("a backend that loses every session at once is told apart from one that can be used", async () => {
  const { backend, forget } = forgetful(() => new Response(null, { status: 404 }));
  await using bridge = startBridge(async (received) => {
    const response = await backend(received);
    if (received.message?.method === "notifications/initialized") forget();
    return response;
  });
  await bridge.initialize();
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/call" });
  let answer;
  do answer = await bridge.nextMessage(); while (answer.method);
  assert.equal(answer.id, 1);
  assert.equal(answer.error.data.reason, "session_lost");
  assert(handshakes(bridge.received) <= 4);
});

Deno.test("what the new session lacks is logged", async () => {
  const first = forgetful(() => new Response(null, { status: 404 }), { tools: {}, prompts: {} });
  const second = forgetful(() => new Response(null, { status: 404 }), { tools: {} });
  let current = first;
  await using bridge = startBridge((received) => current.backend(received));
  await bridge.initialize();
  current = second;
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "ping" });
  assert.equal((await bridge.nextMessage()).id, 1);
  assert(bridge.logged.some((line) => /\[warn\].*no longer offers prompts/.test(line)));
  for (const method of ["prompts/list", "tools/list"]) {
    await bridge.send({ jsonrpc: "2.0", id: method, method });
  }
  const answers = [await bridge.nextMessage(), await bridge.nextMessage()];
  const refused = answers.find(({ id }) => id === "prompts/list");
  assert.equal(refused.error.data.reason, "capability_lost");
  assert.equal(refused.error.data.hint, "restart the client");
  assert(answers.find(({ id }) => id === "tools/list").result);
});

Deno.test("subscriptions and the log level are made again in the new session", async () => {
  const { backend, forget } = forgetful(() => new Response(null, { status: 404 }));
  await using bridge = startBridge(backend);
  await bridge.initialize();
  const ask = async (method: string, params: unknown) => {
    await bridge.send({ jsonrpc: "2.0", id: 1, method, params });
    let answer;
    do answer = await bridge.nextMessage(); while (answer.method);
    assert.deepEqual(answer.result, {});
  };
  await ask("logging/setLevel", { level: "debug" });
  await ask("logging/setLevel", { level: "error" });
  await ask("resources/subscribe", { uri: "a:1" });
  await ask("resources/subscribe", { uri: "a:2" });
  await ask("resources/unsubscribe", { uri: "a:1" });
  forget();
  const before = bridge.received.length;
  await ask("ping", undefined);
  const sent = bridge.received.slice(before).filter(({ message }) =>
    message?.params?.level ||
    message?.params?.uri
  );
  assert.deepEqual(
    sent.map(({ message, headers }) => [
      message.method,
      message.params.level ?? message.params.uri,
      headers.get("mcp-session-id"),
    ]),
    [["logging/setLevel", "error", "session-2"], ["resources/subscribe", "a:2", "session-2"]],
  );
  assert.deepEqual((await bridge.end()).filter((line) => line.includes('"id"')), []);
});

Deno.test("a handshake that is tried again carries no session id", async () => {
  const first = openEventResponse();
  first.response.headers.set("mcp-session-id", "first");
  let attempts = 0;
  await using bridge = startBridge((received) =>
    received.message?.method === "initialize" && ++attempts === 1
      ? first.response
      : legacyBackend(undefined, { sessionId: "second" })(received)
  );
  await bridge.send(initializeRequest);
  await first.write('data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n');
  assert.equal((await bridge.nextMessage()).method, "notifications/message");
  first.cut();
  assert.equal((await bridge.nextMessage()).id, initializeRequest.id);
  await bridge.send(initializedNotification);
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "ping" });
  assert.equal((await bridge.nextMessage()).id, 1);
  const ids = bridge.received.filter(({ method }) => method === "POST")
    .map(({ headers }) => headers.get("mcp-session-id"));
  assert.deepEqual(ids, [null, null, "second", "second"]);
});

Deno.test("a session that the client begins while a lost one is begun again is the one that counts", async () => {
  const { backend, forget } = forgetful(() => new Response(null, { status: 404 }));
  const held = Promise.withResolvers<void>();
  await using bridge = startBridge(async (received) => {
    const isSecond = received.message?.method === "initialize" && ++count === 2;
    const response = await backend(received);
    if (isSecond) await held.promise;
    return response;
  });
  let count = 0;
  const list = { jsonrpc: "2.0", method: "tools/list" };
  await bridge.initialize();
  await until(() => bridge.received.some(({ method }) => method === "GET"), "the whole handshake");
  forget();
  await bridge.send({ ...list, id: 1 });
  await until(() => count === 2, "the second handshake");
  await bridge.send({ ...initializeRequest, id: "again" });
  assert.equal((await bridge.nextMessage()).id, "again");
  await bridge.send(initializedNotification);
  held.resolve();
  assert.equal((await bridge.nextMessage()).id, 1);
  await bridge.send({ ...list, id: 2 });
  assert.equal((await bridge.nextMessage()).id, 2);
  const sessions = (method: string) =>
    bridge.received.filter(({ message }) => message?.method === method)
      .map(({ headers }) => headers.get("mcp-session-id"));
  assert.deepEqual(sessions("tools/list"), ["session-1", "session-3", "session-3"]);
  assert.deepEqual(sessions("notifications/initialized"), ["session-1", "session-3"]);
  await until(
    () =>
      bridge.received.some(({ method, headers }) =>
        method === "DELETE" && headers.get("mcp-session-id") === "session-2"
      ),
    "the end of the session that nobody wants",
  );
});

Deno.test("what the lost session had asked the client is cancelled", async () => {
  const { backend, forget } = forgetful(() => new Response(null, { status: 404 }));
  const streams = [openEventResponse(), openEventResponse()];
  let calls = 0;
  await using bridge = startBridge((received) =>
    received.message?.method === "ask" ? streams[calls++].response : backend(received)
  );
  const question = (id: unknown) =>
    `data: {"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"elicitation/create"}\n\n`;
  const response = (id: unknown, n: number) => ({ jsonrpc: "2.0", id, result: { n } });
  const untilMethod = async (method: string) => {
    let message;
    do message = await bridge.nextMessage(); while (message.method !== method);
    return message;
  };
  await bridge.initialize();
  await until(() => bridge.received.some(({ method }) => method === "GET"), "the whole handshake");
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "ask" });
  for (const id of [0, "a", "taken back"]) {
    await streams[0].write(question(id));
    await untilMethod("elicitation/create");
  }
  await streams[0].write(
    'data: {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"taken back"}}\n\n',
  );
  await untilMethod("notifications/cancelled");

  forget();
  await bridge.send({ jsonrpc: "2.0", id: 2, method: "ping" });
  const cancelled = [
    await untilMethod("notifications/cancelled"),
    await untilMethod("notifications/cancelled"),
  ];
  assert.deepEqual(cancelled.map(({ params }) => params.requestId), [0, "a"]);
  await bridge.send(response("a", 1));
  await bridge.send({ jsonrpc: "2.0", id: 3, method: "ask" });
  await streams[1].write(question("a"));
  await untilMethod("elicitation/create");
  await bridge.send(response("a", 2));
  const answers = () => bridge.received.flatMap(({ message }) => message?.result ?? []);
  await until(() => answers().length > 0, "the response");
  assert.deepEqual(answers(), [{ n: 2 }]);
  for (const stream of streams) await stream.close();
});

Deno.test("in a session that is begun again nothing is sent before it has been told initialized", async () => {
  const { backend, forget } = forgetful(() => new Response("gone", { status: 404 }));
  const taken = Promise.withResolvers<void>();
  let told = 0;
  await using bridge = startBridge(async (received) => {
    // The second one takes its time.
    if (received.message?.method === "notifications/initialized" && ++told === 2) {
      await taken.promise;
    }
    return await backend(received);
  });
  await bridge.initialize();
  forget();
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  await until(() => told === 2, "the notification to the new session");
  const after = () =>
    bridge.received.slice(
      bridge.received.findLastIndex(({ message }) =>
        message?.method === "notifications/initialized"
      ) + 1,
    ).filter(({ method }) => method === "POST");
  // What would have been sent with it would be there before this.
  await fetch(bridge.url);
  assert.deepEqual(after(), []);
  taken.resolve();
  const answers = [await bridge.nextMessage(), await bridge.nextMessage()];
  assert.ok(answers.some(({ id, result }) => id === 1 && result));
  assert.deepEqual(after().map(({ message }) => message?.method), ["tools/list"]);
});
