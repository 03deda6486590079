import assert from "node:assert/strict";
import { nextTurn } from "../../../src/base/timer.ts";
import { createExchange, type Exchange } from "../../../src/bridge/exchange.ts";
import type { LegacyEra } from "../../../src/bridge/legacy/era.ts";
import { createInstantStart } from "../../../src/bridge/start/instant_start.ts";
import type { StartSettings } from "../../../src/bridge/start/start_settings.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { until } from "../../support/until.ts";
import { within } from "../../support/within.ts";
import {
  bytes,
  errorResponse,
  notification,
  request,
  response,
  text,
  type Value,
  valueOf,
} from "../message.ts";
import { failure, startContext } from "./start_context.ts";
import { memoryInProcess, scriptedPerson } from "./person_and_memory.ts";

const signedOut = failure("signed_out");
const welcome = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: { listChanged: true } },
  serverInfo: { name: "b", version: "1" },
};

/** A start at a backend that answers so. */
function setUp(
  { answer, isAuthorizing = false, ...settings }: {
    answer: (exchange: Exchange) => void | Promise<void>;
    isAuthorizing?: boolean;
  } & Partial<StartSettings>,
) {
  const { context, lines } = startContext();
  const asked: Exchange[] = [];
  const done: string[] = [];
  const person = scriptedPerson();
  const memory = memoryInProcess();
  const eraNamed = (name: string) =>
    ({
      request(exchange: Exchange) {
        asked.push(exchange);
        return Promise.resolve(answer(exchange));
      },
      send: (message) => void done.push(`${name} sends ${message.method}`),
      cancel: (message, exchange) =>
        void done.push(`${name} cancels ${exchange.request.id} by ${message.method}`),
      flushed() {
        done.push(`${name} is flushed`);
        return Promise.resolve();
      },
      end() {
        done.push(`${name} is ended`);
        return Promise.resolve();
      },
    }) as LegacyEra;
  const start = createInstantStart({
    context,
    era: eraNamed("one"),
    isAuthorizing: () => isAuthorizing,
    settings: {
      mode: "auto",
      eagerLogin: "never",
      startGrace: 60_000,
      listGrace: 0,
      memory,
      signIn: person.signIn,
      ...settings,
    },
  });
  const begin = (method: string, params?: unknown, id: unknown = 1) => {
    const answers: Value[] = [];
    const exchange = createExchange(
      request(method, params, id),
      (line) => void answers.push(valueOf(line)),
    );
    const ended = within(start.request(exchange), { what: `the end of ${method}` });
    ended.catch(() => {});
    return { exchange, answers, ended };
  };
  return {
    start,
    lines,
    asked,
    done,
    person,
    memory,
    eraNamed,
    begin,
    methods: () => asked.map(({ request }) => request.method),
    async open() {
      const { answers, ended } = begin("initialize", { protocolVersion: "2025-11-25" }, "i");
      await ended;
      return answers[0];
    },
  };
}

const good = (exchange: Exchange) =>
  void exchange.answer(
    response(exchange.request.method === "initialize" ? welcome : { from: "backend" }),
  );

Deno.test("what needs no session goes to the backend before there is one", async () => {
  const it = setUp({ answer: good });
  const { exchange, answers, ended } = it.begin("tools/list");
  await ended;
  assert.deepEqual(answers[0].result, { from: "backend" });
  assert.equal(exchange.purpose, "client");
  assert.equal(it.memory.noted(), 0);
});

Deno.test("a session asks nobody to begin, and what it brings is remembered", async () => {
  const it = setUp({ answer: good });
  assert.deepEqual((await it.open()).result, welcome);
  assert.equal(it.asked[0].purpose, "unasked");
  const remembered = (method: "initialize" | "tools/list") =>
    it.memory.recall({ era: "legacy", method }).then((it) => it && valueOf(it.result));
  assert.deepEqual(await remembered("initialize"), welcome);
  const list = it.begin("tools/list");
  const call = it.begin("tools/call");
  await Promise.all([list.ended, call.ended]);
  assert.deepEqual([list.exchange.purpose, call.exchange.purpose], ["unasked", "client"]);
  assert.deepEqual(await remembered("tools/list"), { from: "backend" });
  assert.equal(it.memory.noted(), 2);
});

