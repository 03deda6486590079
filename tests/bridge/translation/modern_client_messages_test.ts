import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import {
  event,
  eventResponse,
  jsonResponse,
  legacyBackend,
  type Received,
  startBridge,
} from "../bridge_fixture.ts";
import { type AnswerStream, asking, sessionBackend } from "./scripted_legacy_backend.ts";

const meta = (more: Record<string, unknown> = {}) => ({
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {}, url: {} }, roots: {} },
  ...more,
});

const request = (id: unknown, method: string, params: Record<string, unknown> = {}) => ({
  jsonrpc: "2.0",
  id,
  method,
  params: { _meta: meta(), ...params },
});

const sent = (received: readonly Received[], method: string) =>
  received.filter(({ message }) => message?.method === method);

const responses = (received: readonly Received[]) =>
  received.filter(({ message }) => message && !message.method);

const listRoots = (id: unknown) => ({ jsonrpc: "2.0", id, method: "roots/list" });

Deno.test("values keep every byte on both ways, and results gain what their era demands", async () => {
  const result = `"tools":[ {"name":"t","n":12345678901234567890,"f":1.0} ],"e":"\\u0041"`;
  await using bridge = startBridge(sessionBackend({
    answer: ({ message }) =>
      message?.method === "tools/list"
        ? jsonResponse(`{"jsonrpc":"2.0","id":${message.id},"result":{${result}}}`)
        : undefined,
  }));
  await bridge.send(
    `{"jsonrpc":"2.0","id":7.0,"method":"tools/list","params":{"cursor":"\\u0041","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c","version":"1","n":1.0},"io.modelcontextprotocol/clientCapabilities":{"x":{"big":12345678901234567890}},"mine":1.0}}}`,
  );
  assert.equal(
    await bridge.next(),
    `{"jsonrpc":"2.0","id":7.0,"result":{${result},"resultType":"complete","ttlMs":0,"cacheScope":"private"}}`,
  );
  const [, list] = sent(bridge.received, "tools/list");
  assert.equal(
    list.body,
    `{"jsonrpc":"2.0","method":"tools/list","id":2,"params":{"cursor":"\\u0041","_meta":{"mine":1.0}}}`,
  );
  const [initialize] = sent(bridge.received, "initialize");
  assert(initialize.body.includes(`"capabilities":{"x":{"big":12345678901234567890}}`));
  assert(initialize.body.includes(`"clientInfo":{"name":"c","version":"1","n":1.0}`));
});

Deno.test("what the backend asks waits there for the client's next request", async () => {
  let stream: AnswerStream | undefined;
  await using bridge = startBridge(sessionBackend({
    answer({ message }) {
      if (message?.method !== "tools/call") return undefined;
      stream = asking(listRoots("a"), {
        jsonrpc: "2.0",
        id: 5,
        method: "elicitation/create",
        params: { mode: "url", elicitationId: "e", message: "m", url: "https://a.test/" },
      });
      return stream.response;
    },
  }));
  await bridge.send(request(1, "tools/call", { name: "t" }));
  const { id, result } = await bridge.nextMessage();
  assert.equal(id, 1);
  assert.equal(result.resultType, "input_required");
  assert.deepEqual(Object.values(result.inputRequests), [
    // Some clients cannot read a question without.
    { method: "roots/list", params: {} },
    {
      method: "elicitation/create",
      params: { mode: "url", message: "m", url: "https://a.test/" },
    },
  ]);
  const [roots, elicitation] = Object.keys(result.inputRequests);
  const again = (id: number, requestState: string, inputResponses: unknown) =>
    bridge.send(request(id, "tools/call", { name: "t", requestState, inputResponses }));

  // One answer is missing, so that it is asked for again.
  await bridge.send(
    `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t","requestState":"${result.requestState}","inputResponses":{"${roots}":{"roots":[],"n":1.0}},"_meta":${
      JSON.stringify(meta())
    }}}`,
  );
  const second = await bridge.nextMessage();
  assert.deepEqual(Object.keys(second.result.inputRequests), [elicitation]);
  const { requestState } = second.result;
  // What was asked then is not what is asked now.
  await again(9, result.requestState, { [elicitation]: { action: "decline" } });
  assert.equal((await bridge.nextMessage()).error.code, -32602);
  await again(3, requestState, { [elicitation]: { action: "accept" } });
  await until(() => responses(bridge.received).length === 2, "the responses at the backend");
  assert.deepEqual(responses(bridge.received).map(({ body }) => body), [
    `{"jsonrpc":"2.0","id":"a","result":{"roots":[],"n":1.0}}`,
    `{"jsonrpc":"2.0","id":5,"result":{"action":"accept"}}`,
  ]);
  const [, call] = sent(bridge.received, "tools/call");
  await stream?.write(event({ jsonrpc: "2.0", id: call.message.id, result: { content: [] } }));
  assert.deepEqual(await bridge.nextMessage(), {
    jsonrpc: "2.0",
    id: 3,
    result: { content: [], resultType: "complete" },
  });
  await stream?.close();
  assert.equal(sent(bridge.received, "tools/call").length, 2);

  await again(4, requestState, {});
  assert.equal((await bridge.nextMessage()).error.code, -32602);
});

