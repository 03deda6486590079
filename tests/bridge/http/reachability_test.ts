import assert from "node:assert/strict";
import { createReachability } from "../../../src/bridge/http/reachability.ts";
import type { ProxyError } from "../../../src/base/errors.ts";
import { FakeTime } from "../../credentials/fake_time.ts";

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

// In front: what other tests leave behind is waited for, too.
Deno.test("what is over leaves nothing to wait for", () => {
  using it = switched();
  const [one, other] = [it.wait(), it.wait(true)];
  one.end();
  other.end();
  assert.equal(it.time.isAwaited, false);
});

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

const reasons = (errors: readonly ProxyError[]) => errors.map(({ reason }) => reason);

/** A reachability of which the test says whether the backend can be connected to. */
function switched(
  { connectTimeout = 10_000, longSilence = 30_000, areConnectionsDead }: {
    connectTimeout?: number;
    longSilence?: number;
    areConnectionsDead?: () => Promise<boolean>;
  } = {},
) {
  const time = new FakeTime();
  const probes: number[] = [];
  const state = { isThere: true, asleep: 0 };
  const reachability = createReachability({
    url,
    connectTimeout,
    longSilence,
    areConnectionsDead,
    connect() {
      probes.push(time.now);
      return state.isThere ? Promise.resolve() : Promise.reject(new Error("no route"));
    },
    now: () => time.now + state.asleep,
  });
  const lost: ProxyError[] = [];
  return {
    ...reachability,
    time,
    probes,
    state,
    lost,
    wait: (mayBeSilent?: boolean) => reachability.watch((error) => lost.push(error), mayBeSilent),
    [Symbol.dispose]: () => time[Symbol.dispose](),
  };
}

Deno.test("a first wait is probed at half of the time to connect, and given up at the end of it", async () => {
  using it = switched({ connectTimeout: 2_000 });
  it.state.isThere = false;
  it.wait();
  await it.time.pass(999);
  assert.deepEqual(it.probes, []);
  await it.time.pass(1);
  assert.deepEqual(it.probes, [], "it is looked at each fifth of that time");
  await it.time.pass(200);
  assert.deepEqual(it.probes, [1_200]);
  await it.time.pass(799);
  assert.deepEqual(reasons(it.lost), []);
  await it.time.pass(1);
  assert.deepEqual(reasons(it.lost), ["connect_timeout"]);
  assert.equal(
    it.lost[0]!.message,
    "Network error: no connection to https://backend.test within 2 s. Fix: check " +
      "MCP_BACKEND_URL and the network, or raise --connect-timeout.",
  );
  assert.equal(it.lost[0]!.transient, true);
});

Deno.test("a wait that is over is not told of anything", async () => {
  using it = switched();
  it.state.isThere = false;
  it.wait().end();
  const second = it.wait();
  await it.time.pass(9_000);
  second.end();
  await it.time.pass(600_000);
  assert.deepEqual(reasons(it.lost), []);
});

Deno.test("behind a sign of life only long silence is doubted, and an outage has a minute", async () => {
  using it = switched();
  const wait = it.wait();
  wait.alive();
  it.state.isThere = false;
  await it.time.pass(29_999);
  assert.deepEqual(it.probes, []);
  await it.time.pass(1);
  assert.deepEqual(it.probes, [30_000]);
  await it.time.pass(59_999);
  assert.deepEqual(reasons(it.lost), []);
  await it.time.pass(1);
  assert.deepEqual(reasons(it.lost), ["connection_lost"]);
  assert.equal(
    it.lost[0]!.message,
    "Network error: https://backend.test cannot be reached any more; the request may have been " +
      "carried out. Fix: check the network, and what was done before you try again.",
  );
  assert.equal(it.lost[0]!.transient, true);
});

Deno.test("an outage that ends in time is forgotten, and the next one has its minute", async () => {
  using it = switched();
  it.wait().alive();
  it.state.isThere = false;
  await it.time.pass(80_000);
  it.state.isThere = true;
  await it.time.pass(2_000);
  it.state.isThere = false;
  await it.time.pass(80_000);
  assert.deepEqual(reasons(it.lost), []);
  await it.time.pass(30_000);
  assert.deepEqual(reasons(it.lost), ["connection_lost"]);
});

