import assert from "node:assert/strict";
import {
  event,
  eventResponse,
  jsonResponse,
  openEventResponse,
  type Received,
  startBridge,
} from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";

const _meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
};

const request = (id: unknown, method: string, params: Record<string, unknown> = {}) => ({
  jsonrpc: "2.0",
  id,
  method,
  params: { _meta, ...params },
});

const result = (id: unknown, result: Record<string, unknown> = {}) =>
  jsonResponse({ jsonrpc: "2.0", id, result: { resultType: "complete", ...result } });

Deno.test("every modern request carries what its body says in header fields", async () => {
  await using bridge = startBridge(({ message }) => result(message.id), {
    protocol: "pass-through",
  });
  const cases: [string, Record<string, unknown>, string | null][] = [
    ["server/discover", {}, null],
    ["tools/call", { name: "search", arguments: {} }, "search"],
    ["tools/call", { name: "größe", arguments: {} }, "=?base64?Z3LDtsOfZQ==?="],
    ["prompts/get", { name: " padded " }, "=?base64?IHBhZGRlZCA=?="],
    ["prompts/get", { name: "=?base64?eA==?=" }, "=?base64?PT9iYXNlNjQ/ZUE9PT89?="],
    ["resources/read", { uri: "file:///a b" }, "file:///a b"],
    ["tasks/get", { taskId: "t-1" }, "t-1"],
    ["tools/list", { name: "none" }, null],
  ];
  for (const [method, params, name] of cases) {
    await bridge.send(request(1, method, params));
    await bridge.next();
    const { headers } = bridge.received.at(-1) as Received;
    assert.equal(headers.get("mcp-protocol-version"), "2026-07-28");
    assert.equal(headers.get("mcp-method"), method);
    assert.equal(headers.get("mcp-name"), name);
    assert.equal(headers.get("mcp-session-id"), null);
  }
  await bridge.end();
  assert(bridge.received.every(({ method }) => method === "POST"));
});

const annotated = {
  name: "query",
  inputSchema: {
    type: "object",
    properties: {
      region: { type: "string", "x-mcp-header": "Region" },
      limit: { type: "integer", "x-mcp-header": "Limit" },
      nested: { type: "object", properties: { on: { type: "boolean", "x-mcp-header": "On" } } },
      plain: { type: "string" },
    },
  },
};

Deno.test("arguments go into the header fields that the tool's schema names", async () => {
  await using bridge = startBridge(({ message }) =>
    result(message.id, message.method === "tools/list" ? { tools: [annotated] } : {})
  );
  await bridge.send(request(1, "tools/list"));
  await bridge.next();
  await bridge.send(
    request(2, "tools/call", {
      name: "query",
      arguments: { region: "Zürich", limit: 5, nested: { on: false }, plain: "x" },
    }),
  );
  await bridge.next();
  const { headers } = bridge.received.at(-1) as Received;
  assert.equal(headers.get("mcp-param-region"), "=?base64?WsO8cmljaA==?=");
  assert.equal(headers.get("mcp-param-limit"), "5");
  assert.equal(headers.get("mcp-param-on"), "false");
  assert.equal(headers.get("mcp-param-plain"), null);
  await bridge.send(request(3, "tools/call", { name: "query", arguments: { region: null } }));
  await bridge.next();
  assert.equal(bridge.received.at(-1)?.headers.get("mcp-param-region"), null);
});

Deno.test("a tool whose annotation is invalid is left out of the list, the rest keeps its bytes", async () => {
  const invalid = [
    { type: "string", "x-mcp-header": "" },
    { type: "string", "x-mcp-header": "a b" },
    { type: "object", "x-mcp-header": "A" },
    { type: "array", items: { type: "string", "x-mcp-header": "A" } },
  ].map((schema, n) =>
    JSON.stringify({ name: `bad${n}`, inputSchema: { type: "object", properties: { a: schema } } })
  );
  const good = `{"name": "good", "size":1.0}`;
  await using bridge = startBridge(({ message }) =>
    jsonResponse(
      `{"jsonrpc":"2.0","id":${message.id},"result":{"tools":[${invalid[0]},${good}, ${
        invalid.slice(1).join()
      },${good}],"resultType":"complete","ttlMs":1.0}}`,
    )
  );
  await bridge.send(request(1, "tools/list"));
  assert.equal(
    await bridge.next(),
    `{"jsonrpc":"2.0","id":1,"result":{"tools":[${good},${good}],"resultType":"complete","ttlMs":1.0}}`,
  );
  const warnings = bridge.logged.filter((line) => line.includes("[warn]"));
  assert.equal(warnings.length, 1);
  assert.deepEqual(warnings[0].match(/bad\d/g), ["bad0", "bad1", "bad2", "bad3"]);
});

Deno.test("a thousand tools with invalid annotations are one line of log", async () => {
  const tools = Array.from({ length: 1000 }, (_, n) => ({
    name: `bad${n}${"x".repeat(1000)}`,
    inputSchema: { type: "object", properties: { a: { type: "object", "x-mcp-header": "A" } } },
  }));
  await using bridge = startBridge(({ message }) => result(message.id, { tools }));
  await bridge.send(request(1, "tools/list"));
  assert.deepEqual((await bridge.nextMessage()).result.tools, []);
  const warnings = bridge.logged.filter((line) => line.includes("[warn]"));
  assert.equal(warnings.length, 1);
  assert(warnings[0].includes("bad4") && warnings[0].includes("and 995 others"));
  assert(warnings[0].length < 2000);
});