for (const mode of ["auto", "always"] as const) {
  Deno.test(`"${mode}": nothing overtakes the beginning of a session, until it is answered`, async () => {
    const answered = Promise.withResolvers<void>();
    const it = setUp({
      mode,
      async answer(exchange) {
        if (exchange.request.method === "initialize") {
          await answered.promise;
          good(exchange);
          await new Promise(() => {});
        }
        good(exchange);
      },
    });
    const first = it.begin("initialize", {}, "i");
    const list = it.begin("tools/list");
    const call = it.begin("tools/call");
    await nextTurn();
    assert.deepEqual(it.methods(), ["initialize"]);
    answered.resolve();
    await Promise.all([list.ended, call.ended]);
    assert.deepEqual(it.methods(), ["initialize", "tools/list", "tools/call"]);
    assert.equal(first.answers.length, 1);
  });
}

Deno.test("a session that fails leaves none behind", async () => {
  const forbidden = failure("forbidden");
  let isDown = true;
  const it = setUp({ answer: (exchange) => isDown ? Promise.reject(forbidden) : good(exchange) });
  await assert.rejects(it.open(), forbidden);
  isDown = false;
  const list = it.begin("tools/list");
  await list.ended;
  assert.equal(
    list.exchange.purpose,
    "client",
    "without a session there is nothing to stand in for",
  );
  assert.deepEqual(list.answers[0].result, { from: "backend" });
  assert.deepEqual((await it.open()).result, welcome);
});

Deno.test("what fails behind the answer is thrown, and the session is there", async () => {
  const lost = failure("lost");
  const it = setUp({
    answer(exchange) {
      good(exchange);
      if (exchange.request.method === "initialize") return Promise.reject(lost);
    },
  });
  await assert.rejects(it.open(), lost);
  const list = it.begin("tools/list");
  await list.ended;
  assert.equal(list.exchange.purpose, "unasked");
});

Deno.test("an answer that is no welcome is not remembered", async () => {
  for (const odd of [errorResponse({ code: 1, message: "m" }), response({ a: 1 })]) {
    const it = setUp({ answer: (exchange) => void exchange.answer(odd) });
    await it.open();
    assert.equal(it.memory.noted(), 0, text(odd));
  }
});

Deno.test("the answer to a session that another one has followed is not the present one's", async () => {
  const answers: PromiseWithResolvers<void>[] = [];
  const it = setUp({
    async answer(exchange) {
      answers.push(Promise.withResolvers());
      await answers.at(-1)!.promise;
      good(exchange);
    },
  });
  const one = it.begin("initialize", {}, 1);
  const other = it.begin("initialize", {}, 2);
  answers[0].resolve();
  await one.ended;
  assert.equal(it.memory.noted(), 0);
  const list = it.begin("tools/list");
  await nextTurn();
  assert.equal(it.asked.length, 2, "the second one is still under way");
  answers[1].resolve();
  await other.ended;
  assert.equal(it.memory.noted(), 1);
  await until(() => answers.length === 3, "the list");
  answers[2].resolve();
  await list.ended;
});

Deno.test("without a sign-in the client is answered, and all goes by the stand-in from then on", async () => {
  const it = setUp({ answer: () => Promise.reject(signedOut) });
  assert.equal(it.start.isOwnTool("sign_in"), false);
  const answer = await it.open();
  assert.match(answer.result.serverInfo.name, /^authful-mcp-proxy/);
  const list = it.begin("tools/list");
  await list.ended;
  assert.equal(list.answers[0].result.tools[0].name, "sign_in");
  assert.equal(it.start.isOwnTool("sign_in"), true);
  it.start.send(notification("notifications/x"));
  assert.deepEqual(it.done, [], "it is kept for the session that is yet to begin");
  await it.start.end(AbortSignal.timeout(1_000));
  assert.deepEqual(it.done, ["one is ended"]);
});

