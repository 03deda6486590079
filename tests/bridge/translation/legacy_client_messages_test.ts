import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import {
  event,
  initializedNotification,
  initializeRequest,
  jsonResponse,
  openEventResponse,
  type Received,
  startBridge,
} from "../bridge_fixture.ts";
import { modernBackend } from "./scripted_modern_backend.ts";

const call = (id: unknown, name = "tool") => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name },
});

/** Does the handshake as a client that can do all that it may be asked. */
async function initialize(
  bridge: ReturnType<typeof startBridge>,
  capabilities: unknown = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} },
) {
  await bridge.send({
    ...initializeRequest,
    params: { ...initializeRequest.params, capabilities },
  });
  const answer = await bridge.nextMessage();
  await bridge.send(initializedNotification);
  return answer;
}

const inputRequired = (id: unknown, more: string) =>
  jsonResponse(
    `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"resultType":"input_required",${more}}}`,
  );

const calls = (received: readonly Received[]) =>
  received.filter(({ message }) => message?.method === "tools/call");

Deno.test("values keep every byte on both ways", async () => {
  const result =
    `{"resultType":"complete","content":[ {"n":12345678901234567890,"f":1.0} ],"e":"\\u0041"}`;
  await using bridge = startBridge(modernBackend({
    answer: ({ message: { id, method } }) =>
      method === "tools/call"
        ? jsonResponse(`{"jsonrpc":"2.0","id":${id},"result":${result}}`)
        : undefined,
  }));
  await bridge.send(
    `{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"x":{"n":1.0}},"clientInfo":{"name":"c","version":"1","big":12345678901234567890}}}`,
  );
  assert.equal((await bridge.nextMessage()).result.protocolVersion, "2025-06-18");
  await bridge.send(
    `{"jsonrpc":"2.0","id":7.0,"method":"tools/call","params":{"name":"t","arguments":{"n":12345678901234567890,"f":1.0,"s":"\\u00e9"},"_meta":{"progressToken":1.0}}}`,
  );
  assert.equal(await bridge.next(), `{"jsonrpc":"2.0","id":7.0,"result":${result}}`);
  const { body, headers } = calls(bridge.received)[0];
  assert.equal(
    body,
    `{"jsonrpc":"2.0","id":7.0,"method":"tools/call","params":{"name":"t","arguments":{"n":12345678901234567890,"f":1.0,"s":"\\u00e9"},"_meta":{"progressToken":1.0,"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c","version":"1","big":12345678901234567890},"io.modelcontextprotocol/clientCapabilities":{"x":{"n":1.0}}}}}`,
  );
  assert.equal(headers.get("mcp-name"), "t");
  assert.equal(headers.get("mcp-protocol-version"), "2026-07-28");
});

Deno.test("the state of a request and what the client answers go back as they came", async () => {
  const state = `"a\\/\\u0042 12345678901234567890"`;
  await using bridge = startBridge(modernBackend({
    answer: ({ message: { id, method, params } }) =>
      method !== "tools/call" || params.inputResponses ? undefined : inputRequired(
        id,
        `"inputRequests":{"k\\u0031":{"method":"roots/list"}},"requestState":${state}`,
      ),
  }));
  await initialize(bridge);
  await bridge.send(call(1));
  const asked = await bridge.nextMessage();
  assert.equal(asked.method, "roots/list");
  await bridge.send(`{"jsonrpc":"2.0","id":"${asked.id}","result":{"roots":[],"n":1.0}}`);
  assert.equal((await bridge.nextMessage()).id, 1);
  const [first, second] = calls(bridge.received);
  assert.notEqual(first.message.id, second.message.id);
  assert(second.body.includes(`"requestState":${state}`), second.body);
  assert(second.body.includes(`"inputResponses":{"k\\u0031":{"roots":[],"n":1.0}}`), second.body);
});

Deno.test("a backend that only wants to be asked again is asked again with its state", async () => {
  await using bridge = startBridge(modernBackend({
    answer: ({ message: { id, method, params } }) =>
      method !== "tools/call" || params.requestState
        ? undefined
        : inputRequired(id, `"requestState":"s"`),
  }));
  await initialize(bridge);
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).id, 1);
  assert.equal("inputResponses" in calls(bridge.received)[1].message.params, false);
});

