import assert from "node:assert/strict";
import type { Authorizer } from "../../src/bridge/authorizer.ts";
import { until } from "../support/until.ts";
import {
  type Backend,
  event,
  legacyBackend,
  openEventResponse,
  startBridge,
} from "./bridge_fixture.ts";

const call = (id: number) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "x" },
});

/** An answer whose body begins and never ends, as one behind a gateway that lost its backend. */
function unending(status: number, text = "", headers: Record<string, string> = {}): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        if (text) controller.enqueue(new TextEncoder().encode(text));
      },
    }),
    { status, headers: { "content-type": "text/plain", ...headers } },
  );
}

Deno.test("an HTTP error whose body never ends is answered with what came of it", async () => {
  const statuses = [400, 403, 404, 422, 500];
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "tools/call" ? unending(message.id, "out of paper") : undefined
    ),
  );
  await bridge.initialize();
  for (const status of statuses) await bridge.send(call(status));
  const answered = new Set<number>();
  while (answered.size < statuses.length) {
    const { id, error } = await bridge.nextMessage();
    assert.match(error.message, new RegExp(`HTTP ${id}: out of paper`));
    answered.add(id);
  }
});

Deno.test("a 401 whose body never ends is a refusal of the token all the same", async () => {
  let token = "old";
  const authorizer: Authorizer = {
    authorize: () => ({ authorization: `Bearer ${token}` }),
    refused: () => {
      token = "new";
      return Promise.resolve();
    },
  };
  await using bridge = startBridge(
    legacyBackend(({ message, headers }) =>
      message?.method === "tools/call" && headers.get("authorization") === "Bearer old"
        ? unending(401)
        : undefined
    ),
    { authorizer },
  );
  await bridge.initialize();
  await bridge.send(call(1));
  assert.deepEqual((await bridge.nextMessage()).result, {});
});

Deno.test("a session that a backend does not begin again in time is asked for by the next request", async () => {
  let sessions = 0;
  let isLost = false;
  const backend: Backend = async (received) => {
    const { message, headers } = received;
    if (message?.method === "initialize") {
      sessions++;
      if (sessions === 2) return openEventResponse().response;
      isLost = false;
      return await legacyBackend(undefined, { sessionId: `${sessions}` })(received);
    }
    if (isLost && headers.get("mcp-session-id") === "1") {
      return new Response(null, { status: 404 });
    }
    return await legacyBackend()(received);
  };
  await using bridge = startBridge(backend, { acceptTimeout: 200 });
  await bridge.initialize();
  await bridge.send({ ...call(0), method: "ping" });
  assert.deepEqual((await bridge.nextMessage()).result, {});
  isLost = true;
  await bridge.send(call(1));
  const { id, error } = await bridge.nextMessage();
  assert.equal(id, 1);
  assert.match(error.message, /lost the session and did not answer initialize within 0.2 s/);
  await bridge.send(call(2));
  for (;;) {
    const message = await bridge.nextMessage();
    if (message.method) continue;
    assert.deepEqual(message, { jsonrpc: "2.0", id: 2, result: {} });
    break;
  }
  assert.equal(sessions, 3);
});

Deno.test("an HTTP+SSE session that is not begun again in time is begun by the next request", async () => {
  const streams: ReturnType<typeof openEventResponse>[] = [];
  await using bridge = startBridge(async ({ method, message }) => {
    if (method === "GET") {
      const stream = openEventResponse();
      streams.push(stream);
      await stream.write("event: endpoint\ndata: /messages\n\n");
      return stream.response;
    }
    const isAnswered = message.method !== "never" &&
      !(message.method === "initialize" && streams.length === 2);
    if (message.id !== undefined && isAnswered) {
      await streams.at(-1)!.write(event({ jsonrpc: "2.0", id: message.id, result: {} }));
    }
    return new Response(null, { status: 202 });
  }, { transport: "sse", acceptTimeout: 200 });
  await bridge.initialize();
  await bridge.send(call(1));
  assert.deepEqual((await bridge.nextMessage()).result, {});
  // Answered by the end of the stream, which the bridge knows of then.
  await bridge.send({ ...call(2), method: "never" });
  await until(() => bridge.received.some(({ message }) => message?.id === 2), "the request");
  await streams[0].close();
  assert.equal((await bridge.nextMessage()).error.data.reason, "connection_lost");
  await bridge.send(call(3));
  const { error } = await bridge.nextMessage();
  assert.match(error.message, /did not answer initialize within 0.2 s/);
  await bridge.send(call(4));
  assert.deepEqual((await bridge.nextMessage()).result, {});
  assert.equal(streams.length, 3);
});

Deno.test("a person may take longer to sign in than a backend of HTTP+SSE to name its endpoint", async () => {
  const stream = openEventResponse();
  const authorizer: Authorizer = {
    authorize: () =>
      new Promise((resolve) => setTimeout(resolve, 300, { authorization: "Bearer x" })),
    refused: () => Promise.reject(new Error("nothing is refused here")),
  };
  await using bridge = startBridge(async ({ method, message }) => {
    if (method === "GET") {
      await stream.write("event: endpoint\ndata: /messages\n\n");
      return stream.response;
    }
    await stream.write(event({ jsonrpc: "2.0", id: message.id, result: {} }));
    return new Response(null, { status: 202 });
  }, { transport: "sse", authorizer, acceptTimeout: 100 });
  await bridge.initialize();
});

Deno.test("different junk in each event of the backend's own stream does not fill the log", async () => {
  const stream = openEventResponse();
  await using bridge = startBridge((received) =>
    received.method === "GET" ? stream.response : legacyBackend()(received)
  );
  await bridge.initialize();
  const before = bridge.logged.length;
  for (let n = 0; n < 2000; n++) {
    await stream.write(
      `id: ${n}\ndata: ${
        n % 3 === 0 ? n : n % 3 === 1 ? `junk ${n}` : `{"jsonrpc":"2.0","id":${n},"result":{}}`
      }\n\n`,
    );
  }
  await stream.write(event({ jsonrpc: "2.0", method: "notifications/end" }));
  assert.equal((await bridge.nextMessage()).method, "notifications/end");
  assert(bridge.logged.length - before < 20, `${bridge.logged.length - before} lines`);
});