Deno.test("another session is begun at the backend, with nothing left of the one before", async () => {
  let isIn = false;
  const it = setUp({ answer: (exchange) => isIn ? good(exchange) : Promise.reject(signedOut) });
  await it.open();
  it.start.send(notification("notifications/initialized"));
  it.start.send(notification("notifications/x"));
  isIn = true;
  assert.deepEqual((await it.open()).result, welcome);
  assert.equal(it.done.length + it.lines.length, 0, "what was kept was for the other session");
  const list = it.begin("tools/list");
  await list.ended;
  assert.deepEqual(list.answers[0].result, { from: "backend" });
  it.start.send(notification("notifications/y"));
  assert.deepEqual(it.done, ["one sends notifications/y"]);
});

Deno.test("a list that cannot be had is answered from memory", async () => {
  let isDown = false;
  const unreachable = failure("backend_unreachable", { transient: true });
  const it = setUp({
    answer: (exchange) => isDown ? Promise.reject(unreachable) : good(exchange),
  });
  await it.open();
  await it.begin("tools/list").ended;
  isDown = true;
  const list = it.begin("tools/list");
  await list.ended;
  assert.deepEqual(list.answers[0].result, { from: "backend" });
  assert.equal(it.memory.noted(), 2);
  await assert.rejects(it.begin("prompts/list").ended, unreachable);
});

Deno.test("a list that nobody can mend, or that is answered, is not stood in for", async () => {
  const forbidden = failure("forbidden");
  const it = setUp({
    answer: (exchange) =>
      exchange.request.method === "tools/list" ? Promise.reject(forbidden) : good(exchange),
  });
  await it.open();
  it.memory.note({ era: "legacy", method: "tools/list" }, bytes(`{"tools":[]}`));
  await assert.rejects(it.begin("tools/list").ended, forbidden);
  const answered = setUp({
    answer(exchange) {
      good(exchange);
      if (exchange.request.method === "tools/list") return Promise.reject(signedOut);
    },
  });
  await answered.open();
  await assert.rejects(answered.begin("tools/list").ended, signedOut);
});

const never = () => new Promise<void>(() => {});

for (
  const [what, startGrace, before, passes, isAnswered] of [
    ["after the grace", 5_000, 0, 5_000, true],
    ["not before", 5_000, 0, 4_999, false],
    ["after what is left of it", 5_000, 3_000, 2_000, true],
    ["not before what is left of it", 5_000, 3_000, 1_999, false],
    ["at once when it is over", 5_000, 9_000, 0, true],
    ["at once where there is none", 0, 0, 0, true],
  ] as const
) {
  Deno.test(`a backend that takes long is stood in for ${what}`, async () => {
    using time = new FakeTime();
    const it = setUp({
      answer: never,
      isAuthorizing: true,
      startGrace,
      ...before > 0 && { begunAt: performance.now() - before },
    });
    const { answers } = it.begin("initialize", {}, "i");
    await time.pass(passes);
    if (isAnswered) await until(() => answers.length > 0, "the answer");
    else assert.deepEqual(answers, []);
  });
}

Deno.test("the time since the program began counts for the first session alone", async () => {
  using time = new FakeTime();
  const it = setUp({
    answer: (exchange) => exchange.request.id === "2" ? never() : good(exchange),
    isAuthorizing: true,
    startGrace: 60_000,
    begunAt: performance.now() - 120_000,
  });
  await it.open();
  const { answers } = it.begin("initialize", {}, 2);
  await time.pass(59_999);
  assert.deepEqual(answers, []);
});