Deno.test("the client's error ends the request, and what else was asked", async () => {
  await using bridge = startBridge(modernBackend({
    answer: ({ message: { id, method } }) =>
      method === "tools/call"
        ? inputRequired(
          id,
          `"inputRequests":{"a":{"method":"roots/list"},"b":{"method":"sampling/createMessage","params":{}}}`,
        )
        : undefined,
  }));
  await initialize(bridge);
  await bridge.send(call(1));
  const [a, b] = [await bridge.nextMessage(), await bridge.nextMessage()];
  await bridge.send({ jsonrpc: "2.0", id: a.id, error: { code: -1, message: "will not" } });
  const rest = [await bridge.nextMessage(), await bridge.nextMessage()];
  const cancelled = rest.find(({ method }) => method === "notifications/cancelled");
  assert.equal(cancelled.params.requestId, b.id);
  const { error } = rest.find(({ id }) => id === 1);
  assert.deepEqual(error, { code: -1, message: "will not" });
  assert.equal(calls(bridge.received).length, 1);
});

Deno.test("a cancelled request takes back what the client was asked for it", async () => {
  await using bridge = startBridge(modernBackend({
    answer: ({ message: { id, method } }) =>
      method === "tools/call"
        ? inputRequired(id, `"inputRequests":{"a":{"method":"roots/list"}}`)
        : undefined,
  }));
  await initialize(bridge);
  await bridge.send(call(1));
  const asked = await bridge.nextMessage();
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 1 },
  });
  const rest = [await bridge.nextMessage(), await bridge.nextMessage()];
  assert.equal(rest.find(({ id }) => id === 1).error.data.reason, "cancelled");
  assert.equal(rest.find(({ method }) => method)?.params.requestId, asked.id);
});

Deno.test("a backend that never has enough is given up", async () => {
  await using bridge = startBridge(modernBackend({
    answer: ({ message: { id, method } }) =>
      method === "tools/call"
        ? inputRequired(id, `"inputRequests":{"a":{"method":"roots/list"}}`)
        : undefined,
  }));
  await initialize(bridge);
  await bridge.send(call(1));
  for (let round = 1;; round++) {
    const message = await bridge.nextMessage();
    if (message.id === 1) {
      assert.equal(message.error.data.reason, "input_without_end");
      assert.equal(round, 65);
      break;
    }
    await bridge.send({ jsonrpc: "2.0", id: message.id, result: { roots: [] } });
  }
});

Deno.test("the client is not asked what it has not declared", async () => {
  const url =
    `"inputRequests":{"a":{"method":"elicitation/create","params":{"mode":"url","message":"m","url":"https://a.test/"}}}`;
  await using bridge = startBridge(modernBackend({
    answer: ({ message: { id, method } }) =>
      method === "tools/call" ? inputRequired(id, url) : undefined,
  }));
  await initialize(bridge, { elicitation: {} });
  await bridge.send(call(1));
  const { error } = await bridge.nextMessage();
  assert.equal(error.data.reason, "input_not_possible");
  assert(error.message.includes("elicitation/create"), error.message);
});

Deno.test("an elicitation by URL has the id that the legacy era wants", async () => {
  const url =
    `"inputRequests":{"a":{"method":"elicitation/create","params":{"mode":"url","message":"m","url":"https://a.test/"}}}`;
  await using bridge = startBridge(modernBackend({
    answer: ({ message: { id, method, params } }) =>
      method === "tools/call" && !params.inputResponses ? inputRequired(id, url) : undefined,
  }));
  await initialize(bridge);
  await bridge.send(call(1));
  const { id, params } = await bridge.nextMessage();
  assert.match(params.elicitationId, /^[\da-f-]{36}$/);
  await bridge.send({ jsonrpc: "2.0", id, result: { action: "accept" } });
  assert.equal((await bridge.nextMessage()).id, 1);
});

const listening = { tools: { listChanged: true }, resources: { subscribe: true } };

/** A stream of notifications that acknowledges what was asked for. */
function acknowledged({ message: { id, params } }: Received, filter = params.notifications) {
  const stream = openEventResponse();
  const _meta = { "io.modelcontextprotocol/subscriptionId": id };
  stream.write(event({
    jsonrpc: "2.0",
    method: "notifications/subscriptions/acknowledged",
    params: { _meta, notifications: filter },
  }));
  return { ...stream, _meta };
}

Deno.test("a subscription that breaks is opened again, and the client told that it may have missed something", async () => {
  const streams: ReturnType<typeof acknowledged>[] = [];
  await using bridge = startBridge(modernBackend({
    capabilities: listening,
    answer(received) {
      if (received.message.method !== "subscriptions/listen") return undefined;
      streams.push(acknowledged(received));
      return streams.at(-1)?.response;
    },
  }));
  await initialize(bridge);
  await until(() => streams.length === 1, "the subscription");
  streams[0].write(event(
    `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"${
      streams[0]._meta["io.modelcontextprotocol/subscriptionId"]
    }","x":1.0}}}`,
  ));
  assert.equal(
    await bridge.next(),
    `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"x":1.0}}}`,
  );
  streams[0].cut();
  assert.equal((await bridge.nextMessage()).method, "notifications/tools/list_changed");
  assert.equal(streams.length, 2);
  await streams[1].close();
});

