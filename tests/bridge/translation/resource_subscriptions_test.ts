import assert from "node:assert/strict";
import { createLog } from "../../../src/base/log.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import type { Exchange } from "../../../src/bridge/exchange.ts";
import { createResourceSubscriptions } from "../../../src/bridge/translation/resource_subscriptions.ts";
import { errorResponse, response } from "../message.ts";

/** Subscriptions at a backend that answers what it is asked when it is told to, one after the other. */
function setUp({ acceptTimeout = 30_000, isAuthorizing = (): boolean => false } = {}) {
  const stop = new AbortController();
  const logged: string[] = [];
  const waiting: { exchange: Exchange; over: PromiseWithResolvers<void> }[] = [];
  const asked: string[] = [];
  let ids = 0;
  const subscriptions = createResourceSubscriptions({
    context: {
      acceptTimeout,
      isAuthorizing,
      stop: stop.signal,
      log: createLog({ level: "debug", write: (line) => void logged.push(line) }),
    },
    session: {
      nextId: () => String(++ids),
      request(exchange) {
        asked.push(`${exchange.request.method.split("/")[1]} ${exchange.request.uri}`);
        const over = Promise.withResolvers<void>();
        waiting.push({ exchange, over });
        return over.promise;
      },
    },
  });
  return {
    subscriptions,
    asked,
    logged,
    stop,
    waiting,
    async answer(with_ = response({})) {
      const { exchange, over } = waiting.shift()!;
      exchange.answer(with_);
      over.resolve();
      await nextTurn();
    },
    async fail(error: unknown) {
      waiting.shift()!.over.reject(error);
      await nextTurn();
    },
  };
}

Deno.test("a resource that is let go of and wanted again at once stays subscribed to", async () => {
  const it = setUp();
  const first = it.subscriptions.want("a", "client");
  await nextTurn();
  await it.answer();
  assert.equal(await first, true);
  it.subscriptions.letGo("a", "client");
  await nextTurn();
  const again = it.subscriptions.want("a", "client");
  await nextTurn();
  assert.deepEqual(it.asked, ["subscribe a", "unsubscribe a"], "one after the other");
  await it.answer();
  assert.deepEqual(it.asked, ["subscribe a", "unsubscribe a", "subscribe a"]);
  await it.answer();
  assert.equal(await again, true);
});

Deno.test("a resource that is wanted again before it was let go of at the backend is kept", async () => {
  const it = setUp();
  const first = it.subscriptions.want("a", "client");
  await nextTurn();
  await it.answer();
  await first;
  it.subscriptions.letGo("a", "client");
  assert.equal(await it.subscriptions.want("a", "client"), true);
  assert.deepEqual(it.asked, ["subscribe a"]);
});

Deno.test("who waits for another's subscription is told what became of it", async () => {
  const it = setUp();
  const both = [it.subscriptions.want("a", "client"), it.subscriptions.want("a", "client")];
  await nextTurn();
  assert.deepEqual(it.asked, ["subscribe a"]);
  await it.answer();
  assert.deepEqual(await Promise.all(both), [true, true]);
  const refused = [it.subscriptions.want("b", "client"), it.subscriptions.want("b", "client")];
  await nextTurn();
  await it.answer(errorResponse({ code: 1 }));
  // It asks for itself: what was refused to one need not be refused to the next.
  await it.answer(errorResponse({ code: 1 }));
  assert.deepEqual(await Promise.all(refused), [false, false]);
  assert.deepEqual(it.asked, ["subscribe a", "subscribe b", "subscribe b"]);
});

Deno.test("other resources do not wait", async () => {
  const it = setUp();
  it.subscriptions.want("a", "client");
  it.subscriptions.want("b", "background");
  await nextTurn();
  assert.deepEqual(it.asked, ["subscribe a", "subscribe b"]);
  assert.deepEqual(it.waiting.map(({ exchange }) => exchange.purpose), ["client", "background"]);
});

Deno.test("a resource that is let go of before it was asked for is not asked for", async () => {
  const it = setUp();
  const wanted = it.subscriptions.want("a", "client");
  it.subscriptions.letGo("a", "client");
  assert.equal(await wanted, false);
  it.subscriptions.letGo("never wanted", "client");
  await nextTurn();
  assert.deepEqual(it.asked, []);
});

Deno.test("a backend that does not answer keeps the next one waiting for a limited time", async () => {
  const looks: boolean[] = [];
  const it = setUp({
    acceptTimeout: 5,
    // A person signs in when the time is over for the first time.
    isAuthorizing: () => looks.push(true) === 1,
  });
  await assert.rejects(it.subscriptions.want("a", "client"), {
    reason: "no_answer",
    message: /did not answer resources\/subscribe within 0.005 s/,
  });
  assert.equal(looks.length, 2);
  assert.equal(it.waiting.shift()?.exchange.signal.aborted, true);
  it.subscriptions.want("a", "client").catch(() => {});
  await nextTurn();
  assert.deepEqual(it.asked, ["subscribe a", "subscribe a"]);
});

Deno.test("a failure is that of who has asked, and of nobody else", async () => {
  const it = setUp();
  const first = it.subscriptions.want("a", "client");
  const second = it.subscriptions.want("a", "client");
  const failure = assert.rejects(first, /broken/);
  await nextTurn();
  await it.fail(new Error("broken"));
  await failure;
  await it.answer();
  assert.equal(await second, true);
  it.subscriptions.letGo("a", "client");
  it.subscriptions.letGo("a", "client");
  await nextTurn();
  assert.deepEqual(it.asked, ["subscribe a", "subscribe a", "unsubscribe a"]);
  await it.fail(new Error("broken, too"));
  assert.match(it.logged.join(""), /resources\/unsubscribe failed: .*broken, too/);
});

Deno.test("the end of the bridge ends what is asked, and nothing is asked any more", async () => {
  const it = setUp();
  const failure = assert.rejects(it.subscriptions.want("a", "client"));
  await nextTurn();
  it.stop.abort(new Error("the end"));
  await failure;
  it.subscriptions.letGo("a", "client");
  await nextTurn();
  assert.deepEqual(it.asked, ["subscribe a"]);
});
