import assert from "node:assert/strict";
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
