import assert from "node:assert/strict";
import {
  eventResponse,
  jsonResponse,
  legacyBackend,
  openEventResponse,
  startBridge,
} from "./bridge_fixture.ts";

const call = (id: unknown, name = "echo") => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: {} },
});
const result = (id: unknown) => ({ jsonrpc: "2.0", id, result: { ok: true } });

Deno.test("an answer whose id came back as a string is the request's, under its own id", async () => {
  await using bridge = startBridge(legacyBackend(({ message }) => {
    if (message?.method !== "tools/call") return undefined;
    return jsonResponse(result(String(message.id)));
  }));
  await bridge.initialize();
  await bridge.send(call(7));
  assert.deepEqual(await bridge.nextMessage(), result(7));
});

Deno.test("a string and a number that look alike are two ids while both are pending", async () => {
  const waiting: ((response: Response) => void)[] = [];
  await using bridge = startBridge(legacyBackend(({ message }) => {
    if (message?.method !== "tools/call") return undefined;
    return new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length < 2) return;
      // The answer to the string comes on the stream of the number, and the other way round.
      waiting[0](jsonResponse(result("7")));
      waiting[1](jsonResponse(result(7)));
    });
  }));
  await bridge.initialize();
  await bridge.send(call(7));
  await bridge.send(call("7"));
  const ids = [(await bridge.nextMessage()).id, (await bridge.nextMessage()).id];
  assert.deepEqual(new Set(ids), new Set([7, "7"]));
});

Deno.test("an HTTP error's body of JSON that is no message is an error text, and no warning", async () => {
  // What Spring Boot 4.0.7 answers to `initialize` at the address of its HTTP+SSE transport.
  const body =
    '{"timestamp":"2026-11-25T00:00:00Z","status":422,"error":"Not Found","path":"/sse"}';
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "tools/call" ? jsonResponse(body, { status: 422 }) : undefined
    ),
  );
  await bridge.initialize();
  await bridge.send(call(1));
  const { error } = await bridge.nextMessage();
  assert.match(error.message, /HTTP 422: Not Found/);
  assert(!bridge.logged.some((line) => line.includes("not a message")), bridge.logged.join("\n"));
});

// Quarkus 3.33 ends a call that it was told to cancel like this; rmcp 3.11 behind a priming event.
for (
  const [how, text] of [["nothing", ""], ["a priming event", "data: \nid: 0/1\nretry: 3000\n\n"]]
) {
  Deno.test(`a cancelled call that ends with ${how} is answered as cancelled, and not resumed`, async () => {
    const stream = openEventResponse();
    await using bridge = startBridge(legacyBackend(({ message }) => {
      if (message?.method === "tools/call") return stream.response;
      if (message?.method === "notifications/cancelled") stream.close();
      return undefined;
    }));
    await bridge.initialize();
    await bridge.send(call(1));
    if (text) await stream.write(text);
    await bridge.send({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 1 },
    });
    const { error } = await bridge.nextMessage();
    assert.equal(error.data.reason, "cancelled");
    const resumed = bridge.received.filter(({ headers }) => headers.has("last-event-id"));
    assert.equal(resumed.length, 0);
    assert(!bridge.logged.some((line) => line.includes("tools/call failed")));
  });
}

Deno.test("an event id that no header field can carry is not used to go on from", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "tools/call"
        ? eventResponse('id: a\u0001b\ndata: {"jsonrpc":"2.0","method":"notifications/x"}\n\n')
        : undefined
    ),
  );
  await bridge.initialize();
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).method, "notifications/x");
  assert.equal((await bridge.nextMessage()).error.data.reason, "stream_ended");
  assert(!bridge.received.some(({ headers }) => headers.has("last-event-id")));
});

Deno.test("a client of both eras that finds a backend of 2025 makes no error in the log", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "server/discover"
        ? new Response("Bad Request: no valid session ID provided", { status: 400 })
        : undefined
    ),
  );
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "server/discover", params: {} });
  assert.equal((await bridge.nextMessage()).error.data.httpStatus, 400);
  assert(!bridge.logged.some((line) => line.includes("[error]")), bridge.logged.join("\n"));
});

Deno.test("what a busy backend asks to wait is in the answer, in seconds", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "tools/call"
        ? new Response("busy", {
          status: 503,
          headers: { "retry-after": "120", "content-type": "text/plain" },
        })
        : undefined
    ),
  );
  await bridge.initialize();
  await bridge.send(call(1));
  const { error } = await bridge.nextMessage();
  assert.equal(error.data.retryAfter, 120);
  assert.match(error.message, /HTTP 503: busy\. Fix: try again in 120 s\.$/);
});

Deno.test("a 504 to a call says that it may have been carried out, and is not repeated", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "tools/call" ? new Response(null, { status: 504 }) : undefined
    ),
  );
  await bridge.initialize();
  await bridge.send(call(1));
  const { error } = await bridge.nextMessage();
  assert.match(error.message, /may have been carried out/);
  assert.equal(bridge.received.filter(({ message }) => message?.method === "tools/call").length, 1);
});

Deno.test("a gateway that gives up on a silent stream again and again does not cost the answer", async () => {
  let resumptions = 0;
  await using bridge = startBridge(
    legacyBackend(({ method, message, headers }) => {
      if (message?.method === "tools/call") return eventResponse("id: 1\nretry: 50\ndata:\n\n");
      if (method !== "GET" || !headers.has("last-event-id")) return undefined;
      return ++resumptions <= 5
        ? new Response(null, { status: 504 })
        : eventResponse(`id: 2\ndata: ${JSON.stringify(result(1))}\n\n`);
    }, { sessionId: "s" }),
    // Had it been for this window, it would have given up.
    { retryWindow: 0 },
  );
  await bridge.initialize();
  await bridge.send(call(1));
  assert.deepEqual(await bridge.nextMessage(), result(1));
  const pings = bridge.received.filter(({ message }) => message?.method === "ping").length;
  assert.equal(pings, 5);
});

Deno.test("a gateway that answers every resumption with 504 at once is not asked without end", async () => {
  await using bridge = startBridge(
    legacyBackend(({ method, message, headers }) => {
      if (message?.method === "tools/call") return eventResponse("id: 1\nretry: 50\ndata:\n\n");
      if (method !== "GET" || !headers.has("last-event-id")) return undefined;
      return new Response(null, { status: 504 });
    }, { sessionId: "s" }),
    { retryWindow: 0 },
  );
  await bridge.initialize();
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).error.data.reason, "stream_ended");
});
