import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import type { BackendRequest } from "../../../src/bridge/http/backend_http.ts";
import { createSseEra } from "../../../src/bridge/sse/sse_era.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { createParts, messageOf, openBody, textOf } from "../bridge_parts.ts";
import type { Value } from "../message.ts";

const over = new ProxyError({ category: "Backend error", what: "a", fix: "b", reason: "over" });

interface Post {
  request: BackendRequest;
  message: Value;
  /** The number of the stream that it is for. */
  stream: number;
}

type Stream = ReturnType<typeof openBody> & { say(message: unknown): void };

/** A backend of HTTP+SSE that does with a message what the test says; it answers by default. */
function open(
  onPost: (post: Post, stream: Stream) => Response | Promise<Response> | undefined = () =>
    undefined,
  overrides: Partial<BridgeContext> = {},
) {
  const streams: Stream[] = [];
  const posts: Post[] = [];
  const answered = ({ message }: Post, stream: Stream) => {
    if (message.id !== undefined && message.method) {
      stream.say({ jsonrpc: "2.0", id: message.id, result: {} });
    }
    return new Response(null, { status: 202 });
  };
  const parts = createParts((request) => {
    if (request.method === "GET") {
      const body = openBody();
      const stream = {
        ...body,
        say: (message: unknown) => body.write(`data: ${JSON.stringify(message)}\n\n`),
      };
      streams.push(stream);
      stream.write(`event: endpoint\ndata: /messages/${streams.length}\n\n`);
      return new Response(stream.body, { headers: { "content-type": "text/event-stream" } });
    }
    const at = Number(request.url!.pathname.split("/").at(-1));
    const post = { request, message: JSON.parse(textOf(request.body!)), stream: at };
    posts.push(post);
    return onPost(post, streams[at - 1]!) ?? answered(post, streams[at - 1]!);
  }, overrides);
  const era = createSseEra(parts.context);
  const ask = (method: string, id: unknown = method) => {
    const exchange = parts.context.pending.open(messageOf({ id, method }));
    const done = era.request(exchange);
    done.catch(() => {});
    return { exchange, done };
  };
  return {
    ...parts,
    era,
    streams,
    posts,
    ask,
    sentMethods: () =>
      posts.map(({ message, stream }) => `${message.method ?? "response"} ${stream}`),
  };
}

const turns = async () => {
  for (let turn = 0; turn < 300; turn++) await Promise.resolve();
};

Deno.test("a message is posted to the endpoint, and answered on the stream", async () => {
  const it = open();
  const { done, exchange } = it.ask("tools/call");
  exchange.purpose = "unasked";
  await done;
  assert.deepEqual(it.messages(), [{ jsonrpc: "2.0", id: "tools/call", result: {} }]);
  const [get, post] = it.sent as [BackendRequest, BackendRequest];
  assert.deepEqual([get.method, get.purpose], ["GET", "client"]);
  assert.deepEqual([post.method, post.url?.href, post.headers, post.purpose], [
    "POST",
    "https://backend.test/messages/1",
    { "content-type": "application/json", "accept": "application/json" },
    "unasked",
  ]);
  assert.equal(textOf(post.body!), '{"jsonrpc":"2.0","id":"tools/call","method":"tools/call"}');
  assert.deepEqual([exchange.hasResponse, exchange.sentAt > 0], [true, true]);
  await it.ask("tools/list").done;
  assert.equal(it.streams.length, 1, "there is one stream for all");
  await it.era.end(new AbortController().signal);
  assert.equal(it.sent[0]!.signal.aborted, true);
});

Deno.test("an HTTP error to a message is its answer, a JSON-RPC error in it, too", async () => {
  const error = { code: -32000, message: "no" };
  const it = open(({ message }) =>
    message.method === "json"
      ? new Response(JSON.stringify({ jsonrpc: "2.0", id: "json", error }), {
        status: 400,
        headers: { "content-type": "application/json" },
      })
      : new Response("no", { status: 404, headers: { "content-type": "text/plain" } })
  );
  const plain = it.ask("plain");
  await assert.rejects(plain.done, { reason: "http_404" });
  assert.equal(plain.exchange.sentAt, 0);
  await it.ask("json").done;
  assert.deepEqual(it.messages(), [{ jsonrpc: "2.0", id: "json", error }]);
});