Deno.test('with "always" memory answers first, and nothing overtakes that', async () => {
  const it = setUp({ mode: "always", answer: never });
  it.memory.note({ era: "legacy", method: "initialize" }, bytes(JSON.stringify(welcome)));
  it.memory.note({ era: "legacy", method: "tools/list" }, bytes(`{"tools":[]}`));
  const { answers } = it.begin("initialize", { protocolVersion: "2025-06-18" }, "i");
  const list = it.begin("tools/list");
  it.start.send(notification("notifications/initialized"));
  await list.ended;
  assert.equal(answers[0].result.protocolVersion, "2025-06-18");
  assert.deepEqual(list.answers[0].result, { tools: [] });
  assert.deepEqual(it.methods(), ["initialize"], "the backend is asked behind it");
  assert.deepEqual(it.done, []);
});

Deno.test('with "always" and an empty memory the backend is asked', async () => {
  const it = setUp({ mode: "always", answer: good });
  const opened = it.open();
  const list = it.begin("tools/list");
  it.start.send(notification("notifications/initialized"));
  assert.deepEqual([it.methods(), it.done], [[], []]);
  assert.deepEqual((await opened).result, welcome);
  await list.ended;
  assert.deepEqual(list.answers[0].result, { from: "backend" });
  assert.deepEqual(it.done, ["one sends notifications/initialized"]);
});

Deno.test("another carrier takes what comes from then on", async () => {
  const it = setUp({ answer: good });
  const { exchange } = it.begin("tools/call");
  it.start.send(notification("notifications/a"));
  it.start.use(it.eraNamed("other"));
  it.start.send(notification("notifications/b"));
  it.start.cancel(notification("notifications/cancelled"), exchange);
  await it.start.flushed();
  await it.start.end(AbortSignal.timeout(1_000));
  assert.deepEqual(it.done, [
    "one sends notifications/a",
    "other sends notifications/b",
    "other cancels 1 by notifications/cancelled",
    "other is flushed",
    "other is ended",
  ]);
});

for (
  const [isStoodIn, isAuthorizing, isFlushed] of [
    [false, true, true],
    [true, true, false],
    [true, false, true],
  ]
) {
  Deno.test(`it is flushed: ${isFlushed}, stood in for: ${isStoodIn}, authorizing: ${isAuthorizing}`, async () => {
    const it = setUp({
      answer: isStoodIn ? () => Promise.reject(signedOut) : good,
      isAuthorizing,
    });
    await it.open();
    await it.start.flushed();
    assert.deepEqual(it.done, isFlushed ? ["one is flushed"] : []);
  });
}

Deno.test("it is flushed and ended when the carrier is", async () => {
  const it = setUp({ answer: good });
  const done = Promise.withResolvers<void>();
  it.start.use({ flushed: () => done.promise, end: () => done.promise } as unknown as LegacyEra);
  let settled = 0;
  const both = [it.start.flushed(), it.start.end(AbortSignal.timeout(1_000))].map((each) =>
    each.then(() => settled++)
  );
  await nextTurn();
  assert.equal(settled, 0);
  done.resolve();
  await Promise.all(both);
});

Deno.test("a sign-in that is pending changes the lists of a session that has begun", async () => {
  const it = setUp({ answer: good });
  it.start.signInIsPending();
  await it.begin("tools/list").ended;
  await it.open();
  it.start.send(notification("notifications/initialized"));
  it.start.signInIsOver();
  it.start.signInIsPending();
  await until(() => it.lines.length > 0, "the notification");
  assert.deepEqual(it.lines.map(({ method }) => method), ["notifications/tools/list_changed"]);
  const list = it.begin("tools/list");
  await list.ended;
  assert.equal(list.answers[0].result.tools[0].name, "sign_in");
  it.person.finish();
  it.start.signInIsOver();
  const again = it.begin("tools/list");
  await again.ended;
  assert.deepEqual(again.answers[0].result, { from: "backend" });
});