Deno.test("a subscription to a resource is refused when the backend does not acknowledge it", async () => {
  await using bridge = startBridge(modernBackend({
    capabilities: listening,
    answer: (received) =>
      received.message.method === "subscriptions/listen"
        ? acknowledged(received, { toolsListChanged: true }).response
        : undefined,
  }));
  await initialize(bridge);
  const subscribe = (id: number, uri: string) =>
    bridge.send({ jsonrpc: "2.0", id, method: "resources/subscribe", params: { uri } });
  await subscribe(1, "test://a");
  const { error } = await bridge.nextMessage();
  assert.equal(error.code, -32602);
});

Deno.test("a backend that refuses both eras is described by its first answer", async () => {
  await using bridge = startBridge(({ message }) =>
    jsonResponse({ jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "what?" } })
  );
  await bridge.send(initializeRequest);
  assert.deepEqual((await bridge.nextMessage()).error, { code: -32601, message: "what?" });
  assert.deepEqual(bridge.received.map(({ message }) => message.method), [
    "initialize",
    "server/discover",
  ]);
});

Deno.test("with --protocol pass-through nothing is translated", async () => {
  await using bridge = startBridge(modernBackend(), { protocol: "pass-through" });
  await bridge.send(initializeRequest);
  assert.equal((await bridge.nextMessage()).error.code, -32022);
  assert.equal(bridge.received.length, 1);
});

Deno.test("a client that does not wait for the handshake is served in order all the same", async () => {
  await using bridge = startBridge(modernBackend());
  await bridge.send(initializeRequest);
  await bridge.send(initializedNotification);
  await bridge.send(call(1));
  await bridge.send({ jsonrpc: "2.0", id: 2, method: "ping" });
  const answers = [
    await bridge.nextMessage(),
    await bridge.nextMessage(),
    await bridge.nextMessage(),
  ];
  assert.equal(answers[0].id, "init");
  assert.deepEqual(answers.map(({ error }) => error), [undefined, undefined, undefined]);
});

Deno.test("a subscription that the backend does not acknowledge in time is given up", async () => {
  await using bridge = startBridge(
    modernBackend({
      capabilities: listening,
      answer: ({ message }) =>
        message.method === "subscriptions/listen" ? openEventResponse().response : undefined,
    }),
    { acceptTimeout: 50 },
  );
  await initialize(bridge);
  await bridge.send({
    jsonrpc: "2.0",
    id: 1,
    method: "resources/subscribe",
    params: { uri: "test://a" },
  });
  assert.equal((await bridge.nextMessage()).error.data.reason, "not_acknowledged");
});

Deno.test("changes are subscribed to before the client asks for a list, so that none is missed", async () => {
  await using bridge = startBridge(modernBackend({ capabilities: listening }));
  await initialize(bridge);
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  await until(() => bridge.received.at(-1)?.message?.method === "tools/list", "the list");
  assert.deepEqual(bridge.received.slice(-2).map(({ message }) => message.method), [
    "subscriptions/listen",
    "tools/list",
  ]);
});

Deno.test("tasks are declared to neither side, and a call that asks for one is a plain call", async () => {
  const tasks = { "io.modelcontextprotocol/tasks": {}, "com.example/other": { n: 1 } };
  await using bridge = startBridge(modernBackend({
    capabilities: { tools: {}, extensions: tasks },
  }));
  const { result } = await initialize(bridge, {
    tasks: { list: {}, requests: { elicitation: { create: {} } } },
    extensions: tasks,
    roots: {},
  });
  assert.deepEqual(result.capabilities, {
    tools: {},
    extensions: { "com.example/other": { n: 1 } },
  });
  await bridge.send({
    ...call(1),
    params: { name: "tool", arguments: { task: 1 }, task: { ttl: 60_000 } },
  });
  assert.equal((await bridge.nextMessage()).result.resultType, "complete");
  const { _meta, ...params } = calls(bridge.received)[0].message.params;
  assert.deepEqual(params, { name: "tool", arguments: { task: 1 } });
  assert.deepEqual(_meta["io.modelcontextprotocol/clientCapabilities"], {
    extensions: { "com.example/other": { n: 1 } },
    roots: {},
  });
  await bridge.send({ jsonrpc: "2.0", id: 2, method: "tasks/get", params: { taskId: "t" } });
  assert.equal((await bridge.nextMessage()).error.code, -32601);
  assert(bridge.received.every(({ message }) => message?.method !== "tasks/get"));
});