Deno.test("header fields that the backend misses are learnt, once", async () => {
  let calls = 0;
  await using bridge = startBridge(({ message, headers }) => {
    if (message.method === "tools/list") {
      // Two pages.
      return message.params.cursor
        ? result(message.id, { tools: [annotated] })
        : result(message.id, { tools: [], nextCursor: "2" });
    }
    calls++;
    if (headers.get("mcp-param-region") === "eu" && message.params.name === "query") {
      return result(message.id);
    }
    const error = { code: -32020, message: "header mismatch" };
    return jsonResponse({ jsonrpc: "2.0", id: message.id, error }, { status: 400 });
  });
  const call = (name: string) => request(1, "tools/call", { name, arguments: { region: "eu" } });
  await bridge.send(call("query"));
  assert.deepEqual((await bridge.nextMessage()).result, { resultType: "complete" });
  assert.equal(calls, 2);
  await bridge.send(call("other"));
  assert.equal((await bridge.nextMessage()).error.code, -32020);
  assert.equal(calls, 4);
});

Deno.test("an error body is passed on, whatever its status", async () => {
  await using bridge = startBridge(({ message }) =>
    jsonResponse(
      { jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "Method not found" } },
      { status: 404 },
    ), { protocol: "pass-through" });
  await bridge.send(request(1, "nothing/known"));
  assert.equal((await bridge.nextMessage()).error.code, -32601);
  assert.equal(bridge.received.length, 1);
});

Deno.test("cancelling a modern request ends its POST and posts nothing", async () => {
  const stream = openEventResponse();
  let isGone = false;
  const body = stream.response.body!.pipeThrough(
    new TransformStream({ cancel: () => void (isGone = true) }),
  );
  await using bridge = startBridge(() => new Response(body, stream.response));
  await bridge.send(request("listen", "subscriptions/listen"));
  await stream.write(event({ jsonrpc: "2.0", method: "notifications/x" }));
  assert.equal((await bridge.nextMessage()).method, "notifications/x");
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: "listen" },
  });
  const { id, error } = await bridge.nextMessage();
  assert.equal(id, "listen");
  assert.equal(error.data.reason, "cancelled");
  await until(() => isGone, "the end of the POST");
  assert.equal(bridge.received.length, 1);
});

Deno.test("a broken modern stream loses its request", async () => {
  await using bridge = startBridge(() => eventResponse("id: 1\ndata:\n\n"));
  await bridge.send(request(1, "tools/call", { name: "x" }));
  assert.equal((await bridge.nextMessage()).error.data.reason, "stream_ended");
  assert.equal(bridge.received.length, 1);
});

Deno.test("a list of tools with nonsense in it is passed on all the same", async () => {
  for (
    const tools of ["[null,1,[]]", "{}", "null", `[{"name":7},{"name":"a","inputSchema":null}]`]
  ) {
    const list = `{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","tools":${tools}}}`;
    await using bridge = startBridge(() => jsonResponse(list), { ignoreTools: ["x"] });
    await bridge.send(request(1, "tools/list"));
    assert.equal(await bridge.next(), list);
  }
});

Deno.test("a cancellation that comes too late is not posted", async () => {
  await using bridge = startBridge(({ message }) => result(message.id));
  await bridge.send(request(1, "tools/call", { name: "x" }));
  assert.equal((await bridge.nextMessage()).id, 1);
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { _meta, requestId: 1 },
  });
  assert.deepEqual(await bridge.end(), []);
  assert.equal(bridge.received.length, 1);
});

Deno.test("a client that does not read its answers is not fetched more of them", async () => {
  const reading = Promise.withResolvers<void>();
  let isWriting = false;
  await using bridge = startBridge(
    ({ message }) =>
      message.id === undefined
        ? new Response(null, { status: 202 })
        : result(message.id, { text: "x".repeat(2 << 20) }),
    {
      output: {
        async write(bytes) {
          isWriting = true;
          await reading.promise;
          return bytes.length;
        },
      },
    },
  );
  const methods = () => bridge.received.map(({ message }) => message.method);
  await bridge.send(request(1, "first"));
  await until(() => isWriting, "the first answer");
  await bridge.send(request(2, "second"));
  await bridge.send({ jsonrpc: "2.0", method: "note", params: { _meta } });
  await until(() => methods().includes("note"), "the notification");
  assert.deepEqual(methods(), ["first", "note"]);
  reading.resolve();
  await until(() => methods().includes("second"), "the second request");
});

Deno.test("a notification that the backend never accepts holds up no other, and is given up", async () => {
  await using bridge = startBridge(
    ({ message }) => message.params.name === "stuck" ? new Promise(() => {}) : result(message.id),
    { orderTimeout: 50, acceptTimeout: 200 },
  );
  const note = (name: string) => ({
    jsonrpc: "2.0",
    method: "notifications/x",
    params: { _meta, name },
  });
  await bridge.send(note("stuck"));
  await bridge.send(note("next"));
  await bridge.send(request(1, "tools/list"));
  assert.equal((await bridge.nextMessage()).id, 1);
  await until(
    () => bridge.received.some(({ message }) => message.params.name === "next"),
    "the next notification",
  );
  await until(() => bridge.logged.some((line) => line.includes("did not accept")), "the warning");
  assert.deepEqual(await bridge.end(), []);
});
