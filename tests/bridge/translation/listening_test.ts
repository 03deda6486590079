import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import { ProxyError } from "../../../src/base/errors.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import type { Exchange } from "../../../src/bridge/exchange.ts";
import { createListening, isOfSubscription } from "../../../src/bridge/translation/listening.ts";
import type { NotificationFilter } from "../../../src/bridge/translation/notification_filter.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { errorResponse, notification, request, response, text, valueOf } from "../message.ts";

const id = (n: number) => `authful-mcp-proxy-listen-${n}`;
const of = (subscription: unknown, method: string, params: object = {}) =>
  notification(method, {
    ...params,
    _meta: { "io.modelcontextprotocol/subscriptionId": subscription },
  });
const acknowledged = (n: number, notifications: unknown = {}) =>
  of(id(n), "notifications/subscriptions/acknowledged", { notifications });
const changed = (subscription: unknown) => of(subscription, "notifications/tools/list_changed");
const failure = (details: { reason: string; httpStatus?: number }) =>
  new ProxyError({ category: "Backend error", what: "w", fix: "f", ...details });

/** Listening at a backend that the test plays, on a clock that it moves. */
function setUp() {
  const time = new FakeTime();
  const streams: { exchange: Exchange; settled: PromiseWithResolvers<void> }[] = [];
  const announced: string[] = [];
  const stop = new AbortController();
  const listening = createListening({
    send(exchange) {
      const settled = Promise.withResolvers<void>();
      streams.push({ exchange, settled });
      exchange.signal.addEventListener("abort", () => settled.reject(exchange.signal.reason));
      return settled.promise;
    },
    meta: () => ({ a: "1.0", b: undefined }),
    announce: (message) => void announced.push(text(message)),
    acceptTimeout: 5_000,
    log: createLog({ level: "error" }),
    stop: stop.signal,
  });
  return {
    time,
    streams,
    announced,
    stop,
    listening,
    isOpen: (n: number) => !streams[n - 1].exchange.signal.aborted,
    /** What came of a call: its value, or the reason why it failed. */
    outcome(filter: NotificationFilter) {
      const outcome: { value?: unknown } = {};
      listening.listenTo(filter).then(
        (value) => outcome.value = value,
        (error) => outcome.value = error instanceof ProxyError ? error.reason : String(error),
      );
      return outcome;
    },
    [Symbol.dispose]: () => time[Symbol.dispose](),
  };
}

Deno.test("a stream is asked for what is wanted, and what the backend acknowledges is said", async () => {
  using it = setUp();
  const outcome = it.outcome({ toolsListChanged: true, resourceSubscriptions: ["u"] });
  assert.equal(
    text(it.streams[0].exchange.request),
    `{"jsonrpc":"2.0","id":"${id(1)}","method":"subscriptions/listen","params":{"notifications":` +
      `{"toolsListChanged":true,"resourceSubscriptions":["u"]},"_meta":{"a":1.0}}}`,
  );
  assert.equal(it.streams[0].exchange.purpose, "background");
  await it.time.pass(0);
  assert.equal(outcome.value, undefined);
  assert.equal(it.listening.take(acknowledged(1, { toolsListChanged: true })), undefined);
  await it.time.pass(0);
  assert.deepEqual(outcome.value, { toolsListChanged: true });
});

for (const odd of [null, "text", 7, undefined]) {
  Deno.test(`a backend that acknowledges ${odd} has acknowledged nothing`, async () => {
    using it = setUp();
    const outcome = it.outcome({ toolsListChanged: true });
    it.listening.take(acknowledged(1, odd));
    await it.time.pass(0);
    assert.deepEqual(outcome.value, {});
  });
}

for (const odd of [null, "text", 7, { 0: "u" }]) {
  Deno.test(`a backend that acknowledges ${JSON.stringify(odd)} as resources has none`, async () => {
    using it = setUp();
    const outcome = it.outcome({ resourceSubscriptions: ["u"] });
    it.listening.take(acknowledged(1, { toolsListChanged: true, resourceSubscriptions: odd }));
    await it.time.pass(0);
    assert.deepEqual(outcome.value, { toolsListChanged: true });
  });
}

Deno.test("the client gets what belongs to the stream that is open, without its mark", async () => {
  using it = setUp();
  assert.equal(it.listening.take(notification("n")), undefined, "nothing is open");
  it.outcome({ toolsListChanged: true });
  assert.equal(it.listening.take(changed(id(1))), undefined, "it is not acknowledged yet");
  it.listening.take(acknowledged(1));
  assert.equal(
    text(it.listening.take(changed(id(1)))!),
    `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{}}`,
  );
  const updated = of(id(1), "notifications/resources/updated", { uri: "u" });
  assert.deepEqual(valueOf(it.listening.take(updated)!).params, { uri: "u" });
  for (const other of [id(2), 1, ""]) {
    assert.equal(it.listening.take(changed(other)), undefined);
  }
  assert.equal(it.listening.take(notification("n")), undefined);
  await it.time.pass(0);
});

