import assert from "node:assert/strict";
import { FakeTime } from "../credentials/fake_time.ts";
import { until } from "../support/until.ts";
import {
  type BridgeFixtureOptions,
  createPipe,
  legacyBackend,
  type Received,
  startBridge,
} from "./bridge_fixture.ts";

const never = () => new Promise<Response>(() => {});
const call = { jsonrpc: "2.0", id: 1, method: "tools/call" };

/** A bridge at a backend of which some messages are never answered, on a clock that the test moves. */
function open(isUnanswered: (received: Received) => boolean, options: BridgeFixtureOptions = {}) {
  const time = new FakeTime();
  const input = createPipe();
  const bridge = startBridge(
    legacyBackend((received) => isUnanswered(received) ? never() : undefined, {
      sessionId: "s1",
    }),
    { input, transport: "http", protocol: "pass-through", ...options },
  );
  let isOver = false;
  const write = (line: unknown) =>
    input.write(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
  return {
    time,
    bridge,
    write,
    input,
    isOver: () => isOver,
    watch: () => bridge.done.then(() => isOver = true),
    /** Waits in real time, until the backend has got so many messages. */
    got: (count: number) => until(() => bridge.received.length >= count, `message ${count}`),
    async [Symbol.asyncDispose]() {
      time[Symbol.dispose]();
      await bridge[Symbol.asyncDispose]();
    },
  };
}

/** Lets happen what needs no time. */
async function settle({ time }: { time: FakeTime }) {
  for (let turn = 0; turn < 50; turn++) await time.pass(0);
}

Deno.test("answers are waited for ten seconds when the client has said all it has to say", async () => {
  await using it = open(({ message }) => message?.method === "tools/call");
  await it.write(call);
  await it.got(1);
  it.watch();
  it.input.close();
  await settle(it);
  await it.time.pass(9_999);
  assert.equal(it.isOver(), false);
  await it.time.pass(1);
  const { error } = await it.bridge.nextMessage();
  assert.equal(error.data.reason, "proxy_ended");
  await it.bridge.done;
});

Deno.test("a backend has two seconds to end the session", async () => {
  await using it = open(({ method }) => method === "DELETE");
  await it.write({ ...call, method: "initialize" });
  await it.bridge.nextMessage();
  it.watch();
  it.input.close();
  await until(() => it.bridge.received.some(({ method }) => method === "DELETE"), "the DELETE");
  await it.time.pass(1_999);
  assert.equal(it.isOver(), false);
  await it.time.pass(1);
  await it.bridge.done;
});

Deno.test("a client that reads nothing has two seconds for the last answers", async () => {
  const writing = Promise.withResolvers<void>();
  const output = {
    write() {
      writing.resolve();
      return new Promise<number>(() => {});
    },
  };
  await using it = open(() => false, { output });
  await it.write(call);
  await writing.promise;
  it.watch();
  it.input.close();
  await settle(it);
  await it.time.pass(1_999);
  assert.equal(it.isOver(), false);
  await it.time.pass(1);
  await it.bridge.done;
});

Deno.test("a backend has thirty seconds to take a notification, and holds others up for ten", async () => {
  await using it = open(({ message }) => message?.method === "notifications/a");
  await it.write({ jsonrpc: "2.0", method: "notifications/a" });
  await it.got(1);
  await it.write({ jsonrpc: "2.0", method: "notifications/b" });
  await it.time.pass(9_999);
  assert.equal(it.bridge.received.length, 1);
  await it.time.pass(1);
  await it.got(2);
  await it.time.pass(19_999);
  const warned = () => it.bridge.logged.filter((line) => line.includes("within 30 s")).length;
  assert.equal(warned(), 0);
  await it.time.pass(1);
  await until(() => warned() === 1, "the warning");
});
