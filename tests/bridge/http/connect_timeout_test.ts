import assert from "node:assert/strict";
import type { ProxyError } from "../../../src/base/errors.ts";
import { createReachability } from "../../../src/bridge/http/reachability.ts";
import { within } from "../../support/within.ts";
import { legacyBackend, startBridge } from "../bridge_fixture.ts";

// Other systems refuse connections that do not fit into the queue.
Deno.test({
  name: "a backend that takes no connection is an error after --connect-timeout",
  ignore: Deno.build.os !== "linux",
}, async () => {
  // A listener whose queue is full: further connections are neither accepted nor refused.
  using listener = Deno.listen(
    { port: 0, hostname: "127.0.0.1", tcpBacklog: 1 } as
      & Deno.TcpListenOptions
      & { hostname: string },
  );
  const { port } = listener.addr as Deno.NetAddr;
  const connections: Deno.TcpConn[] = [];
  const filling: Promise<unknown>[] = [];
  for (let i = 0; i < 200; i++) {
    const connecting = Deno.connect({ hostname: "127.0.0.1", port });
    filling.push(connecting.then((connection) => connections.push(connection), () => {}));
  }
  await Promise.race([Promise.all(filling), new Promise((resolve) => setTimeout(resolve, 300))]);
  assert(connections.length < 200, "the queue is not full");
  try {
    await using bridge = startBridge(legacyBackend(), {
      backendUrl: new URL(`http://127.0.0.1:${port}/mcp`),
      connectTimeout: 300,
      retryWindow: 0,
    });
    await bridge.send({ jsonrpc: "2.0", id: 1, method: "tools/call" });
    assert.equal((await bridge.nextMessage()).error.data.reason, "connect_timeout");
  } finally {
    for (const connection of connections) connection.close();
  }
});

/** Watches one wait for a backend at this address, by real connections. */
function watch(host: string, port: number) {
  const lost = Promise.withResolvers<ProxyError>();
  const { watch } = createReachability({
    url: new URL(`http://${host}:${port}/mcp`),
    connectTimeout: 200,
    longSilence: 30_000,
  });
  const wait = watch(lost.resolve);
  return { lost: lost.promise, [Symbol.dispose]: () => wait.end() };
}

for (const [hostname, host] of [["127.0.0.1", "127.0.0.1"], ["::1", "[::1]"]] as const) {
  Deno.test(`a backend at ${host} is asked by a connection that says nothing`, async () => {
    using listener = Deno.listen({ port: 0, hostname });
    using _waiting = watch(host, listener.addr.port);
    const asked = within(listener.accept(), { what: "the connection" });
    using connection = await asked;
    assert.equal(await connection.read(new Uint8Array(1)), null, "it is closed at once");
  });
}

Deno.test("a backend at an address where nobody listens is not there", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  using waiting = watch("127.0.0.1", port);
  const { what } = await within(waiting.lost, { what: "the end of the wait" });
  assert.equal(what, `no connection to http://127.0.0.1:${port} within 0.2 s`);
});