Deno.test("another filter opens another stream, which takes over when it is acknowledged", async () => {
  using it = setUp();
  it.outcome({ toolsListChanged: true });
  it.listening.take(acknowledged(1));
  const outcome = it.outcome({ promptsListChanged: true });
  assert.equal(it.streams.length, 2);
  assert.equal(it.isOpen(1), true);
  assert.ok(it.listening.take(changed(id(1))), "the first one goes on until then");
  it.listening.take(acknowledged(1));
  assert.ok(it.listening.take(changed(id(1))), "nobody waits for its acknowledgement any more");
  it.listening.take(acknowledged(2, { promptsListChanged: true }));
  assert.equal(it.isOpen(1), false);
  assert.equal(it.listening.take(changed(id(1))), undefined);
  assert.ok(it.listening.take(changed(id(2))));
  await it.time.pass(120_000);
  assert.deepEqual(outcome.value, { promptsListChanged: true });
  assert.equal(it.streams.length, 2, "the end of the first one opens no third");
  assert.equal(it.isOpen(2), true);
});

Deno.test("who waits for a stream that another takes the place of waits for that", async () => {
  using it = setUp();
  const [one, other] = [{ toolsListChanged: true }, { promptsListChanged: true }]
    .map((filter) => it.outcome(filter));
  assert.equal(it.isOpen(1), false);
  await it.time.pass(1);
  assert.equal(one.value, undefined);
  it.listening.take(acknowledged(2, { promptsListChanged: true }));
  await it.time.pass(1);
  assert.deepEqual([one.value, other.value], [
    { promptsListChanged: true },
    { promptsListChanged: true },
  ]);
});

for (
  const empty of [
    {},
    { toolsListChanged: false, promptsListChanged: false, resourcesListChanged: false },
    { resourceSubscriptions: [] },
  ]
) {
  Deno.test(`${JSON.stringify(empty)} ends what is open, and what is about to be`, async () => {
    using it = setUp();
    it.outcome({ toolsListChanged: true });
    it.listening.take(acknowledged(1));
    it.outcome({ promptsListChanged: true });
    const outcome = it.outcome(empty);
    assert.equal(it.listening.take(changed(id(1))), undefined);
    await it.time.pass(120_000);
    assert.deepEqual(outcome.value, {});
    assert.deepEqual([it.isOpen(1), it.isOpen(2), it.streams.length], [false, false, 2]);
    assert.equal(it.listening.take(changed(id(1))), undefined);
  });
}

for (
  const one of [
    { toolsListChanged: true },
    { promptsListChanged: true },
    { resourcesListChanged: true },
    { resourceSubscriptions: ["u"] },
  ]
) {
  Deno.test(`${JSON.stringify(one)} alone is listened to`, async () => {
    using it = setUp();
    it.outcome(one);
    await it.time.pass(0);
    assert.equal(it.streams.length, 1);
  });
}

Deno.test("a backend that does not acknowledge in time is not waited for", async () => {
  using it = setUp();
  const outcome = it.outcome({ toolsListChanged: true });
  await it.time.pass(4_999);
  assert.deepEqual([outcome.value, it.isOpen(1)], [undefined, true]);
  await it.time.pass(1);
  assert.deepEqual([outcome.value, it.isOpen(1)], ["not_acknowledged", false]);
  await it.time.pass(120_000);
  assert.equal(it.streams.length, 1, "what never began is not begun again by itself");
});

Deno.test("a stream that is acknowledged has no limit", async () => {
  using it = setUp();
  it.outcome({ toolsListChanged: true });
  it.listening.take(acknowledged(1));
  await it.time.pass(3_600_000);
  assert.equal(it.isOpen(1), true);
});

Deno.test("each way in which a backend does not listen has its reason", async () => {
  const rows: [(it: ReturnType<typeof setUp>) => void, string][] = [
    [(it) => {
      it.streams[0].exchange.answer(errorResponse({ code: -32601, message: "no such method" }));
      it.streams[0].settled.resolve();
    }, "not_offered"],
    [(it) => {
      it.streams[0].exchange.answer(errorResponse({ code: -32000, message: "not now" }));
      it.streams[0].settled.resolve();
    }, "refused"],
    [(it) => {
      it.streams[0].exchange.answer(errorResponse({ code: -32000, message: "not now" }));
      it.streams[0].settled.reject(failure({ reason: "down" }));
    }, "refused"],
    [(it) => it.streams[0].settled.reject(failure({ reason: "down" })), "down"],
    [(it) => it.streams[0].settled.resolve(), "not_acknowledged"],
    [(it) => {
      it.streams[0].exchange.answer(response({}));
      it.streams[0].settled.resolve();
    }, "not_acknowledged"],
    [(it) => {
      it.streams[0].exchange.answer(errorResponse(null));
      it.streams[0].settled.resolve();
    }, "refused"],
  ];
  for (const [end, reason] of rows) {
    using it = setUp();
    const outcome = it.outcome({ toolsListChanged: true });
    end(it);
    await it.time.pass(120_000);
    assert.equal(outcome.value, reason);
    assert.equal(it.streams.length, 1);
  }
});