Deno.test("a call that is cancelled while the client is asked ends at the backend", async () => {
  const streams: AnswerStream[] = [];
  await using bridge = startBridge(sessionBackend({
    answer({ message }) {
      if (message?.method !== "tools/call") return undefined;
      streams.push(asking(listRoots("a")));
      return streams[0].response;
    },
  }));
  await bridge.send(request(1, "tools/call", { name: "t" }));
  const { result } = await bridge.nextMessage();
  await bridge.send(
    request(2, "tools/call", { name: "t", requestState: result.requestState, inputResponses: {} }),
  );
  const second = await bridge.nextMessage();
  await bridge.send(
    request(3, "tools/call", {
      name: "t",
      requestState: second.result.requestState,
      inputResponses: { [Object.keys(result.inputRequests)[0]]: { roots: [] } },
    }),
  );
  await until(() => responses(bridge.received).length === 1, "the response at the backend");
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 3 },
  });
  assert.equal((await bridge.nextMessage()).error.data.reason, "cancelled");
  await until(() => sent(bridge.received, "notifications/cancelled").length === 1, "cancellation");
  const [, call] = sent(bridge.received, "tools/call");
  const [cancelled] = sent(bridge.received, "notifications/cancelled");
  assert.equal(cancelled.message.params.requestId, call.message.id);
  await streams[0].close();
});

Deno.test("what belongs to no request, or to no capability, is refused", async () => {
  const listening = asking(
    { jsonrpc: "2.0", id: "r", method: "roots/list" },
    { jsonrpc: "2.0", id: "s", method: "sampling/createMessage", params: {} },
    { jsonrpc: "2.0", id: "p", method: "ping" },
  );
  await using bridge = startBridge(sessionBackend({
    answer: ({ method }) => method === "GET" ? listening.response : undefined,
  }));
  await bridge.send(request(1, "tools/list"));
  await bridge.nextMessage();
  await until(() => responses(bridge.received).length === 3, "the responses at the backend");
  const byId = Object.fromEntries(
    responses(bridge.received).map(({ message }) => [message.id, message]),
  );
  assert.equal(byId.r.error.code, -32600);
  assert.equal(byId.s.error.code, -32601);
  assert.deepEqual(byId.p.result, {});
  await listening.close();
});

Deno.test("a client that changes what it can do has another session", async () => {
  await using bridge = startBridge(sessionBackend());
  const capable = (capabilities: unknown) => ({
    _meta: meta({ "io.modelcontextprotocol/clientCapabilities": capabilities }),
  });
  for (const [id, capabilities] of [{}, { roots: {} }, {}].entries()) {
    await bridge.send(request(id, "tools/list", capable(capabilities)));
    assert.equal((await bridge.nextMessage()).id, id);
  }
  const begun = sent(bridge.received, "initialize");
  assert.deepEqual(begun.map(({ message }) => message.params.capabilities), [{}, { roots: {} }]);
  const used = sent(bridge.received, "tools/list").slice(1);
  assert.deepEqual(
    used.map(({ headers }) => headers.get("mcp-session-id")),
    ["session-1", "session-2", "session-1"],
  );
  await bridge.end();
  assert.equal(bridge.received.filter(({ method }) => method === "DELETE").length, 2);
});

Deno.test("log messages reach the request that asked for them, at its level", async () => {
  await using bridge = startBridge(sessionBackend({
    capabilities: { logging: {} },
    answer: ({ message }) =>
      message?.method === "tools/call"
        ? eventResponse(
          event({
            jsonrpc: "2.0",
            method: "notifications/message",
            params: { level: "debug", data: "d" },
          }),
          event({
            jsonrpc: "2.0",
            method: "notifications/message",
            params: { level: "error", data: "e" },
          }),
          event({ jsonrpc: "2.0", id: message.id, result: {} }),
        )
        : undefined,
  }));
  const call = (id: number, level?: string) =>
    bridge.send(
      request(id, "tools/call", { _meta: meta({ "io.modelcontextprotocol/logLevel": level }) }),
    );
  await call(1);
  assert.equal((await bridge.nextMessage()).id, 1);
  await call(2, "warning");
  assert.equal((await bridge.nextMessage()).params.data, "e");
  assert.equal((await bridge.nextMessage()).id, 2);
  const levels = sent(bridge.received, "logging/setLevel");
  assert.deepEqual(levels.map(({ message }) => message.params), [{ level: "warning" }]);
});

