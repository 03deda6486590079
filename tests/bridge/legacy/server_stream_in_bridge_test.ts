import assert from "node:assert/strict";
import { FakeTime } from "../../credentials/fake_time.ts";
import { until } from "../../support/until.ts";
import {
  event,
  eventResponse,
  grantAll,
  jsonResponse,
  legacyBackend,
  type Received,
  startBridge,
} from "../bridge_fixture.ts";

/** What servers answer to a GET that they do not offer, or not now. */
const refusals: Record<string, () => Response> = {
  // Express 5 without a route for GET.
  "404": () =>
    new Response("<!DOCTYPE html><pre>Cannot GET /mcp</pre>", {
      status: 404,
      headers: { "content-type": "text/html; charset=utf-8" },
    }),
  // The session map of the TypeScript SDK's examples.
  "400 that speaks of the session": () =>
    new Response("Invalid or missing session ID", { status: 400 }),
  "403": () => new Response(null, { status: 403 }),
  "406": () => new Response(null, { status: 406 }),
  "501": () => new Response(null, { status: 501 }),
  "503": () => new Response(null, { status: 503 }),
  "200 with a page": () =>
    new Response("<title>hello</title>", { headers: { "content-type": "text/html" } }),
  "200 with JSON": () => jsonResponse({}),
};

/** Carries requests, and calls `onDrop` when the bridge lets go of an answer to a GET. */
function watchedFetch(onDrop: () => void): typeof fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (init?.method !== "GET" || response.headers.get("content-type") === "text/event-stream") {
      return response;
    }
    await response.body?.cancel();
    const { status, headers } = response;
    return new Response(new ReadableStream({ cancel: onDrop }), { status, headers });
  };
}

const methods = (received: readonly Received[]) =>
  received.map(({ method, message }) => message?.method ?? method);

for (const [name, refusal] of Object.entries(refusals)) {
  Deno.test(`a GET refused with ${name} is tried again ever less often, and begins no session`, async () => {
    using time = new FakeTime();
    const sent: number[] = [];
    let dropped = 0;
    const offered = 12;
    await using bridge = startBridge(
      legacyBackend(({ method }) => {
        if (method !== "GET") return undefined;
        const note = { jsonrpc: "2.0", method: "notifications/message" };
        return sent.length === offered ? eventResponse(event(note)) : refusal();
      }, { sessionId: "session-1" }),
      {
        connections: {
          fetch: watchedFetch(() => dropped++),
          fetchAlone: fetch,
          replace() {},
        },
        authorizer: {
          ...grantAll,
          authorize({ method }) {
            if (method === "GET") sent.push(time.now);
            return {};
          },
        },
      },
    );
    await bridge.initialize();
    await until(() => sent.length > 0, "the first GET");
    while (sent.length < offered) {
      const before = sent.length;
      await until(() => dropped === before, `the answer to GET ${before}`);
      while (sent.length === before) await time.pass(1_000);
    }
    assert.equal((await bridge.nextMessage()).method, "notifications/message");

    const pauses = sent.slice(1).map((at, index) => at - sent[index]);
    assert(Math.max(...pauses) <= 61_000, `${pauses}`);
    assert(Math.min(...pauses.slice(-4)) >= 30_000, `${pauses}`);
    assert.deepEqual(
      [...new Set(methods(bridge.received))],
      ["initialize", "notifications/initialized", "GET"],
    );
    assert.equal(methods(bridge.received).filter((method) => method === "initialize").length, 1);
    assert.deepEqual(bridge.logged.filter((line) => !line.includes("[debug]")), []);
  });
}

Deno.test("a GET that is answered with 405 is not sent again in the session", async () => {
  using time = new FakeTime();
  await using bridge = startBridge(legacyBackend(undefined, { sessionId: "session-1" }));
  await bridge.initialize();
  await until(() => bridge.logged.some((line) => line.includes("HTTP 405")), "the answer");
  await time.pass(24 * 3_600_000);
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  assert.equal((await bridge.nextMessage()).id, 1);
  assert.equal(methods(bridge.received).filter((method) => method === "GET").length, 1);
});

Deno.test("an event that the backend refuses to go on from is forgotten", async () => {
  const asked: (string | null)[] = [];
  await using bridge = startBridge(legacyBackend(({ method, headers }) => {
    if (method !== "GET") return undefined;
    asked.push(headers.get("last-event-id"));
    switch (asked.length) {
      case 1:
        return eventResponse("retry: 1\n", event({ jsonrpc: "2.0", method: "a" }, "e1"));
      case 2:
        return new Response("no such event", { status: 400 });
      default:
        return new Response(null, { status: 405 });
    }
  }));
  await bridge.initialize();
  await until(() => asked.length === 3, "the third GET");
  assert.deepEqual(asked, [null, "e1", null]);
});

/** Grants everything, and notes in which order requests leave. */
function noteOrder(leaving: string[]) {
  return {
    ...grantAll,
    authorize({ method }: { method: string }) {
      leaving.push(method);
      return {};
    },
  };
}