Deno.test("a sign of life ends an outage", async () => {
  using it = switched();
  const wait = it.wait();
  wait.alive();
  it.state.isThere = false;
  await it.time.pass(85_000);
  wait.alive();
  await it.time.pass(80_000);
  assert.deepEqual(reasons(it.lost), []);
});

Deno.test("a connection that may be there still is not set up anew within two minutes", async () => {
  for (const [idle, isFirst] of [[120_000, false], [120_001, true]] as const) {
    using it = switched();
    const before = it.wait();
    before.alive();
    before.end();
    await it.time.pass(idle);
    it.state.isThere = false;
    it.wait();
    await it.time.pass(20_000);
    assert.deepEqual(reasons(it.lost), isFirst ? ["connect_timeout"] : [], `${idle}`);
  }
});

Deno.test("what may be silent is given up only when the machine has slept", async () => {
  using it = switched();
  it.state.isThere = false;
  it.wait(true);
  await it.time.pass(3_600_000);
  assert.deepEqual([reasons(it.lost), it.probes], [[], []]);
  it.state.asleep += 300_001;
  await it.time.pass(60_000);
  assert.deepEqual(reasons(it.lost), ["connection_lost"]);
});

Deno.test("a sleep of less than five minutes loses no connection", async () => {
  using it = switched();
  it.wait(true);
  await it.time.pass(10_000);
  it.state.asleep += 290_000;
  await it.time.pass(120_000);
  assert.deepEqual(reasons(it.lost), []);
});

Deno.test("time in which nothing is waited for is no sleep", async () => {
  using it = switched();
  it.wait().end();
  await it.time.pass(600_000);
  it.wait(true);
  await it.time.pass(60_000);
  assert.deepEqual(reasons(it.lost), []);
});

Deno.test("a wait that must be answered is looked at soon, also beside one that may be silent", async () => {
  using it = switched();
  it.state.isThere = false;
  it.wait(true);
  await it.time.pass(100);
  it.wait();
  await it.time.pass(6_000);
  assert.equal(it.probes.length, 2, "in time, and not behind twenty seconds");
  await it.time.pass(6_000);
  assert.deepEqual(reasons(it.lost), ["connect_timeout"]);
});

Deno.test("connections are asked about behind long silence, once at a time", async () => {
  const asked: PromiseWithResolvers<boolean>[] = [];
  using it = switched({
    areConnectionsDead() {
      asked.push(Promise.withResolvers<boolean>());
      return asked.at(-1)!.promise;
    },
  });
  const wait = it.wait();
  wait.alive();
  await it.time.pass(29_999);
  assert.equal(asked.length, 0);
  await it.time.pass(1);
  assert.equal(asked.length, 1);
  await it.time.pass(120_000);
  assert.equal(asked.length, 1, "it is being asked");
  asked[0]!.resolve(false);
  await it.time.pass(2_000);
  assert.equal(asked.length, 2);
  asked[1]!.resolve(false);
  await it.time.pass(27_000);
  assert.equal(asked.length, 2);
  await it.time.pass(2_000);
  assert.equal(asked.length, 3);
  assert.deepEqual(reasons(it.lost), []);
});

Deno.test("what was silent before the question and still is waits on what is dead", async () => {
  const asked = Promise.withResolvers<boolean>();
  using it = switched({ areConnectionsDead: () => asked.promise });
  it.wait().alive();
  const spoken = it.wait();
  spoken.alive();
  await it.time.pass(30_000);
  await it.time.pass(1);
  spoken.alive();
  it.wait();
  asked.resolve(true);
  await it.time.pass(0);
  assert.deepEqual(reasons(it.lost), ["connection_lost"]);
  assert.equal(
    it.lost[0]!.message,
    "Network error: the connection to https://backend.test had died silently, while the backend " +
      "answers on a new one; the request may have been carried out. Fix: check what was done " +
      "before you try again.",
  );
  assert.equal(it.lost[0]!.transient, true);
});

Deno.test("a first wait, and what may be silent, raise no question about connections", async () => {
  let asked = 0;
  using it = switched({ areConnectionsDead: () => Promise.resolve(++asked > 0) });
  it.state.isThere = false;
  it.wait(true);
  it.wait();
  await it.time.pass(9_999);
  assert.equal(asked, 0);
});
