import assert from "node:assert/strict";
import { createReachability } from "../../../src/bridge/http/reachability.ts";
import type { ProxyError } from "../../../src/base/errors.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { legacyBackend, startBridge } from "../bridge_fixture.ts";

const url = new URL("https://backend.test/mcp");

/** A reachability on a clock that the test moves; while the machine sleeps, no timer runs. */
function watched(connect: (url: URL, milliseconds: number) => Promise<void>) {
  const time = new FakeTime();
  let asleep = 0;
  const reachability = createReachability({
    url,
    connectTimeout: 10_000,
    longSilence: 30_000,
    connect,
    now: () => time.now + asleep,
  });
  return {
    reachability,
    time,
    sleep: (milliseconds: number) => void (asleep += milliseconds),
    [Symbol.dispose]: () => time[Symbol.dispose](),
  };
}

Deno.test("a connection that does not come about ends the wait in time", async () => {
  using watch = watched(() => Promise.reject(new Error("no route")));
  const { reachability, time } = watch;
  const errors: ProxyError[] = [];
  reachability.watch((error) => errors.push(error));
  await time.pass(9_999);
  assert.equal(errors.length, 0);
  await time.pass(2_001);
  assert.deepEqual(errors.map(({ reason }) => reason), ["connect_timeout"]);
  assert.match(
    errors[0].message,
    /^Network error: no connection to https:\/\/backend.test within 10 s/,
  );
});

Deno.test("a backend that can be reached may be as slow as it likes", async () => {
  let probes = 0;
  using watch = watched((_url, milliseconds) => {
    probes++;
    assert.equal(milliseconds, 5_000, "half of what connecting may take");
    return Promise.resolve();
  });
  const wait = watch.reachability.watch(() => assert.fail("it is there"));
  await watch.time.pass(29_000);
  assert.equal(probes, 1, "it has been asked once whether it is there");
  // From then on it is asked again only after long silence.
  await watch.time.pass(3_600_000);
  assert.ok(probes >= 118 && probes <= 121, `${probes} probes in an hour`);
  wait.end();
  await watch.time.pass(3_600_000);
  assert.ok(probes <= 121, "what is over is not looked at");
});

Deno.test("a machine that has slept gives connections up that show no sign of life", async () => {
  using watch = watched(() => Promise.resolve());
  const { reachability, time, sleep } = watch;
  const lost: string[] = [];
  const watchFor = (name: string, mayBeSilent?: boolean) =>
    reachability.watch(({ reason }) => lost.push(`${name}: ${reason}`), mayBeSilent);
  watchFor("answer");
  watchFor("stream", true);
  const alive = watchFor("what shows signs of life");
  await time.pass(1_000);
  sleep(400_000);
  await time.pass(29_000);
  assert.deepEqual(lost, [], "they have 30 s to show that they are still there");
  alive.alive();
  await time.pass(4_000);
  assert.deepEqual(lost, ["answer: connection_lost", "stream: connection_lost"]);
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
