import assert from "node:assert/strict";
import {
  event,
  eventResponse,
  legacyBackend,
  openEventResponse,
  type Received,
  startBridge,
} from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";

const call = (id: unknown) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "x" } });
const result = (id: unknown) => ({ jsonrpc: "2.0", id, result: {} });
const note = (n: number) => ({ jsonrpc: "2.0", method: "notifications/message", params: { n } });

const gets = (received: readonly Received[]) => received.filter(({ method }) => method === "GET");

Deno.test("an answer stream that ends early is taken up where it ended", async () => {
  await using bridge = startBridge(legacyBackend(({ method, message, headers }) => {
    if (message?.method === "tools/call") {
      // A priming event and a pause, as of 2025-11-25.
      return eventResponse("id: a1\nretry: 10\ndata:\n\n", event(note(1), "a2"));
    }
    if (method !== "GET") return undefined;
    switch (headers.get("last-event-id")) {
      case "a2":
        // Polling: nothing yet. And an event again that was there before.
        return eventResponse(event(note(1), "a2"), event(note(2), "a3"));
      case "a3":
        return eventResponse(event(result(1), "a4"));
    }
  }, { sessionId: "s" }));
  await bridge.initialize();
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).params.n, 1);
  assert.equal((await bridge.nextMessage()).params.n, 2);
  assert.equal((await bridge.nextMessage()).id, 1);
  const resumed = gets(bridge.received).filter(({ headers }) => headers.has("last-event-id"));
  assert.equal(resumed.length, 2);
  for (const { headers } of resumed) assert.equal(headers.get("mcp-session-id"), "s");
  assert.deepEqual(await bridge.end(), []);
});

Deno.test("an event is named in UTF-8, whatever its id is made of", async () => {
  const id = "é→😀";
  const named: string[] = [];
  await using bridge = startBridge(legacyBackend(({ method, message, headers }) => {
    if (message?.method === "tools/call") return eventResponse("retry: 10\n", event(note(1), id));
    const field = method === "GET" ? headers.get("last-event-id") : null;
    if (field === null) return undefined;
    const bytes = Uint8Array.from(field, (c) => c.charCodeAt(0));
    named.push(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return eventResponse(event(result(1), "last"));
  }));
  await bridge.initialize();
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).params.n, 1);
  assert.equal((await bridge.nextMessage()).id, 1);
  assert.deepEqual(named, [id]);
});

for (const answer of [result(1), { jsonrpc: "2.0", id: 1, error: { code: 1, message: "no" } }]) {
  const kind = "error" in answer ? "an error" : "a result";
  Deno.test(`a stream that brought ${kind} is not taken up again`, async () => {
    await using bridge = startBridge(
      legacyBackend(({ message }) =>
        message?.id === 1 ? eventResponse("retry: 1\n", event(answer, "a1")) : undefined
      ),
    );
    await bridge.send(call(1));
    assert.equal((await bridge.nextMessage()).id, 1);
    await bridge.send(call(2));
    await bridge.nextMessage();
    assert.deepEqual(gets(bridge.received), []);
  });
}

Deno.test("an answer that cannot be taken up any more is an error within seconds", async () => {
  await using bridge = startBridge(legacyBackend(({ method, message }) => {
    if (message?.method === "tools/call") return eventResponse("retry: 10\nid: a1\ndata:\n\n");
    if (method === "GET") return new Response(null, { status: 503 });
  }));
  await bridge.send(call(1));
  const since = performance.now();
  assert.equal((await bridge.nextMessage()).error.data.reason, "stream_ended");
  assert(performance.now() - since < 5000);
});

Deno.test("the backend's own stream is opened again, for ever, and goes on behind the last event", async () => {
  let opened = 0;
  await using bridge = startBridge(legacyBackend(({ method }) => {
    if (method !== "GET") return undefined;
    switch (++opened) {
      case 1:
        return eventResponse("retry: 1\n", event(note(1), "e1"));
      case 2:
        return new Response(null, { status: 500 });
      case 3:
        return eventResponse(event(note(2), "e2"));
      default:
        return new Response(null, { status: 405 });
    }
  }));
  await bridge.initialize();
  assert.equal((await bridge.nextMessage()).params.n, 1);
  assert.equal((await bridge.nextMessage()).params.n, 2);
  await until(() => opened === 4, "the last GET");
  assert.deepEqual(
    gets(bridge.received).map(({ headers }) => headers.get("last-event-id")),
    [null, "e1", "e1", "e2"],
  );
});

