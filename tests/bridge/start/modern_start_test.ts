import assert from "node:assert/strict";
import { nextTurn } from "../../../src/base/timer.ts";
import { createExchange, type Exchange } from "../../../src/bridge/exchange.ts";
import type { ModernEra } from "../../../src/bridge/modern/modern_era.ts";
import { createModernStart } from "../../../src/bridge/start/modern_start.ts";
import type { StartSettings } from "../../../src/bridge/start/start_settings.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { until } from "../../support/until.ts";
import { within } from "../../support/within.ts";
import { bytes, notification, request, response, text, type Value, valueOf } from "../message.ts";
import { failure, startContext } from "./start_context.ts";
import { memoryInProcess, scriptedPerson } from "./person_and_memory.ts";

const signedOut = failure("signed_out");

/** A start at a backend that answers so. */
function setUp(
  { answer, isSignedIn = false, ...settings }: {
    answer: (exchange: Exchange) => void | Promise<void>;
    isSignedIn?: boolean;
  } & Partial<StartSettings>,
) {
  const { context, lines } = startContext();
  const asked: Exchange[] = [];
  const done: string[] = [];
  const person = scriptedPerson({ isSignedIn });
  const memory = memoryInProcess();
  const eraNamed = (name: string) =>
    ({
      request(exchange: Exchange) {
        asked.push(exchange);
        return Promise.resolve(answer(exchange));
      },
      send: (message) => void done.push(`${name} sends ${text(message)}`),
      flushed() {
        done.push(`${name} is flushed`);
        return Promise.resolve();
      },
    }) as ModernEra;
  const start = createModernStart({
    context,
    era: eraNamed("one"),
    isAuthorizing: () => true,
    settings: {
      mode: "auto",
      eagerLogin: "never",
      startGrace: 60_000,
      listGrace: 60_000,
      memory,
      signIn: person.signIn,
      ...settings,
    },
  });
  return {
    start,
    lines,
    asked,
    done,
    person,
    memory,
    eraNamed,
    begin(method: string, params?: unknown) {
      const answers: Value[] = [];
      const exchange = createExchange(
        request(method, params),
        (line) => void answers.push(valueOf(line)),
      );
      const ended = within(start.request(exchange), { what: `the end of ${method}` });
      ended.catch(() => {});
      return { exchange, answers, ended };
    },
  };
}

const good = (exchange: Exchange) => void exchange.answer(response({ from: "backend" }));
const out = () => Promise.reject(signedOut);

for (
  const [method, purpose, isNoted] of [
    ["tools/call", "client", false],
    ["prompts/get", "client", false],
    ["subscriptions/listen", "unasked", false],
    ["server/discover", "unasked", true],
    ["tools/list", "unasked", true],
    ["resources/list", "unasked", true],
  ] as const
) {
  Deno.test(`${method} is asked for as "${purpose}", and remembered: ${isNoted}`, async () => {
    const it = setUp({ answer: good });
    const { exchange, answers, ended } = it.begin(method);
    await ended;
    assert.equal(exchange.purpose, purpose);
    assert.deepEqual(answers[0].result, { from: "backend" });
    assert.equal(it.memory.noted(), isNoted ? 1 : 0);
  });
}

Deno.test("without a sign-in lists are answered in the backend's place, and all else from then on", async () => {
  let isIn = false;
  const it = setUp({ answer: (exchange) => isIn ? good(exchange) : out() });
  assert.equal(it.start.isOwnTool("sign_in"), false);
  const list = it.begin("tools/list");
  const other = it.begin("prompts/list");
  await Promise.all([list.ended, other.ended]);
  assert.equal(list.answers[0].result.tools[0].name, "sign_in");
  assert.deepEqual(other.answers[0].result.prompts, []);
  assert.equal(it.start.isOwnTool("sign_in"), true);
  const call = it.begin("tools/call", { name: "sign_in" });
  await call.ended;
  assert.match(call.answers[0].result.content[0].text, /^To sign in to mcp\.test, open/);
  isIn = true;
  const plain = it.begin("tools/call", { name: "echo" });
  await plain.ended;
  assert.deepEqual(plain.answers[0].result, { from: "backend" });
  await it.start.flushed();
  it.start.signInIsPending();
  await nextTurn();
});

Deno.test("what no sign-in mends is the client's to know, and so is what is answered already", async () => {
  for (const method of ["tools/list", "subscriptions/listen"]) {
    const forbidden = failure("forbidden");
    const it = setUp({ answer: () => Promise.reject(forbidden) });
    await assert.rejects(it.begin(method).ended, forbidden);
    const answered = setUp({
      answer(exchange) {
        good(exchange);
        return out();
      },
    });
    await assert.rejects(answered.begin(method).ended, signedOut);
  }
});