Deno.test("what a person reads of it", async () => {
  using it = setUp();
  const said = async (filter: NotificationFilter) => {
    const outcome = it.listening.listenTo(filter).then(() => "", (error) => error.message);
    await it.time.pass(5_000);
    return await outcome;
  };
  assert.equal(
    await said({ toolsListChanged: true }),
    "Backend error: the backend did not acknowledge that notifications are wanted. Fix: look at " +
      "the backend's log.",
  );
  const refused = said({ toolsListChanged: true });
  it.streams[1].exchange.answer(errorResponse({ code: -32601, message: "no such method" }));
  it.streams[1].settled.resolve();
  assert.equal(
    await refused,
    "Backend error: the backend refuses to send notifications: no such method. Fix: look at the " +
      "backend's log if it is to announce changes.",
  );
  it.outcome({ toolsListChanged: true });
  it.listening.end();
  assert.equal(it.streams[2].exchange.signal.reason.reason, "session_over");
  assert.equal(
    it.streams[2].exchange.signal.reason.message,
    "Backend error: the subscription has ended. Fix: restart the client.",
  );
});

/** Opens a stream and lets it end after so long. */
async function endAfter(it: ReturnType<typeof setUp>, milliseconds: number) {
  const n = it.streams.length;
  it.listening.take(acknowledged(n, { toolsListChanged: true }));
  await it.time.pass(milliseconds);
  it.streams[n - 1].settled.resolve();
  await it.time.pass(0);
}

for (
  const [lasted, least, most] of [[10_001, 500, 1_002], [10_000, 1_000, 2_002], [1, 1_000, 2_002]]
) {
  Deno.test(`a stream that lasted ${lasted} ms is opened again within ${most} ms`, async () => {
    using it = setUp();
    it.outcome({ toolsListChanged: true });
    await endAfter(it, lasted);
    const since = it.time.now;
    let opened = 0;
    while (!opened && it.time.now - since < 3_000) {
      await it.time.pass(1);
      if (it.streams.length === 2) opened = it.time.now - since;
    }
    assert.ok(opened >= least && opened <= most, `after ${opened} ms`);
    assert.deepEqual(valueOf(it.streams[1].exchange.request).params.notifications, {
      toolsListChanged: true,
    });
    assert.deepEqual(it.announced, []);
  });
}

Deno.test("what a client may have missed is announced, as far as the backend would have", async () => {
  using it = setUp();
  it.outcome({ toolsListChanged: true });
  await endAfter(it, 20_000);
  await it.time.pass(2_000);
  it.listening.take(acknowledged(2, {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    resourceSubscriptions: ["file:///a", 'q"'],
  }));
  await it.time.pass(0);
  assert.deepEqual(it.announced, [
    `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`,
    `{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`,
    `{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}`,
    `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///a"}}`,
    `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"q\\""}}`,
  ]);
  it.announced.length = 0;
  it.streams[1].settled.resolve();
  await it.time.pass(4_000);
  it.listening.take(acknowledged(3, { promptsListChanged: true }));
  await it.time.pass(0);
  assert.deepEqual(it.announced, [
    `{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`,
  ]);
});

Deno.test("it is announced three times a minute at most", async () => {
  using it = setUp();
  it.outcome({ toolsListChanged: true });
  for (let n = 0; n < 6; n++) {
    await endAfter(it, 1);
    await it.time.pass(2_500);
    assert.equal(it.streams.length, n + 2);
  }
  assert.equal(it.announced.length, 3);
  await endAfter(it, 60_000);
  await it.time.pass(2_500);
  await endAfter(it, 1);
  assert.equal(it.announced.length, 4);
});

