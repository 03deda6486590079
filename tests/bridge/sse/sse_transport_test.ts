import assert from "node:assert/strict";
import {
  type Backend,
  type BridgeFixtureOptions,
  event,
  initializeRequest,
  jsonResponse,
  openEventResponse,
  startBridge,
} from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";
import { FakeTime } from "../../credentials/fake_time.ts";

/** A backend that speaks the deprecated HTTP+SSE transport only. */
function sseBackend(options: { endpoint?: string; refusal?: number } = {}) {
  const streams: ReturnType<typeof openEventResponse>[] = [];
  const backend: Backend = async ({ method, path, message }) => {
    if (method === "GET" && path === "/mcp") {
      const stream = openEventResponse();
      streams.push(stream);
      await stream.write(
        `event: endpoint\ndata: ${options.endpoint ?? `/messages?stream=${streams.length}`}\n\n`,
      );
      return stream.response;
    }
    if (path !== "/messages") return new Response("no", { status: options.refusal ?? 405 });
    const stream = streams.at(-1)!;
    switch (message.method) {
      case "cut":
        stream.cut();
        break;
      case "bad":
        return new Response("no", { status: 500 });
      case "initialize":
      case "ping":
        await stream.write(
          event({ jsonrpc: "2.0", id: message.id, result: { of: message.method } }),
        );
    }
    return new Response("Accepted", { status: 202 });
  };
  return { backend, streams };
}

const request = (id: unknown, method: string) => ({ jsonrpc: "2.0", id, method });

const ways: [string, BridgeFixtureOptions, { refusal?: number }][] = [
  ["asked for", { transport: "sse" }, {}],
  ["found out by a 405", {}, {}],
  ["found out by a 404", {}, { refusal: 404 }],
  ["found out by a 400", { transport: "auto" }, { refusal: 400 }],
];

for (const [how, options, settings] of ways) {
  Deno.test(`HTTP+SSE, ${how}, carries a session`, async () => {
    const { backend, streams } = sseBackend(settings);
    await using bridge = startBridge(backend, options);
    await bridge.initialize();
    await bridge.send(request("7", "ping"));
    assert.deepEqual(await bridge.nextMessage(), {
      jsonrpc: "2.0",
      id: "7",
      result: { of: "ping" },
    });
    // A request of the backend, and the client's response.
    await streams[0].write(event(request(1, "roots/list")));
    assert.equal((await bridge.nextMessage()).method, "roots/list");
    await bridge.send({ jsonrpc: "2.0", id: 1, result: { roots: [] } });
    await until(() => bridge.received.some(({ message }) => message?.result?.roots), "response");
    assert.equal(streams.length, 1);
    const posts = bridge.received.filter(({ path }) => path === "/messages");
    assert.deepEqual(posts.map(({ message }) => message.method), [
      "initialize",
      "notifications/initialized",
      "ping",
      undefined,
    ]);
    for (const { headers } of bridge.received) {
      assert.equal(headers.get("authorization"), "Bearer test");
    }
    assert.deepEqual(await bridge.end(), []);
  });
}

Deno.test("the end of the stream answers what waited on it and begins the session again", async () => {
  const { backend, streams } = sseBackend();
  await using bridge = startBridge(backend);
  await bridge.initialize();
  await bridge.send(request(1, "cut"));
  const { id, error } = await bridge.nextMessage();
  assert.equal(id, 1);
  assert.equal(error.data.reason, "connection_lost");
  await bridge.send(request(2, "ping"));
  assert.equal((await bridge.nextMessage()).id, 2);
  assert.equal(streams.length, 2);
  const methods = bridge.received.map(({ message }) => message?.method);
  assert.deepEqual(methods.slice(-4), [
    undefined,
    "initialize",
    "notifications/initialized",
    "ping",
  ]);
});

Deno.test("an HTTP error to a message is the answer", async () => {
  const { backend } = sseBackend();
  await using bridge = startBridge(backend);
  await bridge.initialize();
  await bridge.send(request(1, "bad"));
  assert.equal((await bridge.nextMessage()).error.data.httpStatus, 500);
});

Deno.test("an endpoint on another origin is not used", async () => {
  const { backend } = sseBackend({ endpoint: "http://other.test/messages" });
  await using bridge = startBridge(backend, { transport: "sse" });
  await bridge.send(initializeRequest);
  const { error } = await bridge.nextMessage();
  assert.equal(error.data.reason, "no_endpoint");
  assert(error.message.includes("http://other.test/messages"));
});

Deno.test("a backend of neither transport is described by its first answer", async () => {
  await using bridge = startBridge(() => new Response("nothing here", { status: 404 }));
  await bridge.send(initializeRequest);
  const { error } = await bridge.nextMessage();
  assert.equal(error.data.reason, "http_404");
  // The last one asks whether it speaks the modern era.
  assert.deepEqual(
    bridge.received.map(({ method, message }) => `${method} ${message?.method ?? ""}`),
    ["POST initialize", "GET ", "POST server/discover"],
  );
});

Deno.test("a JSON-RPC error is an answer, not a reason to try another transport", async () => {
  await using bridge = startBridge(({ message }) =>
    jsonResponse(
      { jsonrpc: "2.0", id: message.id, error: { code: -32602, message: "bad version" } },
      { status: 400 },
    )
  );
  await bridge.send(initializeRequest);
  assert.equal((await bridge.nextMessage()).error.code, -32602);
  assert(bridge.received.every(({ method }) => method === "POST"));
});

