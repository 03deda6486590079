import assert from "node:assert/strict";
import { createReachability } from "../../../src/bridge/http/reachability.ts";
import type { ProxyError } from "../../../src/errors.ts";
import { legacyBackend, startBridge } from "../bridge_fixture.ts";
import { until } from "../../support/until.ts";

const url = new URL("https://backend.test/mcp");

/** A reachability whose clock is `time`; every real moment is a second of it. */
function watched(connect: () => Promise<void>) {
  const started = performance.now();
  let asleep = 0;
  const reachability = createReachability({
    url,
    connectTimeout: 100,
    connect,
    now: () => performance.now() - started + asleep,
  });
  return { reachability, sleep: (milliseconds: number) => void (asleep += milliseconds) };
}

function lost(watch: (onLost: (error: ProxyError) => void) => unknown): Promise<ProxyError> {
  return new Promise((resolve) => watch(resolve));
}

Deno.test("a connection that does not come about ends the wait in time", async () => {
  const { reachability } = watched(() => Promise.reject(new Error("no route")));
  const error = await lost(reachability.watch);
  assert.equal(error.reason, "connect_timeout");
  assert.match(
    error.message,
    /^Network error: no connection to https:\/\/backend.test within 0.1 s/,
  );
});

Deno.test("a backend that can be reached may be as slow as it likes", async () => {
  let probes = 0;
  const { reachability } = watched(() => {
    probes++;
    return Promise.resolve();
  });
  const wait = reachability.watch(() => assert.fail("it is there"));
  await until(() => probes > 0, "the attempt to connect");
  await new Promise((resolve) => setTimeout(resolve, 300));
  wait.end();
  assert.equal(probes, 1);
});

Deno.test("a machine that has slept gives connections up that show no sign of life", async () => {
  const { reachability, sleep } = watched(() => Promise.resolve());
  const answer = lost((onLost) => reachability.watch(onLost));
  const stream = lost((onLost) => reachability.watch(onLost, true));
  const alive = reachability.watch(() => assert.fail("it showed signs of life"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  sleep(400_000);
  // Long enough for the watch to notice on a machine that is busy.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  alive.alive();
  sleep(40_000);
  assert.equal((await answer).reason, "connection_lost");
  assert.equal((await stream).reason, "connection_lost");
  alive.end();
});

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
