import assert from "node:assert/strict";
import {
  type Backend,
  event,
  eventResponse,
  jsonResponse,
  legacyBackend,
  openEventResponse,
  type Received,
  startBridge,
} from "./bridge_fixture.ts";

const result = (id: unknown) => ({ jsonrpc: "2.0", id, result: { ok: true } });

/** Every way to answer a `tools/call` badly, and the one answer that the client gets. */
const faults: Record<string, {
  answer: (received: Received) => Response;
  /** `data.reason` of our error; absent when the client gets what the backend meant. */
  reason?: string;
  /** What the one answer must look like otherwise. */
  expect?: (answer: Record<string, unknown>) => void;
}> = {
  "202": { answer: () => new Response(null, { status: 202 }), reason: "no_answer" },
  "204": { answer: () => new Response(null, { status: 204 }), reason: "no_answer" },
  "an empty JSON body": { answer: () => jsonResponse(""), reason: "no_answer" },
  "invalid JSON": { answer: () => jsonResponse(`{"jsonrpc":`), reason: "no_answer" },
  "JSON that is no message": { answer: () => jsonResponse({ ok: true }), reason: "no_answer" },
  "HTML": {
    answer: () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    reason: "no_answer",
  },
  "no content type": {
    answer: () => new Response(new Uint8Array(0)),
    reason: "no_answer",
  },
  "an answer to another id": { answer: () => jsonResponse(result(999)), reason: "no_answer" },
  "an error without an id": {
    answer: () => jsonResponse({ jsonrpc: "2.0", id: null, error: { code: -5, message: "m" } }),
    expect: ({ error }) => assert.deepEqual(error, { code: -5, message: "m" }),
  },
  "an HTTP error with a JSON-RPC error": {
    answer: ({ message }) =>
      jsonResponse({
        jsonrpc: "2.0",
        id: message.id,
        error: { code: -32042, message: "elicit", data: { url: "https://x" } },
      }, { status: 400 }),
    expect: ({ error }) =>
      assert.deepEqual(error, { code: -32042, message: "elicit", data: { url: "https://x" } }),
  },
  "an HTTP error with a JSON-RPC error without an id": {
    answer: () =>
      jsonResponse({ jsonrpc: "2.0", id: null, error: { code: -32000, message: "m" } }, {
        status: 400,
      }),
    expect: ({ error }) => assert.deepEqual(error, { code: -32000, message: "m" }),
  },
  "an answer twice, in events": {
    answer: ({ message }) => eventResponse(event(result(message.id)), event(result(message.id))),
    expect: ({ result }) => assert.deepEqual(result, { ok: true }),
  },
  "an answer twice, in a batch": {
    answer: ({ message }) => jsonResponse([result(message.id), result(message.id)]),
    expect: ({ result }) => assert.deepEqual(result, { ok: true }),
  },
  "a stream that ends at once": { answer: () => eventResponse(), reason: "stream_ended" },
  "a stream that ends without the answer": {
    answer: () => eventResponse(event(result(999))),
    reason: "stream_ended",
  },
  "a stream that ends in the middle of the answer": {
    answer: ({ message }) => eventResponse(event(result(message.id)).slice(0, -5)),
    reason: "stream_ended",
  },
  "a stream whose last event lacks its blank line": {
    answer: ({ message }) => eventResponse(event(result(message.id)).trimEnd()),
    expect: ({ result }) => assert.deepEqual(result, { ok: true }),
  },
  "a stream with invalid JSON": {
    answer: () => eventResponse("data: {]\n\n"),
    reason: "no_answer",
  },
  "a stream that is cut": {
    answer: () => {
      const stream = openEventResponse();
      stream.write(": hello\n\n").then(stream.cut);
      return stream.response;
    },
    reason: "connection_lost",
  },
  "a body that is cut": {
    answer: () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(`{"jsonrpc":`));
            queueMicrotask(() => controller.error(new Error("cut")));
          },
        }),
        { headers: { "content-type": "application/json" } },
      ),
    reason: "connection_lost",
  },
  "a message that is too long, announced": {
    answer: ({ message }) => jsonResponse({ ...result(message.id), pad: "x".repeat(2000) }),
    reason: "message_too_long",
  },
  "a message that is too long, chunked": {
    answer: ({ message }) => {
      const text = JSON.stringify({ ...result(message.id), pad: "x".repeat(2000) });
      return new Response(ReadableStream.from([new TextEncoder().encode(text)]), {
        headers: { "content-type": "application/json" },
      });
    },
    reason: "message_too_long",
  },
  "a message that is too long, as an event": {
    answer: ({ message }) => eventResponse(event({ ...result(message.id), pad: "x".repeat(2000) })),
    reason: "message_too_long",
  },
  "a redirect to another origin": {
    answer: () => new Response(null, { status: 307, headers: { location: "http://other.test/" } }),
    reason: "redirected",
    expect: ({ error }) =>
      assert.match((error as { message: string }).message, /http:\/\/other\.test\//),
  },
  "a redirect that would lose the message": {
    answer: () => new Response(null, { status: 302, headers: { location: "/mcp" } }),
    reason: "redirected",
  },
  "a redirect without a target": {
    answer: () => new Response(null, { status: 307 }),
    reason: "redirected",
  },
  "redirects without end": {
    answer: () => new Response(null, { status: 307, headers: { location: "/mcp" } }),
    reason: "redirected",
  },
  ...Object.fromEntries(
    ([
      [400, "http_400"],
      [403, "http_403"],
      [404, "http_404"],
      [405, "http_405"],
      [406, "http_406"],
      [413, "http_413"],
      [418, "http_418"],
      [500, "http_500"],
      [502, "backend_down"],
      [503, "backend_down"],
      [504, "backend_down"],
    ] as const).map((
      [status, reason],
    ) => [`HTTP ${status}`, {
      answer: () => new Response("<p>not here</p>", { status }),
      reason,
      expect: ({ error }: Record<string, unknown>) =>
        assert.equal((error as { data: { httpStatus: number } }).data.httpStatus, status),
    }]),
  ),
};