Deno.test("with --transport http nothing else is tried", async () => {
  const { backend } = sseBackend();
  await using bridge = startBridge(backend, { transport: "http" });
  await bridge.send(initializeRequest);
  assert.equal((await bridge.nextMessage()).error.data.httpStatus, 405);
});

Deno.test("a session that could not be begun again is not gone on with", async () => {
  const { backend, streams } = sseBackend();
  await using bridge = startBridge((received) =>
    streams.length === 2 && received.message?.method === "initialize"
      ? new Response(null, { status: 503 })
      : backend(received)
  );
  await bridge.initialize();
  await bridge.send(request(1, "cut"));
  assert.equal((await bridge.nextMessage()).error.data.reason, "connection_lost");
  await bridge.send(request(2, "ping"));
  assert.equal((await bridge.nextMessage()).result.of, "ping");
  assert.equal(streams.length, 3);
  assert.deepEqual(bridge.received.map(({ message }) => message?.method).slice(-4), [
    undefined,
    "initialize",
    "notifications/initialized",
    "ping",
  ]);
});

Deno.test("an answer that is too long is an error, and the session goes on", async () => {
  const { backend, streams } = sseBackend();
  await using bridge = startBridge(backend, { transport: "sse", maxMessageBytes: 1000 });
  await bridge.initialize();
  await bridge.send(request(1, "wait"));
  await until(() => bridge.received.some(({ message }) => message?.id === 1), "the request");
  await streams[0].write(event({ jsonrpc: "2.0", id: 1, result: { text: "x".repeat(2000) } }));
  assert.equal((await bridge.nextMessage()).error.data.reason, "message_too_long");
  await bridge.send(request(2, "ping"));
  assert.equal((await bridge.nextMessage()).result.of, "ping");
  assert.equal(streams.length, 1);
});

Deno.test("an endpoint with a user name or a password is not used, whose header field would be sent", async () => {
  for (const userInfo of ["user@", ":password@"]) {
    let origin = "";
    const backend: Backend = async ({ method }) => {
      if (method !== "GET") return new Response(null, { status: 405 });
      const stream = openEventResponse();
      await stream.write(`event: endpoint\ndata: http://${userInfo}${origin}/messages\n\n`);
      return stream.response;
    };
    await using bridge = startBridge(backend, { transport: "sse" });
    origin = bridge.url.host;
    await bridge.send(initializeRequest);
    assert.equal((await bridge.nextMessage()).error.data.reason, "no_endpoint");
  }
});

Deno.test("HTTP+SSE: the time to name an endpoint ends when it is named", async () => {
  using time = new FakeTime();
  const { backend, streams } = sseBackend();
  await using bridge = startBridge(backend, { transport: "sse" });
  await bridge.send(request(1, "initialize"));
  assert.equal((await bridge.nextMessage()).id, 1);
  // Longer than the backend had for it, and less than after what it is doubted.
  await time.pass(11_000);
  await streams[0].write(event(request("s1", "roots/list")));
  assert.equal((await bridge.nextMessage()).id, "s1");
  await bridge.send(request(2, "ping"));
  assert.equal((await bridge.nextMessage()).id, 2);
  assert.equal(streams.length, 1, "it is the session that was begun");
});

Deno.test("HTTP+SSE: a backend that names no endpoint is not waited for", async () => {
  using time = new FakeTime();
  const stream = openEventResponse();
  await using bridge = startBridge(() => stream.response, { transport: "sse" });
  await bridge.send(request(1, "initialize"));
  await until(() => bridge.received.length === 1, "the GET");
  await time.pass(9_900);
  assert.deepEqual(bridge.logged.filter((line) => line.includes("endpoint")), []);
  await time.pass(200);
  const { error } = await bridge.nextMessage();
  assert.equal(error.data.reason, "no_endpoint");
  assert.match(error.message, /the backend names no HTTP\+SSE endpoint in time\. Fix: check/);
});

Deno.test("HTTP+SSE: a POST that goes on behind its answer is ended after five seconds", async () => {
  using time = new FakeTime();
  const { backend } = sseBackend();
  const posts: AbortSignal[] = [];
  const held: ReturnType<typeof openEventResponse>[] = [];
  const send: typeof fetch = (url, init) => {
    if (init?.method === "POST") posts.push(init.signal!);
    return fetch(url, init);
  };
  await using bridge = startBridge(async (received) => {
    const response = await backend(received);
    if (received.message?.method !== "ping") return response;
    const open = openEventResponse();
    held.push(open);
    return open.response;
  }, { transport: "sse", connections: { fetch: send, fetchAlone: send, replace() {} } });
  await bridge.send(request(1, "initialize"));
  assert.equal((await bridge.nextMessage()).id, 1);
  await bridge.send(request(2, "ping"));
  assert.equal((await bridge.nextMessage()).id, 2);
  assert.equal(held.length, 1);
  await time.pass(4_999);
  assert.equal(posts.at(-1)!.aborted, false);
  await time.pass(1);
  assert.equal(posts.at(-1)!.aborted, true);
  await bridge.send(request(3, "ping"));
  assert.equal((await bridge.nextMessage()).id, 3);
});