Deno.test("a subscription without a sign-in is kept until there is one", async () => {
  const it = setUp({ answer: out });
  const { exchange, ended } = it.begin("subscriptions/listen", { notifications: {} });
  await until(() => it.lines.length > 0, "the acknowledgement");
  assert.equal(it.lines[0].method, "notifications/subscriptions/acknowledged");
  exchange.abort(failure("cancelled"));
  await assert.rejects(ended);
});

Deno.test('with "always" memory answers before the backend is asked, if there is any', async () => {
  const it = setUp({ mode: "always", answer: good });
  const first = it.begin("tools/list");
  await first.ended;
  assert.deepEqual(first.answers[0].result, { from: "backend" });
  it.memory.note({ era: "modern", method: "tools/list" }, bytes(`{"tools":[]}`));
  const again = it.begin("tools/list");
  await again.ended;
  assert.deepEqual(again.answers[0].result, { tools: [] });
  assert.equal(it.asked.length, 1);
  const auto = setUp({ answer: good });
  auto.memory.note({ era: "modern", method: "tools/list" }, bytes(`{"tools":[]}`));
  const list = auto.begin("tools/list");
  await list.ended;
  assert.deepEqual(list.answers[0].result, { from: "backend" });
});

Deno.test("a backend that takes long is stood in for after the grace of the start", async () => {
  const slow = ({ signal }: Exchange) =>
    new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const it = setUp({ answer: slow, startGrace: 1 });
  const { answers, ended } = it.begin("tools/list");
  await assert.rejects(ended, /answered without the backend/);
  assert.equal(answers[0].result.tools[0].name, "sign_in");
  const call = it.begin("tools/call", { name: "echo" });
  await nextTurn();
  assert.deepEqual(call.answers, [], "nobody answers a call in the backend's place");
  call.exchange.abort(failure("cancelled"));
});

Deno.test("what was answered in time is not answered again", async () => {
  using time = new FakeTime();
  const answered = Promise.withResolvers<void>();
  const it = setUp({
    startGrace: 1,
    answer(exchange) {
      good(exchange);
      return answered.promise;
    },
  });
  const { exchange, answers, ended } = it.begin("tools/list");
  await time.pass(10);
  answered.resolve();
  await ended;
  assert.equal(answers.length, 1);
  assert.equal(exchange.signal.aborted, false);
});

Deno.test("a list waits for the sign-in longer than the start does, if that is wanted", async () => {
  const it = setUp({ answer: out, startGrace: 0, listGrace: 30, eagerLogin: "always" });
  const { answers, ended } = it.begin("tools/list");
  await it.person.asked();
  await nextTurn();
  assert.equal(answers.length, 0);
  await ended;
  assert.equal(answers[0].result.tools[0].name, "sign_in");
});

Deno.test("another carrier takes what comes from then on", async () => {
  const it = setUp({ answer: good });
  it.start.send(notification("a"));
  it.start.use(it.eraNamed("other"));
  it.start.send(notification("b"));
  await it.start.flushed();
  assert.deepEqual(it.done, [
    `one sends ${text(notification("a"))}`,
    `other sends ${text(notification("b"))}`,
    "other is flushed",
  ]);
});

Deno.test("it is flushed when the carrier is", async () => {
  const it = setUp({ answer: good });
  const flushed = Promise.withResolvers<void>();
  it.start.use({ flushed: () => flushed.promise } as ModernEra);
  let isFlushed = false;
  const waiting = it.start.flushed().then(() => isFlushed = true);
  await nextTurn();
  assert.equal(isFlushed, false);
  flushed.resolve();
  await waiting;
});

Deno.test("server/discover is answered in time, however late it is refused", async () => {
  await import("../../../src/bridge/start/modern_stand_in.ts");
  using time = new FakeTime();
  const refusal = Promise.withResolvers<void>();
  const it = setUp({ answer: () => refusal.promise, startGrace: 1_000, eagerLogin: "always" });
  const { answers } = it.begin("server/discover");
  await time.pass(900);
  refusal.reject(signedOut);
  await it.person.asked();
  await time.pass(99);
  assert.equal(answers.length, 0);
  await time.pass(1);
  await nextTurn();
  assert.equal(answers.length, 1);
});

Deno.test("that a sign-in is pending matters to who has asked for something", async () => {
  const it = setUp({ answer: good });
  await import("../../../src/bridge/start/modern_stand_in.ts");
  it.start.signInIsPending();
  await nextTurn();
  await nextTurn();
  const before = it.begin("tools/list");
  await before.ended;
  assert.deepEqual(before.answers[0].result, { from: "backend" });
  it.memory.clear();
  it.start.signInIsPending();
  const list = it.begin("tools/list");
  await list.ended;
  assert.equal(list.answers[0].result.tools[0].name, "sign_in");
  it.person.finish();
  it.start.signInIsOver();
  const again = it.begin("tools/list");
  await again.ended;
  assert.deepEqual(again.answers[0].result, { from: "backend" });
});