Deno.test("everything but a response waits for the answer to initialize", async () => {
  const taken = Promise.withResolvers<Response>();
  const it = open(({ message }) => message.method === "initialize" ? taken.promise : undefined);
  const begun = it.ask("initialize");
  await turns();
  const listed = it.ask("tools/list");
  it.era.send(messageOf({ method: "notifications/a" }));
  it.era.send(messageOf({ method: "notifications/cancelled", params: { requestId: 9 } }));
  it.era.send(messageOf({ id: 1, result: {} }));
  await turns();
  assert.deepEqual(it.sentMethods(), ["initialize 1", "response 1"]);
  it.streams[0]!.say({ jsonrpc: "2.0", id: "initialize", result: {} });
  await turns();
  assert.deepEqual(it.sentMethods().slice(2).sort(), [
    "notifications/a 1",
    "notifications/cancelled 1",
    "tools/list 1",
  ]);
  taken.resolve(new Response(null, { status: 202 }));
  await Promise.all([begun.done, listed.done, it.era.flushed()]);
});

Deno.test("initialized waits for the answer to initialize, and what follows for both", async () => {
  const it = open(({ message }) =>
    message.method === "initialize" ? new Response(null, { status: 202 }) : undefined
  );
  const begun = it.ask("initialize");
  await turns();
  it.era.send(messageOf({ method: "notifications/initialized" }));
  const listed = it.ask("tools/list");
  await turns();
  assert.deepEqual(it.sentMethods(), ["initialize 1"]);
  it.streams[0]!.say({ jsonrpc: "2.0", id: "initialize", result: {} });
  await Promise.all([begun.done, listed.done]);
  assert.deepEqual(it.sentMethods(), [
    "initialize 1",
    "notifications/initialized 1",
    "tools/list 1",
  ]);
});

Deno.test("what comes behind initialized waits until that is taken", async () => {
  const taken = Promise.withResolvers<Response>();
  const it = open(({ message }) =>
    message.method === "notifications/initialized" ? taken.promise : undefined
  );
  await it.ask("initialize").done;
  it.era.send(messageOf({ method: "notifications/initialized" }));
  const listed = it.ask("tools/list");
  it.era.send(messageOf({ method: "notifications/a" }));
  let isFlushed = false;
  it.era.flushed().then(() => isFlushed = true);
  await turns();
  assert.deepEqual(it.sentMethods(), ["initialize 1", "notifications/initialized 1"]);
  assert.equal(isFlushed, false);
  taken.resolve(new Response(null, { status: 202 }));
  await listed.done;
  await turns();
  assert.deepEqual(it.sentMethods().slice(2).sort(), ["notifications/a 1", "tools/list 1"]);
  assert.equal(isFlushed, true);
});

Deno.test("a client that begins a second session gets a second stream", async () => {
  const it = open();
  await it.ask("initialize").done;
  it.streams[0]!.say({ jsonrpc: "2.0", id: 7, method: "roots/list" });
  await turns();
  await it.ask("initialize", "again").done;
  assert.equal(it.streams.length, 2);
  assert.equal(it.sent[0]!.signal.aborted, true, "the first one is closed");
  assert.deepEqual(it.sentMethods(), ["initialize 1", "initialize 2"]);
  // Who asked is gone; a response to it would be taken for that to another request.
  it.era.send(messageOf({ id: 7, result: {} }));
  await it.era.flushed();
  assert.equal(it.posts.length, 2);
  it.era.send(messageOf({ id: 7, result: {} }));
  await it.era.flushed();
  assert.deepEqual(it.sentMethods().at(-1), "response 2");
});