Deno.test("the backend's own stream never asks for a sign-in", async () => {
  const purposes = new Map<string, Set<string>>();
  await using bridge = startBridge(legacyBackend(), {
    authorizer: {
      authorize({ method, purpose }) {
        purposes.set(method, (purposes.get(method) ?? new Set()).add(purpose));
        return {};
      },
      refused: () => Promise.reject(new Error("nothing is refused here")),
    },
  });
  await bridge.initialize();
  await until(() => purposes.has("GET"), "the GET");
  assert.deepEqual([...purposes.get("GET")!], ["background"]);
  assert.deepEqual([...purposes.get("POST")!], ["client"]);
});

Deno.test("a cancellation follows its request, and the request is answered once", async () => {
  const stream = openEventResponse();
  await using bridge = startBridge(
    legacyBackend(({ message }) => message?.method === "tools/call" ? stream.response : undefined),
  );
  await bridge.send(call("c"));
  const cancelled = {
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: "c" },
  };
  await bridge.send(cancelled);
  await until(() => bridge.received.length === 2, "the cancellation");
  assert.deepEqual(bridge.received.map(({ message }) => message.method), [
    "tools/call",
    "notifications/cancelled",
  ]);
  await stream.write(event(result("c")));
  assert.equal((await bridge.nextMessage()).id, "c");
  await stream.write(event(result("c")));
  await stream.close();
  assert.deepEqual(await bridge.end(), []);
});

Deno.test("a cancelled request that the backend leaves open is answered all the same", async () => {
  const stream = openEventResponse();
  await using bridge = startBridge(
    legacyBackend(({ message }) => message?.method === "tools/call" ? stream.response : undefined),
  );
  await bridge.send(call(1));
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 1.0 },
  });
  assert.equal((await bridge.nextMessage()).error.data.reason, "cancelled");
});

Deno.test("a request that is cancelled before it was sent never is", async () => {
  const authorized = Promise.withResolvers<Record<string, string>>();
  await using bridge = startBridge(legacyBackend(), {
    authorizer: {
      authorize: () => authorized.promise,
      refused: () => Promise.reject(new Error("nothing is refused here")),
    },
  });
  await bridge.send(call(1));
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 1 },
  });
  assert.equal((await bridge.nextMessage()).error.data.reason, "cancelled");
  authorized.resolve({});
  await bridge.send({ jsonrpc: "2.0", id: 2, method: "ping" });
  assert.equal((await bridge.nextMessage()).id, 2);
  assert.deepEqual(bridge.received.map(({ message }) => message.method), ["ping"]);
});

Deno.test("a request that is cancelled before it is sent once more never is", async () => {
  let isBusy = true;
  await using bridge = startBridge(
    legacyBackend(() =>
      isBusy ? new Response(null, { status: 503, headers: { "retry-after": "1" } }) : undefined
    ),
  );
  await bridge.send(call(1));
  await until(() => bridge.received.length > 0, "the first attempt");
  await bridge.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 1 },
  });
  assert.equal((await bridge.nextMessage()).error.data.reason, "cancelled");
  isBusy = false;
  await bridge.send({ jsonrpc: "2.0", id: 2, method: "ping" });
  assert.equal((await bridge.nextMessage()).id, 2);
  assert.deepEqual(await bridge.end(), []);
  assert.deepEqual(bridge.received.map(({ message }) => message.method), ["tools/call", "ping"]);
});

for (
  const [name, answer] of [
    ["a page", () => new Response("<p>welcome", { headers: { "content-type": "text/html" } })],
    ["nothing", () => new Response(null, { status: 202 })],
  ] as const
) {
  Deno.test(`an answer that is taken up and is ${name} is an error`, async () => {
    await using bridge = startBridge(legacyBackend(({ method, message }) => {
      if (message?.method === "tools/call") return eventResponse("retry: 10\nid: a1\ndata:\n\n");
      if (method === "GET") return answer();
    }));
    await bridge.send(call(1));
    assert.equal((await bridge.nextMessage()).error.data.reason, "stream_ended");
    assert.equal(gets(bridge.received).length, 1);
  });
}