Deno.test("progress has the token of the request that waits now", async () => {
  let stream: AnswerStream | undefined;
  await using bridge = startBridge(sessionBackend({
    answer({ message }) {
      if (message?.method !== "tools/call") return undefined;
      stream = asking(listRoots("a"));
      return stream.response;
    },
  }));
  await bridge.send(request(1, "tools/call", { _meta: meta({ progressToken: 1 }) }));
  const { result } = await bridge.nextMessage();
  await bridge.send(request(2, "tools/call", {
    _meta: meta({ progressToken: "two" }),
    requestState: result.requestState,
    inputResponses: { [Object.keys(result.inputRequests)[0]]: { roots: [] } },
  }));
  await until(() => responses(bridge.received).length === 1, "the response at the backend");
  await stream?.write(event(
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1.0}}`,
  ));
  assert.equal(
    await bridge.next(),
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1.0,"progressToken":"two"}}`,
  );
  await stream?.close();
});

Deno.test("codes of the legacy era become those of the modern one", async () => {
  await using bridge = startBridge(sessionBackend({
    answer: ({ message }) =>
      message?.method === "resources/read"
        ? jsonResponse(
          `{"jsonrpc":"2.0","id":${message.id},"error":{"code":-32002,"message":"none","data":{"n":1.0}}}`,
        )
        : undefined,
  }));
  await bridge.send(request(1, "resources/read", { uri: "test://a" }));
  assert.equal(
    await bridge.next(),
    `{"jsonrpc":"2.0","id":1,"error":{"message":"none","data":{"n":1.0},"code":-32602}}`,
  );
});

Deno.test("URLs that must be visited first are input that is required", async () => {
  let calls = 0;
  await using bridge = startBridge(sessionBackend({
    answer({ message }) {
      if (message?.method !== "tools/call") return undefined;
      const data = {
        elicitations: [{ mode: "url", elicitationId: "e", message: "m", url: "https://a.test/" }],
      };
      const error = { code: -32042, message: "visit first", data };
      return jsonResponse({
        jsonrpc: "2.0",
        id: message.id,
        ...++calls % 2 === 1 ? { error } : { result: { content: [] } },
      });
    },
  }));
  const first = async (id: number) => {
    await bridge.send(request(id, "tools/call", { name: "t" }));
    const { result: { inputRequests, requestState } } = await bridge.nextMessage();
    assert.deepEqual(Object.values(inputRequests), [{
      method: "elicitation/create",
      params: { mode: "url", message: "m", url: "https://a.test/" },
    }]);
    return { requestState, key: Object.keys(inputRequests)[0] };
  };
  const answer = async (id: number, action: string) => {
    const { requestState, key } = await first(id);
    await bridge.send(
      request(id + 1, "tools/call", {
        name: "t",
        requestState,
        inputResponses: { [key]: { action } },
      }),
    );
    return await bridge.nextMessage();
  };
  assert.deepEqual((await answer(1, "accept")).result, { content: [], resultType: "complete" });
  assert.equal((await answer(3, "decline")).error.code, -32603);
  assert.equal(calls, 3);
});

Deno.test("a call that may have been carried out is not sent again in the other era", async () => {
  let refusals = 0;
  await using bridge = startBridge(({ message, headers }) => {
    const { id, method } = message ?? {};
    if (method === "initialize") {
      return jsonResponse({
        jsonrpc: "2.0",
        id,
        result: { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: {} },
      });
    }
    if (method === "tools/call") refusals++;
    const error = { code: method === "server/discover" ? -32601 : -32603, message: "oops" };
    return id === undefined
      ? new Response(null, { status: headers.has("mcp-method") ? 400 : 202 })
      : jsonResponse({ jsonrpc: "2.0", id, error });
  });
  await bridge.send(request(1, "tools/call", { name: "t" }));
  assert.equal((await bridge.nextMessage()).error.code, -32603);
  assert.equal(refusals, 1);
});