Deno.test("a stream is opened on behalf of who begins the session", async () => {
  const it = open();
  const exchange = it.context.pending.open(messageOf({ id: 1, method: "initialize" }));
  exchange.purpose = "unasked";
  await it.era.request(exchange);
  assert.equal(it.sent[0]!.purpose, "unasked");
  it.streams[0]!.end();
  await turns();
  await it.ask("tools/list").done;
  assert.deepEqual(
    it.sent.filter(({ method }) => method === "GET").map(({ purpose }) => purpose),
    ["unasked", "client"],
  );
});

Deno.test("the end of the stream answers who waits, and the next message begins again", async () => {
  const it = open(({ message }) =>
    message.method === "tools/call" ? new Response(null, { status: 202 }) : undefined
  );
  await it.ask("initialize").done;
  it.era.send(messageOf({ method: "notifications/initialized" }));
  await it.era.flushed();
  const { done } = it.ask("tools/call");
  await turns();
  it.streams[0]!.say({ jsonrpc: "2.0", id: 7, method: "roots/list" });
  await turns();
  it.lines.length = 0;
  it.streams[0]!.end();
  await assert.rejects(done, { reason: "connection_lost" });
  assert.deepEqual(it.messages(), [{
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 7, reason: "the backend has lost the session" },
  }]);
  assert.deepEqual(it.logged, []);
  await it.ask("tools/list").done;
  assert.deepEqual(it.sentMethods(), [
    "initialize 1",
    "notifications/initialized 1",
    "tools/call 1",
    "initialize 2",
    "notifications/initialized 2",
    "tools/list 2",
  ]);
  assert.deepEqual(it.logged, [
    "info: the stream of the backend has ended; the session is begun again",
  ]);
  assert.equal(it.messages().length, 2, "the client sees nothing of it");
});

Deno.test("in a session that is begun again requests wait for initialized, too", async () => {
  const taken = Promise.withResolvers<Response>();
  const it = open(({ message, stream }) =>
    message.method === "notifications/initialized" && stream === 2 ? taken.promise : undefined
  );
  await it.ask("initialize").done;
  it.era.send(messageOf({ method: "notifications/initialized" }));
  await it.era.flushed();
  it.streams[0]!.end();
  await turns();
  const { done } = it.ask("tools/list");
  await turns();
  assert.deepEqual(it.sentMethods().slice(2), ["initialize 2", "notifications/initialized 2"]);
  taken.resolve(new Response(null, { status: 202 }));
  await done;
  assert.equal(it.sentMethods().at(-1), "tools/list 2");
});

Deno.test("a session that is begun again has its time, and is left when it is over", async () => {
  using time = new FakeTime();
  let isSilent = false;
  const it = open(
    () => isSilent ? new Response(null, { status: 202 }) : undefined,
    { acceptTimeout: 2_000 },
  );
  await it.ask("initialize").done;
  isSilent = true;
  it.streams[0]!.end();
  for (let turn = 0; turn < 20; turn++) await time.pass(0);
  const { done } = it.ask("tools/call");
  for (let turn = 0; turn < 20; turn++) await time.pass(0);
  assert.deepEqual(it.sentMethods(), ["initialize 1", "initialize 2"]);
  await time.pass(1_999);
  assert.equal(it.sent.at(-2)!.signal.aborted, false);
  await time.pass(1);
  await assert.rejects(done, {
    reason: "session_lost",
    message: "Backend error: the stream of the backend has ended, and in the new one it did not " +
      "answer initialize within 2 s. Fix: try again, or look at the backend's log.",
  });
  const gets = it.sent.filter(({ method }) => method === "GET");
  assert.equal(gets.at(-1)!.signal.aborted, true, "nobody goes on with half a session");
  isSilent = false;
  await it.ask("tools/list").done;
  assert.equal(it.streams.length, 3);
});