Deno.test("a server that wants no pause at all is not asked without end", async () => {
  let asked = 0;
  await using bridge = startBridge(legacyBackend(({ method, message }) => {
    if (message?.method === "tools/call") return eventResponse("retry: 0\nid: a1\ndata:\n\n");
    if (method === "GET") {
      return ++asked < 5 ? eventResponse(": no\n\n") : eventResponse(event(result(1)));
    }
  }));
  const since = performance.now();
  await bridge.send(call(1));
  assert.equal((await bridge.nextMessage()).id, 1);
  assert(performance.now() - since > 200);
});

Deno.test("an empty event id names no event", async () => {
  await using bridge = startBridge(
    legacyBackend(({ message }) =>
      message?.method === "tools/call"
        ? eventResponse(event(note(1), "a1"), event(note(2), ""), event(note(2), ""))
        : undefined
    ),
  );
  await bridge.send(call(1));
  const got = [await bridge.nextMessage(), await bridge.nextMessage(), await bridge.nextMessage()];
  assert.deepEqual(got.map(({ params }) => params?.n), [1, 2, 2]);
  assert.equal((await bridge.nextMessage()).error.data.reason, "stream_ended");
  assert.deepEqual(gets(bridge.received), []);
});

Deno.test("the backend's own stream is opened again after the pause that the backend names", async () => {
  const opened: number[] = [];
  await using bridge = startBridge(legacyBackend(({ method }) => {
    if (method !== "GET") return undefined;
    opened.push(performance.now());
    return eventResponse("retry: 300\n", event(note(opened.length), `e${opened.length}`));
  }));
  await bridge.initialize();
  for (let n = 1; n <= 5; n++) assert.equal((await bridge.nextMessage()).params.n, n);
  const pauses = opened.slice(1).map((at, n) => at - opened[n]);
  for (const pause of pauses) assert(pause >= 299, `only ${pause} ms`);
  // Pauses of its own begin with half a second at least, and grow to eight within five attempts.
  assert(opened[4] - opened[0] < 3_000, `${pauses}`);
});

Deno.test("a backend that names a pause and sends nothing is asked less and less often", async () => {
  let opened = 0;
  await using bridge = startBridge(legacyBackend(({ method }) => {
    if (method !== "GET") return undefined;
    opened++;
    return eventResponse("retry: 1\n\n");
  }));
  await bridge.initialize();
  await until(() => opened === 2, "the second GET");
  const since = performance.now();
  await until(() => opened === 3, "the third GET");
  assert(performance.now() - since > 900, "the pause does not grow");
});

Deno.test("events that all have the same id arrive, also behind a reconnection", async () => {
  const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
  let opened = 0;
  await using bridge = startBridge(legacyBackend(({ method }) => {
    if (method !== "GET") return undefined;
    if (++opened > 2) return new Response(null, { status: 405 });
    return eventResponse("retry: 1\n", ...Array(3).fill(event(changed, "same")));
  }));
  await bridge.initialize();
  for (let n = 0; n < 6; n++) assert.deepEqual(await bridge.nextMessage(), changed);
});

Deno.test("only what is sent again behind a reconnection is dropped", async () => {
  let opened = 0;
  await using bridge = startBridge(legacyBackend(({ method }) => {
    if (method !== "GET") return undefined;
    switch (++opened) {
      case 1:
        return eventResponse("retry: 1\n", event(note(1), "a"), event(note(2), "b"));
      case 2:
        // Both again, something new, and what looks like the first once more.
        return eventResponse(
          event(note(1), "a"),
          event(note(2), "b"),
          event(note(3), "c"),
          event(note(1), "a"),
        );
      default:
        return new Response(null, { status: 405 });
    }
  }));
  await bridge.initialize();
  for (const n of [1, 2, 3, 1]) assert.equal((await bridge.nextMessage()).params.n, n);
});