Deno.test("a backend that answers requests of any era without a session has one begun all the same", async () => {
  const answers = legacyBackend(({ message }) =>
    message?.method === "server/discover"
      ? jsonResponse({ jsonrpc: "2.0", id: message.id, result: {} })
      : undefined
  );
  await using bridge = startBridge(answers);
  await bridge.send(request(1, "tools/list"));
  const listed = await bridge.nextMessage();
  assert.equal(listed.result.resultType, "complete");
  assert.equal(listed.result.ttlMs, 0);
  assert.deepEqual(
    bridge.received.map(({ message }) => message?.method).filter((method) => method !== undefined),
    ["tools/list", "server/discover", "initialize", "notifications/initialized", "tools/list"],
  );
  // The first of them has everything of the modern era, the one in the session nothing.
  assert.equal(sent(bridge.received, "tools/list")[1].message?.params?._meta, undefined);
});

Deno.test("a call that was carried out without a session is answered as its era wants", async () => {
  let calls = 0;
  const answers = legacyBackend(({ message }) => {
    if (message?.method === "tools/call") calls++;
    return message?.method === "server/discover"
      ? jsonResponse({ jsonrpc: "2.0", id: message.id, result: {} })
      : undefined;
  });
  await using bridge = startBridge(answers);
  await bridge.send(request(1, "tools/call", { name: "t" }));
  assert.equal((await bridge.nextMessage()).result.resultType, "complete");
  assert.equal(calls, 1);
  await bridge.send(request(2, "tools/call", { name: "t" }));
  assert.equal((await bridge.nextMessage()).result.resultType, "complete");
  assert.equal(sent(bridge.received, "initialize").length, 1);
  assert.equal(calls, 2);
});

Deno.test("a subscription says what it brings, and brings what it says", async () => {
  const stream = asking();
  await using bridge = startBridge(sessionBackend({
    capabilities: { tools: { listChanged: true }, prompts: {}, resources: { subscribe: true } },
    answer({ method, message }) {
      if (method === "GET") return stream.response;
      if (message?.params?.uri !== "test://no") return undefined;
      return jsonResponse({
        jsonrpc: "2.0",
        id: message.id,
        error: { code: -32602, message: "no" },
      });
    },
  }));
  await bridge.send(request("l", "subscriptions/listen", {
    notifications: {
      toolsListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: ["test://a", "test://no"],
    },
  }));
  const _meta = { "io.modelcontextprotocol/subscriptionId": "l" };
  assert.deepEqual((await bridge.nextMessage()).params, {
    notifications: { toolsListChanged: true, resourceSubscriptions: ["test://a"] },
    _meta,
  });
  await until(() => bridge.received.some(({ method }) => method === "GET"), "the stream");
  for (const method of ["prompts/list_changed", "tools/list_changed"]) {
    await stream.write(event({ jsonrpc: "2.0", method: `notifications/${method}` }));
  }
  for (const uri of ["test://b", "test://a"]) {
    await stream.write(
      event(
        `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"n":1.0,"uri":"${uri}"}}`,
      ),
    );
  }
  assert.deepEqual(await bridge.nextMessage(), {
    jsonrpc: "2.0",
    method: "notifications/tools/list_changed",
    params: { _meta },
  });
  assert.equal(
    await bridge.next(),
    `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"n":1.0,"uri":"test://a","_meta":{"io.modelcontextprotocol/subscriptionId":"l"}}}`,
  );
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: "l" },
  });
  await until(() => sent(bridge.received, "resources/unsubscribe").length === 1, "unsubscribe");
  await stream.close();
});

Deno.test("a subscription in the place of another one is made when the other one is undone", async () => {
  const undone = Promise.withResolvers<void>();
  await using bridge = startBridge(sessionBackend({
    capabilities: { resources: { subscribe: true } },
    async answer({ message }) {
      if (message?.method !== "resources/unsubscribe") return undefined;
      await undone.promise;
      return jsonResponse({ jsonrpc: "2.0", id: message.id, result: {} });
    },
  }));
  const listen = (id: string) =>
    bridge.send(
      request(id, "subscriptions/listen", {
        notifications: { resourceSubscriptions: ["test://a"] },
      }),
    );
  const acknowledged = (id: string) => ({
    notifications: { resourceSubscriptions: ["test://a"] },
    _meta: { "io.modelcontextprotocol/subscriptionId": id },
  });
  await listen("one");
  assert.deepEqual((await bridge.nextMessage()).params, acknowledged("one"));
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: "one" },
  });
  await until(() => sent(bridge.received, "resources/unsubscribe").length === 1, "unsubscribe");
  await listen("two");
  // What comes behind it is answered, and so it would have been sent by now.
  await bridge.send(request("ping", "tools/call", { name: "t" }));
  assert.equal((await bridge.nextMessage()).id, "one");
  assert.equal((await bridge.nextMessage()).id, "ping");
  assert.equal(sent(bridge.received, "resources/subscribe").length, 1);
  undone.resolve();
  assert.deepEqual((await bridge.nextMessage()).params, acknowledged("two"));
  assert.equal(sent(bridge.received, "resources/subscribe").length, 2);
});

