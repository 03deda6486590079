import assert from "node:assert/strict";
import {
  type Backend,
  initializeRequest,
  jsonResponse,
  legacyBackend,
  startBridge,
} from "./bridge_fixture.ts";

const request = (id: unknown, method: string) => ({ jsonrpc: "2.0", id, method });

/** A backend that fails so many times before it answers. */
function failing(
  times: number,
  failure: () => Response,
): { backend: Backend; tries: () => number } {
  let tries = 0;
  return {
    backend: legacyBackend(() => tries++ < times ? failure() : undefined),
    tries: () => tries,
  };
}

for (const status of [502, 503, 504]) {
  Deno.test(`HTTP ${status} to a request that only reads is tried again`, async () => {
    const { backend, tries } = failing(2, () => new Response(null, { status }));
    await using bridge = startBridge(backend);
    await bridge.send(request(1, "tools/list"));
    assert.deepEqual((await bridge.nextMessage()).result, {});
    assert.equal(tries(), 3);
  });

  Deno.test(`HTTP ${status} to a request that may have been carried out is the answer`, async () => {
    const { backend, tries } = failing(1, () => new Response(null, { status }));
    await using bridge = startBridge(backend);
    await bridge.send(request(1, "tools/call"));
    const { data } = (await bridge.nextMessage()).error;
    assert.deepEqual([data.reason, data.httpStatus], ["backend_down", status]);
    assert.equal(tries(), 1);
  });
}

for (
  const [name, status, after] of [
    ["503 with Retry-After", 503, "0"],
    ["429", 429, undefined],
    ["503 with a date", 503, new Date().toUTCString()],
  ] as const
) {
  Deno.test(`HTTP ${name} turns every request away unexecuted, so it is tried again`, async () => {
    const headers: Record<string, string> = after === undefined ? {} : { "retry-after": after };
    const { backend, tries } = failing(1, () => new Response(null, { status, headers }));
    await using bridge = startBridge(backend);
    await bridge.send(request(1, "tools/call"));
    assert.deepEqual((await bridge.nextMessage()).result, {});
    assert.equal(tries(), 2);
  });
}

Deno.test("a Retry-After beyond the retry window is an error at once", async () => {
  const headers = { "retry-after": "60" };
  const { backend, tries } = failing(9, () => new Response(null, { status: 503, headers }));
  await using bridge = startBridge(backend);
  await bridge.send(request(1, "tools/call"));
  assert.equal((await bridge.nextMessage()).error.data.reason, "backend_busy");
  assert.equal(tries(), 1);
});

Deno.test("the retry window ends", async () => {
  const { backend } = failing(99, () => new Response(null, { status: 503 }));
  await using bridge = startBridge(backend, { retryWindow: 500 });
  const since = performance.now();
  await bridge.send(request(1, "tools/list"));
  assert.equal((await bridge.nextMessage()).error.data.reason, "backend_down");
  assert(performance.now() - since < 5000);
});

Deno.test("a backend that is started late gets the request, once", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  await using bridge = startBridge(legacyBackend(), {
    backendUrl: new URL(`http://127.0.0.1:${port}/mcp`),
  });
  await bridge.send(request(1, "tools/call"));
  let calls = 0;
  await new Promise((resolve) => setTimeout(resolve, 300));
  await using _late = Deno.serve(
    { port, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { id } = await request.json();
      calls++;
      return jsonResponse({ jsonrpc: "2.0", id, result: {} });
    },
  );
  assert.deepEqual((await bridge.nextMessage()).result, {});
  assert.equal(calls, 1);
});

Deno.test("a connection that breaks behind the request: reading is repeated, calling is not", async () => {
  let connections = 0;
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const serving = (async () => {
    for await (const connection of listener) {
      connections++;
      const request = new Uint8Array(65536);
      await connection.read(request);
      connection.close();
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  {
    await using bridge = startBridge(legacyBackend(), {
      backendUrl: new URL(`http://127.0.0.1:${port}/mcp`),
      retryWindow: 600,
    });
    await bridge.send(request(1, "tools/call"));
    assert.equal((await bridge.nextMessage()).error.data.reason, "connection_lost");
    assert.equal(connections, 1);
    await bridge.send(request(2, "tools/list"));
    assert.equal((await bridge.nextMessage()).error.data.reason, "connection_lost");
    assert(connections > 2);
  }
  listener.close();
  await serving;
});

Deno.test("a response of the client is not lost while the backend is busy", async () => {
  const { backend, tries } = failing(
    1,
    () => new Response(null, { status: 503, headers: { "retry-after": "0" } }),
  );
  await using bridge = startBridge(backend);
  await bridge.send({ jsonrpc: "2.0", id: 1, result: {} });
  await bridge.end();
  assert.equal(tries(), 2);
});

for (const transport of ["auto", "http"] as const) {
  Deno.test(`--transport ${transport}: what waits for a backend that is not there waits once`, async () => {
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr;
    listener.close();
    await using bridge = startBridge(() => new Response(), {
      backendUrl: new URL(`http://127.0.0.1:${port}/mcp`),
      retryWindow: 3_000,
      transport,
    });
    await bridge.send(initializeRequest);
    for (const id of [1, 2, 3, 4]) await bridge.send(request(id, "tools/list"));
    const answered: number[] = [];
    for (let count = 0; count < 5; count++) {
      assert.equal((await bridge.nextMessage()).error.data.reason, "backend_unreachable");
      answered.push(performance.now());
    }
    // One after the other, each took as long as the first one.
    assert(answered[4] - answered[0] < 1_000, `${answered[4] - answered[0]} ms`);
  });
}