for (
  const { waiting, order } of [
    { waiting: ["tools/list", "prompts/list"], order: "POST POST POST POST GET" },
    { waiting: ["resources/templates/list"], order: "POST POST POST GET" },
    // What a backend asks or announces because of these comes on its stream.
    { waiting: ["tools/call"], order: "POST POST GET POST" },
    { waiting: ["resources/subscribe"], order: "POST POST GET POST" },
    { waiting: ["tools/list", "tools/call"], order: "POST POST GET POST POST" },
  ]
) {
  Deno.test(`where ${waiting.join(" and ")} wait for the session, what leaves is ${order}`, async () => {
    const taken = Promise.withResolvers<void>();
    const leaving: string[] = [];
    await using bridge = startBridge(
      legacyBackend(async ({ message }) => {
        if (message?.method !== "notifications/initialized") return undefined;
        await taken.promise;
        return new Response(null, { status: 202 });
      }),
      { authorizer: noteOrder(leaving) },
    );
    await bridge.initialize();
    for (const [id, method] of waiting.entries()) await bridge.send({ jsonrpc: "2.0", id, method });
    await until(() => bridge.received.length === 2, "the initialized notification");
    taken.resolve();
    await until(() => leaving.length === 3 + waiting.length, "all requests");
    assert.equal(leaving.join(" "), order);
  });
}

Deno.test("calls that have waited are not taken for ones that wait when the next session begins", async () => {
  const leaving: string[] = [];
  await using bridge = startBridge(legacyBackend(), { authorizer: noteOrder(leaving) });
  await bridge.initialize();
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/call" });
  await bridge.next();
  await until(() => leaving.length === 4, "the call and the GET");
  assert.equal(leaving.join(" "), "POST POST GET POST", "the call has waited");
  leaving.length = 0;
  await bridge.initialize();
  await bridge.send({ jsonrpc: "2.0", id: 2, method: "tools/list" });
  await until(() => leaving.filter((method) => method !== "DELETE").length === 4, "all requests");
  assert.equal(leaving.filter((method) => method !== "DELETE").join(" "), "POST POST POST GET");
});

Deno.test("a client that asks for nothing has the stream of the backend all the same", async () => {
  const leaving: string[] = [];
  await using bridge = startBridge(legacyBackend(), { authorizer: noteOrder(leaving) });
  await bridge.initialize();
  await until(() => leaving.includes("GET"), "the GET");
  assert.deepEqual(leaving, ["POST", "POST", "GET"]);
});

Deno.test("what a lost session is begun again for leaves behind the stream of the new one", async () => {
  const leaving: string[] = [];
  let sessions = 0;
  await using bridge = startBridge((received) => {
    const { message, headers, method } = received;
    const isLost = /tools|ping/.test(message?.method) &&
      headers.get("mcp-session-id") === "session-1";
    if (isLost) return new Response(null, { status: 404 });
    if (message?.method === "initialize") sessions++;
    return method === "GET" && sessions === 1
      ? new Response(null, { status: 405 })
      : legacyBackend(undefined, { sessionId: `session-${sessions}` })(received);
  }, { authorizer: noteOrder(leaving) });
  await bridge.initialize();
  await until(() => leaving.includes("GET"), "the first GET");
  leaving.length = 0;
  await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/call" });
  await until(() => leaving.includes("GET"), "the second GET");
  // The call, a ping about it and the handshake of two messages; then the call once more.
  const posts = leaving.slice(0, leaving.indexOf("GET")).filter((method) => method === "POST");
  assert.equal(posts.length, 4, leaving.join());
  await until(() => bridge.received.at(-1)?.message?.method === "tools/call", "the call once more");
  const sent = bridge.received.map(({ message, method }) => message?.method ?? method);
  assert.equal(sent.filter((method) => method === "tools/call").length, 2, sent.join());
});

Deno.test("a pause that the backend names is kept within reason", async () => {
  for (const [named, shortest, longest] of [[0, 45, 1_000], [86_400_000, 299_000, 300_100]]) {
    using time = new FakeTime();
    const sent: number[] = [];
    let ended = 0;
    await using bridge = startBridge(
      legacyBackend(({ method }) =>
        method === "GET"
          ? eventResponse(`retry: ${named}\n`, event({ jsonrpc: "2.0", method: "a" }, "e1"))
          : undefined
      ),
      {
        authorizer: {
          ...grantAll,
          authorize({ method }) {
            if (method === "GET") sent.push(time.now);
            return {};
          },
        },
      },
    );
    await bridge.initialize();
    await until(() => {
      ended = bridge.logged.filter((line) => line.includes("the backend's stream")).length;
      return ended === 1;
    }, "the end of the first stream");
    const since = time.now;
    while (sent.length === 1) {
      await time.pass(10);
      assert.ok(time.now - since < 400_000, "it is never opened again");
    }
    const waited = sent[1]! - since;
    assert.ok(waited >= shortest! && waited <= longest!, `${waited} ms for ${named} ms`);
  }
});