Deno.test("attempts to open a stream again become less frequent, up to a minute", async () => {
  using it = setUp();
  it.outcome({ toolsListChanged: true });
  await endAfter(it, 20_000);
  const times: number[] = [];
  let seen = 1;
  for (let n = 0; n < 400_000 && times.length < 9; n += 100) {
    await it.time.pass(100);
    if (it.streams.length === seen) continue;
    seen = it.streams.length;
    times.push(it.time.now);
    it.streams.at(-1)!.settled.reject(failure({ reason: "down" }));
  }
  const pauses = times.slice(1).map((at, n) => at - times[n]);
  for (const [n, most] of [2, 4, 8, 16, 32, 60, 60, 60].entries()) {
    assert.ok(pauses[n] >= most * 500 - 200 && pauses[n] <= most * 1_000 + 200, `${pauses}`);
  }
  assert.deepEqual(it.announced, []);
});

for (
  const [error, isFinal] of [
    [failure({ reason: "not_offered" }), true],
    [failure({ reason: "http_404", httpStatus: 404 }), true],
    [failure({ reason: "http_405", httpStatus: 405 }), true],
    [failure({ reason: "http_403", httpStatus: 403 }), false],
    [new Error("other"), false],
  ] as const
) {
  Deno.test(`"${error.message}" ends the attempts: ${isFinal}`, async () => {
    using it = setUp();
    it.outcome({ toolsListChanged: true });
    await endAfter(it, 20_000);
    await it.time.pass(2_000);
    assert.equal(it.streams.length, 2);
    it.streams[1].settled.reject(error);
    await it.time.pass(5_000);
    assert.equal(it.streams.length, isFinal ? 2 : 3);
  });
}

for (
  const [what, meanwhile, streams] of [
    ["is ended", (it) => it.listening.end(), 1],
    ["has nothing to listen to", (it) => void it.outcome({}), 1],
    ["listens to something else", (it) => void it.outcome({ promptsListChanged: true }), 2],
    ["has opened another", (it) => {
      it.outcome({ promptsListChanged: true });
      it.listening.take(acknowledged(2));
    }, 2],
    ["is stopped", (it) => it.stop.abort(failure({ reason: "stopped" })), 1],
  ] as [string, (it: ReturnType<typeof setUp>) => void, number][]
) {
  Deno.test(`who ${what} while a stream is to be opened again opens none`, async () => {
    using it = setUp();
    it.outcome({ toolsListChanged: true });
    await endAfter(it, 20_000);
    meanwhile(it);
    await it.time.pass(4_900);
    // Whatever is rejected and caught by nobody has come up by then.
    await nextTurn();
    assert.equal(it.streams.length, streams);
  });
}

Deno.test("a stream that ends after the bridge, or after another has begun, is not opened again", async () => {
  using stopped = setUp();
  stopped.outcome({ toolsListChanged: true });
  stopped.listening.take(acknowledged(1));
  stopped.stop.abort(failure({ reason: "stopped" }));
  stopped.streams[0].settled.resolve();
  await stopped.time.pass(10_000);
  assert.equal(stopped.streams.length, 1);
  stopped[Symbol.dispose]();
  using it = setUp();
  it.outcome({ toolsListChanged: true });
  it.listening.take(acknowledged(1));
  it.outcome({ promptsListChanged: true });
  it.streams[0].settled.resolve();
  await it.time.pass(4_900);
  assert.equal(it.streams.length, 2);
});

Deno.test("the end of the bridge ends the wait for an acknowledgement", async () => {
  using it = setUp();
  const outcome = it.outcome({ toolsListChanged: true });
  it.stop.abort(failure({ reason: "stopped" }));
  await it.time.pass(0);
  assert.equal(outcome.value, "stopped");
});

Deno.test("what is listened to after the end of the bridge fails, once", async () => {
  using it = setUp();
  it.stop.abort(failure({ reason: "stopped" }));
  const outcome = it.outcome({ toolsListChanged: true });
  it.streams[0].settled.reject(failure({ reason: "down" }));
  await it.time.pass(0);
  assert.equal(outcome.value, "stopped");
  await nextTurn();
});

Deno.test("what is ended listens to nothing any more", async () => {
  using it = setUp();
  it.outcome({ toolsListChanged: true });
  it.listening.take(acknowledged(1));
  it.outcome({ promptsListChanged: true });
  it.listening.end();
  assert.deepEqual([it.isOpen(1), it.isOpen(2)], [false, false]);
  assert.equal(it.listening.take(changed(id(1))), undefined);
  const outcome = it.outcome({ toolsListChanged: true });
  await it.time.pass(120_000);
  assert.deepEqual(outcome.value, {});
  assert.equal(it.streams.length, 2);
});

for (
  const [given, expected] of [
    [changed("a"), true],
    [changed(7), true],
    [notification("n"), false],
    [notification("n", { _meta: {} }), false],
    [request("r", { subscriptionId: 1 }), false],
  ] as const
) {
  Deno.test(`${text(given)} belongs to a subscription: ${expected}`, () => {
    assert.equal(isOfSubscription(given), expected);
  });
}