Deno.test("a session that the backend refuses to begin is an error of the request that needs it", async () => {
  await using bridge = startBridge(sessionBackend({
    answer: ({ message }) =>
      message?.params?.capabilities?.roots
        ? jsonResponse({
          jsonrpc: "2.0",
          id: message.id,
          error: { code: -32603, message: "no roots here" },
        })
        : undefined,
  }));
  await bridge.send(request(1, "tools/list", {
    _meta: meta({ "io.modelcontextprotocol/clientCapabilities": {} }),
  }));
  assert.equal((await bridge.nextMessage()).result.resultType, "complete");
  await bridge.send(request(2, "tools/list"));
  const { error } = await bridge.nextMessage();
  assert.equal(error.data.reason, "session_refused");
  assert(error.message.includes("no roots here"), error.message);
});

Deno.test("a backend that speaks neither era is described by its first answer", async () => {
  await using bridge = startBridge(({ message }) =>
    jsonResponse({ jsonrpc: "2.0", id: message?.id, error: { code: -32601, message: "what?" } })
  );
  await bridge.send(request(1, "server/discover"));
  assert.deepEqual((await bridge.nextMessage()).error, { code: -32601, message: "what?" });
  assert.deepEqual(
    bridge.received.map(({ message }) => message.method),
    ["server/discover", "initialize"],
  );
});

Deno.test("a client that has never asked what is announced hears that lists have changed", async () => {
  const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
  await using bridge = startBridge(sessionBackend({
    answer: ({ message }) =>
      message?.method === "tools/call"
        ? eventResponse(
          event(changed),
          event({ jsonrpc: "2.0", id: message.id, result: { content: [] } }),
        )
        : undefined,
  }));
  await bridge.send(request(1, "tools/call", { name: "t" }));
  assert.deepEqual(await bridge.nextMessage(), changed);
  assert.equal((await bridge.nextMessage()).id, 1);
});

Deno.test("a client that has asked what is announced hears of it as it asked, whatever the session", async () => {
  const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
  await using bridge = startBridge(sessionBackend({
    answer: ({ message }) =>
      message?.method === "tools/call"
        ? eventResponse(
          event(changed),
          event({ jsonrpc: "2.0", id: message.id, result: { content: [] } }),
        )
        : undefined,
  }));
  await bridge.send(
    request(1, "subscriptions/listen", { notifications: { toolsListChanged: true } }),
  );
  assert.equal((await bridge.nextMessage()).method, "notifications/subscriptions/acknowledged");
  const _meta = meta({ "io.modelcontextprotocol/clientCapabilities": {} });
  await bridge.send(request(2, "tools/call", { name: "t", _meta }));
  assert.equal((await bridge.nextMessage()).id, 2);
  assert.equal(sent(bridge.received, "initialize").length, 2);
});

Deno.test("tasks are declared to neither side, and a call that asks for one is a plain call", async () => {
  await using bridge = startBridge(sessionBackend({
    capabilities: { tools: {}, tasks: { requests: { tools: { call: {} } } } },
  }));
  const _meta = meta({
    "io.modelcontextprotocol/clientCapabilities": {
      extensions: { "io.modelcontextprotocol/tasks": {} },
      roots: {},
    },
  });
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "server/discover", params: { _meta } });
  assert.deepEqual((await bridge.nextMessage()).result.capabilities, { tools: {} });
  const [initialize] = sent(bridge.received, "initialize");
  assert.deepEqual(initialize.message?.params.capabilities, { extensions: {}, roots: {} });
  await bridge.send({
    jsonrpc: "2.0",
    id: 2,
    method: "tools/call",
    params: { _meta, name: "t", arguments: { task: 1 }, task: {} },
  });
  assert.equal((await bridge.nextMessage()).result.resultType, "complete");
  const [called] = sent(bridge.received, "tools/call");
  assert.deepEqual(called.message?.params, { name: "t", arguments: { task: 1 } });
  await bridge.send({
    jsonrpc: "2.0",
    id: 3,
    method: "tasks/get",
    params: { _meta, taskId: "t" },
  });
  assert.equal((await bridge.nextMessage()).error.code, -32601);
  assert.equal(sent(bridge.received, "tasks/get").length, 0);
});