for (const [name, { answer, reason, expect }] of Object.entries(faults)) {
  Deno.test(`exactly one answer: ${name}`, async () => {
    const backend: Backend = legacyBackend((received) =>
      received.message?.method === "tools/call" ? answer(received) : undefined
    );
    await using bridge = startBridge(backend, { maxMessageBytes: 1000, retryWindow: 0 });
    await bridge.send({ jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "x" } });
    const got = await bridge.nextMessage();
    assert.equal(got.id, 7);
    if (reason) {
      assert.equal(got.error.data.reason, reason);
      assert(got.error.data.hint.length > 0);
      assert(got.error.code <= -32000 && got.error.code >= -32019);
    }
    expect?.(got);
    // Whatever it was, the next message is carried.
    await bridge.send({ jsonrpc: "2.0", id: 8, method: "ping" });
    assert.equal((await bridge.nextMessage()).id, 8);
    assert.deepEqual(await bridge.end(), []);
  });
}

Deno.test("exactly one answer: a backend that is not there", async () => {
  const gone = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const backendUrl = new URL(`http://127.0.0.1:${gone.addr.port}/mcp`);
  gone.close();
  await using bridge = startBridge(legacyBackend(), { backendUrl, retryWindow: 100 });
  await bridge.send({ jsonrpc: "2.0", id: 7, method: "tools/call" });
  const { id, error } = await bridge.nextMessage();
  assert.equal(id, 7);
  assert.equal(error.data.reason, "backend_unreachable");
});

Deno.test("exactly one answer: the same id twice at once", async () => {
  await using bridge = startBridge(legacyBackend());
  await bridge.sendBytes(
    new TextEncoder().encode(`{"jsonrpc":"2.0","id":7,"method":"ping"}\n`.repeat(2)),
  );
  assert.equal((await bridge.nextMessage()).id, 7);
  assert.equal((await bridge.nextMessage()).id, 7);
  assert.deepEqual(await bridge.end(), []);
});