Deno.test("a POST that goes on behind its answer is ended after five seconds", async () => {
  using time = new FakeTime();
  const it = open(({ message }, stream) => {
    stream.say({ jsonrpc: "2.0", id: message.id, result: {} });
    return new Promise<Response>(() => {});
  });
  let isDone = false;
  it.ask("tools/call").done.then(() => isDone = true);
  for (let turn = 0; turn < 50; turn++) await time.pass(0);
  assert.equal(it.lines.length, 1);
  await time.pass(4_999);
  assert.deepEqual([isDone, it.posts[0]!.request.signal.aborted], [false, false]);
  await time.pass(1);
  for (let turn = 0; turn < 20; turn++) await time.pass(0);
  assert.deepEqual([isDone, it.posts[0]!.request.signal.aborted], [true, true]);
});

Deno.test("what ends a request ends its POST, and its wait for the answer", async () => {
  for (const takes of [true, false]) {
    const it = open(() =>
      takes ? new Response(null, { status: 202 }) : new Promise<Response>(() => {})
    );
    const { done, exchange } = it.ask("tools/call");
    await turns();
    exchange.abort(over);
    await done;
    assert.equal(it.messages()[0].error.data.reason, "over");
    assert.equal(it.posts[0]!.request.signal.aborted, true);
    it.lines.length = 0;
    it.streams[0]!.say({ jsonrpc: "2.0", id: "tools/call", result: {} });
    await turns();
    assert.deepEqual(it.lines, [], "nobody waits for it");
  }
});

Deno.test("what only reads is sent again behind the end of the stream, a call is not", async () => {
  for (const [method, isSent] of [["tools/list", true], ["tools/call", false]] as const) {
    let count = 0;
    const it = open(
      ({ message }) =>
        message.method === method && count++ === 0
          ? new Response(null, { status: 202 })
          : undefined,
      {
        retryWindow: 20_000,
      },
    );
    await it.ask("initialize").done;
    const { done, exchange } = it.ask(method);
    await turns();
    it.streams[0]!.end();
    if (!isSent) {
      const message = /may have been carried out/;
      await assert.rejects(done, { reason: "connection_lost", message });
    } else {
      await done;
      assert.equal(exchange.lastFailure?.reason, "connection_lost");
      assert.doesNotMatch(exchange.lastFailure.message, /carried out/);
    }
    assert.equal(count, isSent ? 2 : 1);
  }
});

Deno.test("a cancellation is sent behind its request, at once", async () => {
  using time = new FakeTime();
  const it = open(({ message }) =>
    message.method === "tools/call" ? new Response(null, { status: 202 }) : undefined
  );
  const { exchange } = it.ask("tools/call", 7);
  for (let turn = 0; turn < 30; turn++) await time.pass(0);
  const cancel = { method: "notifications/cancelled", params: { requestId: 7 } };
  it.era.cancel(messageOf(cancel), exchange);
  for (let turn = 0; turn < 30; turn++) await time.pass(0);
  assert.deepEqual(it.posts.map(({ message }) => message.method), [
    "tools/call",
    "notifications/cancelled",
  ]);
  await time.pass(2_000);
  for (let turn = 0; turn < 30; turn++) await time.pass(0);
  assert.equal(it.messages()[0].error.data.reason, "cancelled");
});

Deno.test("a stream that cannot be opened is the answer to who waits for it", async () => {
  const parts = createParts(() => new Response(null, { status: 404 }));
  const era = createSseEra(parts.context);
  await assert.rejects(era.connect(), { reason: "http_404" });
  const exchange = parts.context.pending.open(messageOf({ id: 1, method: "tools/list" }));
  await assert.rejects(era.request(exchange), { reason: "http_404" });
  assert.equal(parts.sent.length, 2, "it is tried anew");
});

Deno.test("those who come at the same time open one stream", async () => {
  const it = open();
  await Promise.all([it.era.connect(), it.era.connect(), it.ask("tools/list").done]);
  await it.era.connect();
  assert.equal(it.streams.length, 1);
});
