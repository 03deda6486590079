import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { nextTurn } from "../../../src/base/timer.ts";
import { createExchange, type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import type { LegacyEra } from "../../../src/bridge/legacy/era.ts";
import { initializeResultOf } from "../../../src/bridge/legacy/session.ts";
import { signInTool } from "../../../src/bridge/start/sign_in_tool.ts";
import { createStandIn, type StandIn } from "../../../src/bridge/start/stand_in.ts";
import type { BegunSession, StartSettings } from "../../../src/bridge/start/start_settings.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { fixedRandom } from "../../support/fixed_random.ts";
import {
  bytes,
  errorResponse,
  notification,
  request,
  response,
  type Value,
  valueOf,
} from "../message.ts";
import { failure, startContext } from "./start_context.ts";
import { denied, memoryInProcess, scriptedPerson } from "./person_and_memory.ts";

const url = new URL("https://mcp.test:8443/mcp");
const tool = signInTool("sign_in", url);
const signedOut = failure("signed_out");
const unreachable = failure("backend_unreachable", { transient: true });
const welcome = (capabilities: object = { tools: { listChanged: true } }) => ({
  protocolVersion: "2025-11-25",
  capabilities,
  serverInfo: { name: "b", version: "1" },
});

/** A stand-in for a backend that answers when the test says so, on a clock that it moves. */
function setUp(
  { isSignedIn = false, isAuthorizing = false, ...settings }:
    & { isSignedIn?: boolean; isAuthorizing?: boolean }
    & Partial<StartSettings> = {},
) {
  const time = new FakeTime();
  const { context, lines, logged, waiting, stop } = startContext({ url });
  const asked: { exchange: Exchange; settled: PromiseWithResolvers<void> }[] = [];
  const sent: Message[] = [];
  const person = scriptedPerson({ isSignedIn });
  const memory = memoryInProcess();
  const available = { count: 0 };
  const initialize = request("initialize", { protocolVersion: "2025-11-25" }, "i");
  const begun: BegunSession = { initialize, initialized: undefined, result: undefined };
  const standIn: StandIn = createStandIn({
    context,
    begun,
    era: () =>
      ({
        request(exchange: Exchange) {
          const settled = Promise.withResolvers<void>();
          asked.push({ exchange, settled });
          exchange.signal.addEventListener("abort", () => settled.reject(exchange.signal.reason));
          return settled.promise;
        },
        send: (message: Message) => void sent.push(message),
      }) as LegacyEra,
    isAuthorizing: () => isAuthorizing,
    onInitialized(given) {
      const result = initializeResultOf(given);
      if (!result) return;
      begun.result = result;
      standIn.opened();
    },
    settings: {
      mode: "auto",
      eagerLogin: "never",
      startGrace: 1_000,
      listGrace: 2_000,
      memory,
      signIn: {
        ...person.signIn,
        isAvailable(signal) {
          available.count++;
          return person.signIn.isAvailable(signal);
        },
      },
      ...settings,
    },
  });
  const make = (message: Message) => {
    const answers: Value[] = [];
    return {
      answers,
      exchange: createExchange(message, (line) => void answers.push(valueOf(line))),
    };
  };
  const follow = (made: ReturnType<typeof make>, promise: Promise<void>) => {
    const outcome: { error?: Value; isDone: boolean } = { isDone: false };
    promise.then(() => outcome.isDone = true, (error) => outcome.error = error);
    return { ...made, outcome };
  };
  /** The client's first request. */
  const first = () => {
    const made = make(initialize);
    made.exchange.purpose = "unasked";
    return made;
  };
  const failed = (error: unknown, made = first()) =>
    follow(made, standIn.failed(made.exchange, error));
  const initialized = () => begun.initialized = notification("notifications/initialized");
  return {
    time,
    lines,
    logged,
    asked,
    sent,
    waiting,
    stop,
    person,
    memory,
    available,
    begun,
    standIn,
    methods: () => asked.map(({ exchange }) => exchange.request.method),
    lists: () => lines.map(({ method }) => method.split("/")[1]),
    warnings: () => logged.filter((line) => line.includes("[warn]")),
    remember: (method: string, result: unknown) =>
      memory.note({ era: "legacy", method: method as "tools/list" }, bytes(JSON.stringify(result))),
    make: (method: string, params?: unknown, id?: unknown) => make(request(method, params, id)),
    first,
    begin() {
      const made = first();
      return follow(made, standIn.begin(made.exchange));
    },
    failed,
    request(method: string, params?: unknown, id?: unknown) {
      const made = make(request(method, params, id));
      return follow(made, standIn.request(made.exchange));
    },
    /** Answers what the backend was asked last. */
    answer(result: unknown, at = -1) {
      const { exchange, settled } = asked.at(at)!;
      exchange.answer(response(result));
      settled.resolve();
    },
    refuse(error: unknown, at = -1) {
      asked.at(at)!.settled.reject(error);
    },
    /** The client was told that there is a session, and is ready. */
    initialized,
    /** Stands in for a backend without a sign-in. */
    async standInForUnknown() {
      const { answers } = failed(signedOut);
      await time.pass(0);
      assert.equal(answers.length, 1);
      initialized();
      return answers[0];
    },
    /** The backend has begun the session by itself. */
    open(capabilities?: object) {
      begun.result = initializeResultOf(response(welcome(capabilities)))!;
      initialized();
    },
    [Symbol.dispose]() {
      standIn.end();
      time[Symbol.dispose]();
    },
  };
}

// ── The beginning ────────────────────────────────────────────────────────────────────────────────

for (
  const [eagerLogin, purpose] of [["never", "unasked"], ["first", "unasked"], ["always", "client"]]
) {
  Deno.test(`"${eagerLogin}" has the session begun as "${purpose}", behind an answer from memory`, async () => {
    using it = setUp({ eagerLogin: eagerLogin as "never" });
    it.remember("initialize", welcome());
    const { answers, exchange } = it.begin();
    await it.time.pass(0);
    assert.deepEqual(answers[0].result, welcome());
    assert.equal(exchange.purpose, purpose);
    assert.equal(it.asked[0].exchange, exchange);
    it.answer(welcome());
    await it.time.pass(0);
    assert.equal(answers.length, 1, "the client has one answer");
    assert.ok(it.begun.result);
  });
}

Deno.test("without a memory the backend's answer is the client's", async () => {
  using it = setUp();
  const { answers, outcome } = it.begin();
  await it.time.pass(5_000);
  assert.deepEqual(answers, []);
  it.answer(welcome());
  await it.time.pass(0);
  assert.deepEqual([answers.length, outcome.isDone], [1, true]);
  assert.deepEqual(it.lines, [], "the client knows of the lists that it asks for");
});

Deno.test("a client that has begun another session gets no answer to the first", async () => {
  using it = setUp();
  it.remember("initialize", welcome());
  const { answers } = it.begin();
  it.begun.initialize = request("initialize", {}, "j");
  await it.time.pass(0);
  assert.deepEqual(answers, []);
  it.answer(welcome());
  await it.time.pass(0);
  assert.equal(it.begun.result, undefined, "it is not that of the second");
});

for (
  const [isAuthorizing, isKnown, isAnswered] of [
    [false, false, false],
    [true, false, true],
    [false, true, true],
  ]
) {
  Deno.test(`what is late is answered: ${isAnswered}, waits for a sign-in: ${isAuthorizing}, known: ${isKnown}`, async () => {
    using it = setUp({ isAuthorizing });
    if (isKnown) it.remember("initialize", { ...welcome(), known: true });
    const { exchange, answers } = it.first();
    await it.standIn.late(exchange, new Promise(() => {}));
    assert.equal(answers.length, isAnswered ? 1 : 0);
    assert.equal(answers[0]?.result.known, isKnown || undefined);
    const again = it.standIn.late(exchange, new Promise(() => {}));
    await again;
    assert.equal(answers.length, isAnswered ? 1 : 0);
  });
}

Deno.test("what is answered, ended or followed by another session is not late", async () => {
  using it = setUp({ isAuthorizing: true });
  const late = async (before: (made: ReturnType<typeof it.first>) => void, meanwhile = before) => {
    const made = it.first();
    before(made);
    const ended = it.standIn.late(made.exchange, new Promise(() => {}));
    if (meanwhile !== before) meanwhile(made);
    await ended;
    return made.answers.map(({ result }) => result);
  };
  const answered = ({ exchange }: { exchange: Exchange }) => void exchange.answer(response(1));
  assert.deepEqual(await late(answered), [1]);
  assert.deepEqual(await late(() => {}, answered), [1]);
  assert.deepEqual(
    await late(({ exchange }) => exchange.answerMeanwhile(response(2))),
    [2],
  );
  it.begun.initialize = request("initialize", {}, "j");
  assert.deepEqual(await late(() => {}), []);
  using ended = setUp({ isAuthorizing: true });
  ended.standIn.end();
  const { exchange, answers } = ended.first();
  await ended.standIn.late(exchange, new Promise(() => {}));
  assert.deepEqual(answers, []);
});

// ── A beginning that fails ───────────────────────────────────────────────────────────────────────

interface Failed {
  error?: ProxyError;
  purpose?: Exchange["purpose"];
  known?: boolean;
  eagerLogin?: StartSettings["eagerLogin"];
  obstacle?: boolean;
  isLate?: boolean;
  /** What becomes of it. */
  throws?: ProxyError | "obstacle";
  answer?: "remembered" | "unknown";
  asks?: boolean;
  warns?: boolean;
  offersTool?: boolean;
}

const forbidden = failure("forbidden");
const paused = failure("sign_in_paused");

for (
  const row of [
    { answer: "unknown" },
    { known: true, answer: "remembered" },
    { eagerLogin: "first", asks: true },
    { eagerLogin: "first", known: true, answer: "remembered" },
    { eagerLogin: "always", asks: true },
    { eagerLogin: "always", known: true, answer: "remembered", asks: true },
    { eagerLogin: "first", isLate: true, answer: "unknown", asks: true },
    { obstacle: true, throws: "obstacle" },
    { obstacle: true, known: true, throws: "obstacle" },
    { purpose: "client", answer: "unknown", warns: true, offersTool: true },
    { purpose: "client", known: true, answer: "remembered", warns: true, offersTool: true },
    { error: paused, answer: "unknown", warns: true, offersTool: true },
    {
      error: paused,
      known: true,
      obstacle: true,
      answer: "remembered",
      warns: true,
      offersTool: true,
    },
    { error: paused, eagerLogin: "always", answer: "unknown", warns: true, offersTool: true },
    { error: unreachable, throws: unreachable },
    { error: unreachable, known: true, answer: "remembered", warns: true },
    { error: forbidden, throws: forbidden },
    { error: forbidden, known: true, throws: forbidden },
  ] as Failed[]
) {
  Deno.test(
    `a beginning that fails: ${
      JSON.stringify(
        row,
        (key, value) => key !== "" && value instanceof ProxyError ? value.reason : value,
      )
    }`,
    async () => {
      const { error = signedOut, purpose = "unasked" } = row;
      using it = setUp({ eagerLogin: row.eagerLogin });
      if (row.known) {
        it.remember("initialize", { ...welcome(), known: true });
        it.remember("tools/list", { tools: [] });
      }
      const obstacle = failure("no_browser");
      if (row.obstacle) it.person.obstacle = obstacle;
      const made = it.first();
      if (row.isLate) await it.standIn.late(made.exchange, new Promise(() => {}));
      made.exchange.purpose = purpose;
      const { outcome, answers } = it.failed(error, made);
      await it.time.pass(0);
      assert.equal(outcome.error, row.throws === "obstacle" ? obstacle : row.throws);
      assert.equal(answers.length, row.answer ? 1 : 0);
      assert.equal(answers[0]?.result.known, row.answer === "remembered" ? true : undefined);
      assert.deepEqual(
        it.asked.map(({ exchange }) => exchange.purpose),
        row.asks ? ["client"] : [],
      );
      assert.deepEqual(
        it.warnings().map((line) => line.split("[warn] ")[1]),
        row.warns ? [error.message] : [],
      );
      if (!row.answer || row.asks) return;
      const list = it.request("tools/list");
      await it.time.pass(2_000);
      const offered = list.answers[0].result.tools.map(({ name }: Value) => name);
      const isOffered = row.offersTool || row.answer === "unknown";
      assert.deepEqual(offered, isOffered ? ["sign_in"] : []);
    },
  );
}

Deno.test("the client is told why it is answered without the backend", async () => {
  using unknown = setUp();
  await unknown.standInForUnknown();
  assert.ok(
    unknown.logged[0].endsWith(
      "the client is answered without the backend, until the person has signed in",
    ),
  );
  using known = setUp();
  known.remember("initialize", welcome());
  await known.standInForUnknown();
  assert.ok(
    known.logged[0].endsWith(
      "the client is answered with what the backend said last, until it can be asked",
    ),
  );
});

Deno.test("what fails behind an answer in the backend's place is said to people", async () => {
  for (
    const [error, purpose, isSaid, offersTool] of [
      [unreachable, "unasked", true, false],
      [denied(), "client", true, true],
      [signedOut, "client", true, true],
      [forbidden, "client", true, false],
      [forbidden, "unasked", true, false],
    ] as const
  ) {
    using it = setUp();
    it.remember("initialize", welcome());
    it.remember("tools/list", { tools: [] });
    it.initialized();
    const made = it.first();
    it.failed(unreachable, made);
    await it.time.pass(0);
    made.exchange.purpose = purpose;
    const { outcome } = it.failed(error, made);
    await it.time.pass(0);
    assert.equal(outcome.isDone, true);
    assert.equal(it.warnings().length, isSaid ? 2 : 1);
    assert.deepEqual(it.lists(), offersTool ? ["tools"] : []);
    const list = it.request("tools/list");
    await it.time.pass(0);
    assert.equal(list.answers[0].result.tools.length, offersTool ? 1 : 0, error.reason);
  }
});

Deno.test("what failed of a session that is over, or of an ended bridge, is thrown", async () => {
  for (const end of ["another session", "the end"]) {
    using it = setUp();
    it.remember("initialize", welcome());
    const made = it.first();
    if (end === "the end") it.standIn.end();
    else it.begun.initialize = request("initialize", {}, "j");
    const { outcome, answers } = it.failed(signedOut, made);
    await it.time.pass(0);
    assert.equal(outcome.error, signedOut);
    assert.deepEqual(answers, []);
  }
});

Deno.test("a sign-in that is begun at once, and fails, leaves our tool", async () => {
  using it = setUp({ eagerLogin: "first" });
  const { answers, outcome } = it.failed(signedOut);
  await it.time.pass(0);
  assert.equal(answers.length, 0);
  it.refuse(denied());
  await it.time.pass(0);
  assert.equal(outcome.isDone, true);
  assert.equal(answers.length, 1);
  const list = it.request("tools/list");
  await it.time.pass(0);
  assert.deepEqual(list.answers[0].result, { tools: [tool] });
});

Deno.test("what fails behind the backend's answer is thrown, and it is tried again", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  const { outcome, answers } = it.begin();
  await it.time.pass(0);
  it.asked[0].exchange.answer(errorResponse({ code: 1, message: "no" }));
  it.refuse(forbidden);
  await it.time.pass(0);
  assert.equal(outcome.error, forbidden);
  assert.equal(answers.length, 1);
  await it.time.pass(500);
  assert.equal(it.asked.length, 2);
});

// ── Before the session ───────────────────────────────────────────────────────────────────────────

for (
  const [method, result] of [
    ["tools/list", { tools: [tool] }],
    ["prompts/list", { prompts: [] }],
    ["resources/list", { resources: [] }],
    ["resources/templates/list", { resourceTemplates: [] }],
    ["ping", {}],
    ["logging/setLevel", {}],
  ] as const
) {
  Deno.test(`before there is a session ${method} is answered here`, async () => {
    using it = setUp();
    await it.standInForUnknown();
    const { answers } = it.request(method, {}, 5);
    await it.time.pass(0);
    assert.deepEqual(answers, [{ jsonrpc: "2.0", id: 5, result }]);
    assert.equal(it.asked.length, 0);
    assert.equal(it.memory.noted(), 0);
    assert.equal(it.standIn.isOwnTool("sign_in"), true);
    assert.equal(it.standIn.isOwnTool("other"), false);
  });
}

Deno.test("a page that is not known is refused, one that is remembered is given", async () => {
  using it = setUp();
  await it.standInForUnknown();
  const unknown = it.request("tools/list", { cursor: "2" });
  await it.time.pass(0);
  assert.match(unknown.outcome.error.message, /this page of tools\/list is not known/);
  it.memory.note({ era: "legacy", method: "tools/list", cursor: "2" }, bytes(`{"tools":[]}`));
  const known = it.request("tools/list", { cursor: "2" });
  await it.time.pass(0);
  assert.deepEqual(known.answers[0].result, { tools: [] });
});

Deno.test("a list waits for a session that is about to begin, for as long as lists do", async () => {
  using it = setUp();
  it.remember("initialize", welcome());
  it.begin();
  await it.time.pass(0);
  const inVain = it.request("tools/list");
  await it.time.pass(1_999);
  assert.equal(inVain.answers.length, 0);
  await it.time.pass(1);
  assert.deepEqual(inVain.answers[0].result, { tools: [tool] });
  const list = it.request("tools/list");
  const cancelled = it.request("tools/list");
  cancelled.exchange.abort(requestCancelled());
  await it.time.pass(1_000);
  assert.equal(cancelled.outcome.error.reason, "cancelled");
  it.answer(welcome());
  await it.time.pass(0);
  assert.equal(it.asked.at(-1)!.exchange, list.exchange, "the backend is asked");
  assert.equal(list.exchange.purpose, "unasked");
});

Deno.test("a list does not wait for a session that has failed to begin", async () => {
  using it = setUp();
  it.remember("initialize", welcome());
  it.begin();
  await it.time.pass(0);
  const list = it.request("tools/list");
  await it.time.pass(10);
  it.refuse(unreachable);
  await it.time.pass(0);
  assert.deepEqual(list.answers[0].result, { tools: [tool] });
});

Deno.test("a request begins the session for a person, and waits for it", async () => {
  using it = setUp();
  await it.standInForUnknown();
  const call = it.request("tools/call", { name: "echo" });
  const other = it.request("x/y");
  await it.time.pass(0);
  assert.deepEqual(it.methods(), ["initialize"]);
  assert.equal(it.asked[0].exchange.purpose, "client");
  assert.equal(it.asked[0].exchange.request, it.begun.initialize);
  it.answer(welcome());
  await it.time.pass(0);
  assert.deepEqual(it.methods(), ["initialize", "tools/call", "x/y"]);
  assert.equal(call.exchange.purpose, "client");
  it.answer({ mine: 1 });
  await it.time.pass(0);
  assert.deepEqual(other.answers[0].result, { mine: 1 });
});

Deno.test("who waits for a session hears of it every five seconds, until it is there", async () => {
  using it = setUp();
  await it.standInForUnknown();
  const call = it.request("tools/call", { name: "echo", _meta: { progressToken: "p" } });
  const begin = it.make("initialize", { _meta: { progressToken: "i" } }).exchange;
  it.waiting.push(call.exchange, begin);
  it.begun.initialize = begin.request;
  await it.time.pass(5_000);
  assert.deepEqual(it.lines.map(({ params }) => [params.progressToken, params.message]), [
    ["p", "waiting for the sign-in to mcp.test:8443"],
  ]);
  call.exchange.abort(requestCancelled());
  await it.time.pass(20_000);
  assert.equal(call.outcome.error.reason, "cancelled");
  assert.equal(it.lines.length, 1);
});

for (
  const [error, says, reason] of [
    [
      denied(),
      "Authentication error: https://mcp.test:8443/mcp requires a sign-in, which did not succeed: " +
      "nobody signed in within 300 s. Fix: start again, or raise --login-timeout, call the tool " +
      'sign_in, or run "authful-mcp-proxy login".',
      "login_timeout",
    ],
    [
      failure("access_denied"),
      "Network error: https://mcp.test:8443/mcp requires a sign-in, which did not succeed: it is " +
      'access_denied. Fix: do something, call the tool sign_in, or run "authful-mcp-proxy login".',
      "access_denied",
    ],
    [forbidden, forbidden.message, "forbidden"],
  ] as const
) {
  Deno.test(`a request that waited in vain is told: ${says}`, async () => {
    using it = setUp();
    await it.standInForUnknown();
    const { outcome } = it.request("tools/call", { name: "echo" });
    await it.time.pass(0);
    it.refuse(error);
    await it.time.pass(0);
    assert.deepEqual([outcome.error.message, outcome.error.reason], [says, reason]);
  });
}

Deno.test("what nobody was asked for does not fail a request that somebody is asked for", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  await it.standInForUnknown();
  await it.time.pass(500);
  assert.deepEqual(it.asked.map(({ exchange }) => exchange.purpose), ["unasked"]);
  const { outcome } = it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.equal(it.asked.length, 1, "it waits for the attempt that is under way");
  it.refuse(signedOut);
  await it.time.pass(0);
  assert.deepEqual(it.asked.map(({ exchange }) => exchange.purpose), ["unasked", "client"]);
  it.refuse(unreachable);
  await it.time.pass(0);
  assert.equal(outcome.error, unreachable);
});

Deno.test("a backend that refuses to begin a session is said to", async () => {
  using it = setUp();
  await it.standInForUnknown();
  for (const odd of [errorResponse({ code: 1 }), response({ a: 1 }), undefined]) {
    const { outcome } = it.request("tools/call", { name: "echo" });
    await it.time.pass(0);
    if (odd) it.asked.at(-1)!.exchange.answer(odd);
    else it.asked.at(-1)!.settled.resolve();
    await it.time.pass(0);
    assert.equal(
      outcome.error.message,
      "Backend error: the backend does not begin a session: it answered initialize with an error. " +
        "Fix: look at the backend's log, then restart the client.",
    );
    assert.equal(outcome.error.reason, "session_refused");
  }
});

// ── The session is there ─────────────────────────────────────────────────────────────────────────

/** Has the session begin for a request of the client. */
async function openBehind(it: ReturnType<typeof setUp>, capabilities: object) {
  it.request("tools/call", { name: "echo" }, 90);
  await it.time.pass(0);
  it.answer(welcome(capabilities));
  await it.time.pass(0);
}

Deno.test("what the client said meanwhile follows, in order, and lists are announced", async () => {
  using it = setUp();
  await it.standInForUnknown();
  const x = (n: number) => notification("notifications/x", { n });
  for (
    const moot of [
      notification("notifications/initialized"),
      notification("notifications/cancelled", { requestId: 1 }),
      notification("notifications/roots/list_changed"),
    ]
  ) it.standIn.send(moot);
  for (let n = 0; n < 101; n++) it.standIn.send(x(n));
  assert.deepEqual(it.sent, []);
  await openBehind(it, {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    logging: {},
    completions: {},
  });
  assert.equal(it.sent[0], it.begun.initialized);
  assert.deepEqual(it.sent.slice(1).map((each) => valueOf(each).params.n), [
    ...Array(100).keys(),
  ]);
  assert.deepEqual(it.lists(), ["tools", "resources", "prompts"]);
  assert.deepEqual(it.warnings(), []);
  assert.ok(it.logged.at(-1)!.endsWith("the backend can be asked now"));
  const now = notification("notifications/y");
  it.standIn.send(now);
  assert.equal(it.sent.at(-1), now);
});

Deno.test("a client that is not ready yet is sent nothing before", async () => {
  using it = setUp();
  await it.standInForUnknown();
  it.begun.initialized = undefined;
  await openBehind(it, { tools: { listChanged: true } });
  assert.deepEqual([it.sent, it.lines], [[], []]);
});

Deno.test("what the backend has not of what was promised is said, and answered as good as can be", async () => {
  using it = setUp();
  await it.standInForUnknown();
  await openBehind(it, { tools: {} });
  assert.equal(it.warnings().length, 1);
  assert.match(it.warnings()[0], /no longer offers prompts, resources, logging, completions;/);
  for (
    const [method, result] of [
      ["prompts/list", { prompts: [] }],
      ["logging/setLevel", {}],
      ["completion/complete", { completion: { values: [] } }],
    ] as const
  ) {
    const { answers } = it.request(method);
    await it.time.pass(0);
    assert.deepEqual(answers[0].result, result);
  }
  const { outcome } = it.request("prompts/get");
  await it.time.pass(0);
  assert.deepEqual([outcome.error.message, outcome.error.reason], [
    "Backend error: the backend does not offer prompts, as is known since the sign-in. Fix: " +
    "restart the client.",
    "capability_lost",
  ]);
  const before = it.asked.length;
  for (const method of ["tools/call", "x/y"]) it.request(method);
  await it.time.pass(0);
  assert.equal(it.asked.length, before + 2, "all else goes to the backend");
});

Deno.test("the last level that the client has set is set at a backend that logs", async () => {
  for (const logs of [true, false]) {
    using it = setUp();
    await it.standInForUnknown();
    it.request("logging/setLevel", { level: "info" }, 7);
    it.request("logging/setLevel", { level: "debug" }, 8);
    await it.time.pass(0);
    await openBehind(it, logs ? { logging: {} } : {});
    const set = it.asked.filter(({ exchange }) => exchange.request.method === "logging/setLevel");
    assert.deepEqual(
      set.map(({ exchange }) => [valueOf(exchange.request).params.level, exchange.purpose]),
      logs ? [["debug", "unasked"]] : [],
    );
    if (!logs) continue;
    set[0].settled.reject(forbidden);
    await it.time.pass(0);
    assert.ok(
      it.warnings().at(-1)!.endsWith(`logging/setLevel was not passed on: ${forbidden.message}`),
    );
    it.stop.abort(forbidden);
    assert.equal(set[0].exchange.signal.aborted, false, "it is over");
  }
});

Deno.test("in a session all goes to the backend, and what it lists is remembered", async () => {
  using it = setUp();
  it.open();
  const call = it.request("tools/call", { name: "sign_in" });
  const list = it.request("tools/list");
  const ping = it.request("ping");
  await it.time.pass(0);
  assert.deepEqual(it.methods(), ["tools/call", "tools/list", "ping"]);
  assert.deepEqual(
    [call, list, ping].map(({ exchange }) => exchange.purpose),
    ["client", "unasked", "client"],
  );
  it.answer({ tools: [] }, 1);
  await it.time.pass(0);
  assert.equal(it.memory.noted(), 1);
});

for (
  const [error, known, outcome] of [
    [signedOut, true, "our tool and the list"],
    [signedOut, false, "our tool"],
    [unreachable, true, "the list"],
    [unreachable, false, "the error"],
    [forbidden, true, "the error"],
  ] as const
) {
  Deno.test(`a list that fails with ${error.reason}, known: ${known}, is answered with ${outcome}`, async () => {
    using _halved = fixedRandom(0);
    using it = setUp();
    it.open();
    if (known) it.remember("tools/list", { tools: [{ name: "a" }] });
    const list = it.request("tools/list");
    await it.time.pass(0);
    it.refuse(error);
    await it.time.pass(0);
    const names = list.answers[0]?.result.tools.map(({ name }: Value) => name);
    const expected = {
      "our tool and the list": ["sign_in", "a"],
      "our tool": ["sign_in"],
      "the list": ["a"],
      "the error": undefined,
    }[outcome];
    assert.deepEqual(names, expected);
    assert.equal(list.outcome.error, expected ? undefined : error);
    assert.equal(it.warnings().length, outcome === "the list" ? 1 : 0);
    assert.equal(it.standIn.isOwnTool("sign_in"), error === signedOut);
    assert.deepEqual(it.lines, [], "the client hears of it by this answer");
    await it.time.pass(500);
    assert.equal(it.available.count, error === signedOut ? 1 : 0);
  });
}

Deno.test("a list that was answered fails without another answer", async () => {
  using it = setUp();
  it.open();
  const list = it.request("tools/list");
  await it.time.pass(0);
  it.asked[0].exchange.answer(response({ tools: [] }));
  it.refuse(signedOut);
  await it.time.pass(0);
  assert.equal(list.outcome.error, signedOut);
  assert.equal(list.answers.length, 1);
});

Deno.test("our tool has a name that none of the backend's has, and is gone when there is a list", async () => {
  using it = setUp();
  it.open();
  it.remember("tools/list", { tools: [{ name: "sign_in" }] });
  it.standIn.signInIsPending();
  const list = it.request("tools/list");
  await it.time.pass(0);
  assert.deepEqual(list.answers[0].result.tools.map(({ name }: Value) => name), [
    "authful_sign_in",
    "sign_in",
  ]);
  assert.deepEqual(
    ["sign_in", "authful_sign_in"].map((name) => it.standIn.isOwnTool(name)),
    [false, true],
  );
  const call = it.request("tools/call", { name: "authful_sign_in" });
  await it.time.pass(0);
  assert.match(call.answers[0].result.content[0].text, /^To sign in to mcp\.test:8443, open/);
  assert.equal(it.asked.length, 0);
  it.person.finish();
  await it.time.pass(0);
  it.request("prompts/list");
  await it.time.pass(0);
  assert.equal(it.standIn.isOwnTool("authful_sign_in"), true);
  it.request("tools/list");
  await it.time.pass(0);
  assert.equal(it.standIn.isOwnTool("authful_sign_in"), false);
  assert.deepEqual(it.methods(), ["prompts/list", "tools/list"]);
});

// ── The sign-in in mid-session ───────────────────────────────────────────────────────────────────

Deno.test("a sign-in that is pending offers our tool, and answers the lists that wait", async () => {
  using it = setUp();
  it.standIn.signInIsPending();
  assert.deepEqual(it.lines, [], "there is no session yet");
  it.open({ tools: { listChanged: true }, prompts: { listChanged: true } });
  const list = it.make("tools/list");
  const page = it.make("prompts/list", { cursor: "2" });
  const call = it.make("tools/call", { _meta: { progressToken: "p" } });
  it.waiting.push(list.exchange, page.exchange, call.exchange);
  it.standIn.signInIsPending();
  it.standIn.signInIsPending();
  assert.deepEqual(it.lists(), ["tools"]);
  await it.time.pass(0);
  assert.deepEqual(list.answers[0].result, { tools: [tool] });
  assert.match(list.exchange.signal.reason.message, /answered without the backend/);
  assert.match(page.answers[0].error.message, /this page of prompts\/list is not known/);
  assert.equal(call.exchange.signal.aborted, false);
  it.waiting.splice(0, 2);
  await it.time.pass(5_000);
  assert.equal(it.lines.length, 2);
  const ping = it.request("ping");
  await it.time.pass(0);
  assert.deepEqual(ping.answers[0].result, {});
  it.person.finish();
  it.standIn.signInIsOver();
  assert.deepEqual(it.lines.slice(2).map(({ method }) => method), [
    "notifications/tools/list_changed",
  ]);
  await it.time.pass(20_000);
  assert.equal(it.lines.length, 3, "nobody waits any more");
});

Deno.test("a sign-in that is over without a credential is looked after by itself", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  it.open();
  it.standIn.signInIsOver();
  await it.time.pass(10_000);
  assert.equal(it.available.count, 0, "none was pending");
  it.standIn.signInIsPending();
  it.standIn.signInIsOver();
  it.standIn.signInIsOver();
  await it.time.pass(499);
  assert.equal(it.available.count, 0);
  await it.time.pass(1);
  assert.equal(it.available.count, 1);
  await it.time.pass(999);
  assert.equal(it.available.count, 1, "one look at a time");
  it.person.finish();
  await it.time.pass(1);
  assert.equal(it.available.count, 2);
  assert.deepEqual(it.lists(), ["tools", "tools"]);
  await it.time.pass(60_000);
  assert.equal(it.available.count, 2);
  it.person.lose();
  it.standIn.signInIsPending();
  it.standIn.signInIsOver();
  await it.time.pass(500);
  assert.equal(it.available.count, 3, "the pauses are short again");
});

Deno.test("a sign-in that our tool begins, and that fails, is looked after as well", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  it.open();
  it.standIn.signInIsPending();
  await it.time.pass(0);
  it.request("tools/list");
  await it.time.pass(0);
  it.request("tools/call", { name: "sign_in" });
  await it.time.pass(0);
  it.person.fail();
  await it.time.pass(500);
  assert.equal(it.available.count, 1);
});

Deno.test("a sign-in by our tool begins the session", async () => {
  using it = setUp();
  await it.standInForUnknown();
  it.request("tools/call", { name: "sign_in" });
  await it.time.pass(0);
  assert.equal(it.asked.length, 0);
  it.person.finish();
  await it.time.pass(0);
  assert.deepEqual(it.asked.map(({ exchange }) => exchange.purpose), ["unasked"]);
  it.request("tools/call", { name: "sign_in" });
  await it.time.pass(0);
  assert.equal(it.asked.length, 1, "one is under way");
});

// ── By itself ────────────────────────────────────────────────────────────────────────────────────

Deno.test("the session is tried again by itself, ever less often", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  await it.standInForUnknown();
  const times: number[] = [];
  for (let n = 0, seen = 0; n < 2_000 && times.length < 9; n++) {
    await it.time.pass(100);
    if (it.asked.length === seen) continue;
    seen = it.asked.length;
    times.push(it.time.now);
    assert.equal(it.asked.at(-1)!.exchange.purpose, "unasked");
    it.refuse(times.length % 2 ? signedOut : unreachable);
  }
  const pauses = times.map((at, n) => Math.round((at - (times[n - 1] ?? 0)) / 100) / 10);
  for (const [n, pause] of [0.5, 1, 2, 4, 8, 15, 15, 15, 15].entries()) {
    assert.ok(Math.abs(pauses[n] - pause) <= 0.2, `${pauses}`);
  }
  assert.deepEqual(it.warnings(), []);
});

Deno.test("an attempt for a request that fails is followed by others, by themselves", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  it.remember("initialize", welcome());
  it.begin();
  await it.time.pass(0);
  it.asked[0].exchange.answer(errorResponse({ code: -32000, message: "no" }));
  it.asked[0].settled.resolve();
  await it.time.pass(60_000);
  assert.equal(it.asked.length, 1, "nobody asks a backend again that has said no");
  const { outcome } = it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.equal(it.asked[1].exchange.purpose, "client");
  it.refuse(unreachable);
  await it.time.pass(499);
  assert.equal(outcome.error, unreachable);
  assert.equal(it.asked.length, 2);
  await it.time.pass(1);
  assert.equal(it.asked[2].exchange.purpose, "unasked");
});

Deno.test("a session that has begun is not tried again", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  await it.standInForUnknown();
  await openBehind(it, { tools: {} });
  await it.time.pass(60_000);
  assert.deepEqual(it.methods(), ["initialize", "tools/call"]);
  assert.equal(it.available.count, 0);
});

Deno.test("the end of the bridge ends an attempt of our own", async () => {
  using it = setUp();
  await it.standInForUnknown();
  it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  it.stop.abort(forbidden);
  assert.equal(it.asked[0].exchange.signal.reason, forbidden);
});

Deno.test("the end ends all that was begun", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  await it.standInForUnknown();
  const call = it.request("tools/call", { _meta: { progressToken: "p" } });
  it.waiting.push(call.exchange);
  await it.time.pass(0);
  it.refuse(unreachable);
  await it.time.pass(0);
  it.standIn.end();
  await it.time.pass(60_000);
  assert.deepEqual([it.lines, it.asked.length, it.available.count], [[], 1, 0]);
  it.open();
  it.standIn.signInIsPending();
  it.standIn.signInIsOver();
  await it.time.pass(60_000);
  assert.deepEqual(it.lines, []);
});

Deno.test("another session forgets what the one before was told and was yet to say", async () => {
  using it = setUp();
  await it.standInForUnknown();
  it.standIn.send(notification("notifications/x"));
  it.request("logging/setLevel", { level: "info" });
  const call = it.request("tools/call", { name: "echo", _meta: { progressToken: "p" } });
  it.waiting.push(call.exchange);
  await it.time.pass(0);
  it.standIn.forget();
  await it.time.pass(6_000);
  assert.deepEqual(it.lines, []);
  it.begun.result = initializeResultOf(response(welcome({ tools: {}, logging: {} })))!;
  it.standIn.opened();
  assert.deepEqual(it.sent, []);
  const list = it.request("prompts/list");
  await it.time.pass(0);
  assert.equal(it.asked.at(-1)!.exchange, list.exchange, "nothing was promised");
  assert.equal(it.methods().includes("logging/setLevel"), false);
});

Deno.test("who waits for a session that another one follows is told", async () => {
  using it = setUp({ isAuthorizing: true });
  const { exchange } = it.first();
  it.standIn.adopt(exchange, new Promise(() => {}));
  const { outcome } = it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.equal(it.asked.length, 0, "it waits for the one that is under way");
  it.standIn.forget();
  await it.time.pass(0);
  assert.deepEqual([outcome.error?.message, outcome.error?.reason], [
    "Backend error: the client has begun another session. Fix: send the request again if it is " +
    "still wanted.",
    "session_over",
  ]);
});

Deno.test("responses of the client go to who has asked", () => {
  using it = setUp();
  const given = response({}, "x");
  it.standIn.send(given);
  assert.deepEqual(it.sent, [given]);
});

// ── Who tries next ───────────────────────────────────────────────────────────────────────────────

Deno.test("while it is decided who tries next, a request begins no session of its own", async () => {
  using it = setUp({ eagerLogin: "first" });
  const { answers, outcome } = it.failed(signedOut);
  const call = it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.deepEqual(it.methods(), ["initialize"], "the client's own, on which the call waits");
  it.answer(welcome());
  await it.time.pass(0);
  assert.deepEqual([answers.length, outcome.isDone], [1, true]);
  assert.equal(it.asked.at(-1)!.exchange, call.exchange);
});

Deno.test("what fails while another attempt is under way leaves that to those who wait", async () => {
  using it = setUp();
  it.remember("initialize", welcome());
  const first = it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  it.failed(unreachable);
  await it.time.pass(0);
  const second = it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.equal(it.asked.length, 1);
  it.refuse(forbidden);
  await it.time.pass(0);
  assert.deepEqual([first.outcome.error, second.outcome.error], [forbidden, forbidden]);
});

Deno.test("who failed is done when the next attempt is", async () => {
  using it = setUp({ eagerLogin: "always" });
  it.remember("initialize", welcome());
  const { outcome } = it.failed(signedOut);
  await it.time.pass(0);
  assert.equal(outcome.isDone, false);
  it.answer(welcome());
  await it.time.pass(0);
  assert.equal(outcome.isDone, true);
});

Deno.test("without a credential it is asked for, also behind an answer in the backend's place", async () => {
  using it = setUp({ eagerLogin: "always" });
  it.remember("initialize", welcome());
  const made = it.first();
  made.exchange.answerMeanwhile(response(welcome()));
  it.failed(signedOut, made);
  await it.time.pass(0);
  assert.deepEqual(it.asked.map(({ exchange }) => exchange.purpose), ["client"]);
  assert.deepEqual(it.logged, [], "the client has its answer");
});

for (
  const [what, before] of [
    ["was answered", ({ exchange }) => void exchange.answer(response(1))],
    ["was answered in its place", ({ exchange }) => exchange.answerMeanwhile(response(1))],
    ["is behind the end", (_, it) => it.standIn.end()],
  ] as [string, (made: { exchange: Exchange }, it: ReturnType<typeof setUp>) => void][]
) {
  Deno.test(`nobody waits for a beginning that ${what}`, async () => {
    using it = setUp();
    const made = it.first();
    before(made, it);
    await it.standIn.late(made.exchange, new Promise(() => {}));
    it.request("tools/call", { name: "echo" });
    await it.time.pass(0);
    assert.equal(it.asked.length, 1);
  });
}

Deno.test("a beginning that is late is waited for, and none is begun beside it", async () => {
  using it = setUp();
  const ended = Promise.withResolvers<void>();
  it.standIn.late(it.first().exchange, ended.promise);
  const call = it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.equal(it.asked.length, 0);
  it.open();
  it.standIn.opened();
  await it.time.pass(0);
  assert.deepEqual(it.asked.map(({ exchange }) => exchange), [call.exchange]);
  assert.equal(call.outcome.isDone, false, "the backend has not answered yet");
  it.answer({});
  await it.time.pass(0);
  assert.equal(call.outcome.isDone, true);
});

for (
  const [what, end, isAnswered, reason] of [
    ["ends without a session", "resolve", false, "session_refused"],
    ["fails behind its answer", "reject", true, "forbidden"],
    ["fails, which is dealt with elsewhere,", "reject", false, undefined],
  ] as const
) {
  Deno.test(`who waits for a beginning of another one that ${what} is told: ${reason}`, async () => {
    using it = setUp();
    const { exchange } = it.first();
    const ended = Promise.withResolvers<void>();
    it.standIn.adopt(exchange, ended.promise);
    const call = it.request("tools/call", { name: "echo" });
    await it.time.pass(0);
    if (isAnswered) exchange.answer(response(1));
    if (end === "resolve") ended.resolve();
    else ended.reject(forbidden);
    await it.time.pass(0);
    assert.equal(call.outcome.error?.reason, reason);
    assert.equal(it.asked.length, 0);
  });
}

Deno.test("a beginning is not waited for while another attempt is under way already", async () => {
  using it = setUp();
  const first = it.request("tools/call", { name: "echo" });
  it.standIn.adopt(it.first().exchange, new Promise(() => {}));
  const second = it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  it.refuse(forbidden);
  await it.time.pass(0);
  assert.deepEqual([first.outcome.error, second.outcome.error], [forbidden, forbidden]);
  assert.equal(it.asked.length, 1);
});

Deno.test("the end of an old attempt is not that of the one behind it", async () => {
  using it = setUp();
  it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  it.standIn.forget();
  it.begun.initialize = request("initialize", {}, "j");
  it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.equal(it.asked.length, 2, "that of another session is not waited for");
  it.refuse(forbidden, 0);
  await it.time.pass(0);
  it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.equal(it.asked.length, 2);
});

Deno.test("a beginning that fails in a session that is over is told to who waits for it", async () => {
  for (const isCancelled of [false, true]) {
    using it = setUp();
    const { exchange } = it.begin();
    const call = it.request("tools/call", { name: "echo" });
    await it.time.pass(0);
    it.standIn.forget();
    it.begun.initialize = request("initialize", {}, "j");
    if (isCancelled) exchange.abort(forbidden);
    it.refuse(forbidden);
    await it.time.pass(0);
    assert.equal(call.outcome.error, forbidden);
  }
});

Deno.test("a request that ends while it waits ends with its own reason, and the others wait on", async () => {
  using it = setUp();
  await it.standInForUnknown();
  const waits = () => it.request("tools/call", { name: "echo", _meta: { progressToken: "p" } });
  const [one, other] = [waits(), waits()];
  it.waiting.push(other.exchange);
  await it.time.pass(0);
  one.exchange.abort(signedOut);
  await it.time.pass(5_000);
  assert.equal(one.outcome.error, signedOut);
  assert.equal(it.lines.length, 1);
  it.standIn.signInIsOver();
  await it.time.pass(5_000);
  assert.equal(it.lines.length, 2, "the session has not begun yet");
  other.exchange.abort(signedOut);
  await it.time.pass(20_000);
  assert.equal(it.lines.length, 2);
  const again = waits();
  it.waiting.splice(0, 1, again.exchange);
  await it.time.pass(5_000);
  assert.equal(it.lines.length, 3);
});

Deno.test("only a call is one of our tool", async () => {
  using it = setUp();
  await it.standInForUnknown();
  const { answers } = it.request("prompts/get", { name: "sign_in" });
  await it.time.pass(0);
  assert.deepEqual(answers, []);
  assert.deepEqual(it.methods(), ["initialize"]);
});

Deno.test("a tool of the backend's that has the name of ours is the backend's again", async () => {
  using it = setUp();
  it.remember("initialize", welcome());
  await it.standInForUnknown();
  it.request("tools/list");
  await it.time.pass(0);
  assert.equal(it.standIn.isOwnTool("sign_in"), true);
  it.remember("tools/list", { tools: [{ name: "sign_in" }] });
  const list = it.request("tools/list");
  await it.time.pass(0);
  assert.deepEqual(list.answers[0].result, { tools: [{ name: "sign_in" }] });
  assert.equal(it.standIn.isOwnTool("sign_in"), false);
});

Deno.test("another page of tools is given as it is", async () => {
  using it = setUp();
  it.failed(paused);
  await it.time.pass(0);
  it.memory.note({ era: "legacy", method: "tools/list", cursor: "2" }, bytes(`{"tools":[]}`));
  const page = it.request("tools/list", { cursor: "2" });
  await it.time.pass(0);
  assert.deepEqual(page.answers[0].result, { tools: [] });
});

Deno.test("a list that failed is answered when that is done, and our answer is not remembered", async () => {
  using it = setUp();
  it.open();
  const { exchange, outcome } = it.request("tools/list");
  await it.time.pass(0);
  it.refuse(signedOut);
  await it.time.pass(0);
  assert.equal(outcome.isDone, true);
  assert.equal(exchange.isAnswered, true);
  assert.equal(it.memory.noted(), 0);
  const { recall } = it.memory;
  it.memory.recall = async (key) => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    return await recall(key);
  };
  const other = it.make("tools/list");
  await it.standIn.listFailed(other.exchange, signedOut);
  assert.equal(other.answers.length, 1);
});

Deno.test("a sign-in by our tool that fails before there is a session leaves the tool in the list", async () => {
  using it = setUp();
  it.remember("initialize", welcome());
  it.remember("tools/list", { tools: [] });
  await it.standInForUnknown();
  it.request("tools/call", { name: "sign_in" });
  await it.time.pass(0);
  assert.deepEqual(it.lists(), []);
  it.person.fail();
  await it.time.pass(0);
  assert.deepEqual(it.lists(), ["tools"]);
  const list = it.request("tools/list");
  await it.time.pass(0);
  assert.deepEqual(list.answers[0].result, { tools: [tool] });
});

Deno.test("a sign-in by our tool that is over behind the beginning changes no list", async () => {
  using it = setUp();
  it.remember("initialize", welcome());
  await it.standInForUnknown();
  it.request("tools/call", { name: "sign_in" });
  await openBehind(it, { tools: { listChanged: true } });
  const { length } = it.lines;
  it.person.finish();
  await it.time.pass(0);
  assert.equal(it.lines.length, length);
});

Deno.test("a session that begins takes our tool out of the list, and the short pauses back", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  it.remember("initialize", welcome());
  it.failed(paused);
  it.initialized();
  // After half a second, one, two, four and eight.
  for (let count = 1; count <= 5; count++) {
    await it.time.pass(500 * 2 ** (count - 1));
    assert.equal(it.asked.length, count);
    if (count < 5) it.refuse(unreachable);
    await it.time.pass(0);
  }
  it.answer(welcome());
  await it.time.pass(0);
  const list = it.request("tools/list");
  await it.time.pass(0);
  assert.equal(it.asked.at(-1)!.exchange, list.exchange, "the backend is asked");
  it.standIn.signInIsPending();
  it.standIn.signInIsOver();
  await it.time.pass(500);
  assert.equal(it.available.count, 1);
});

Deno.test("a client that is not ready is told nothing, and no list is checked for it", async () => {
  using it = setUp({ mode: "always" });
  it.remember("initialize", welcome());
  await it.standInForUnknown();
  it.begun.initialized = undefined;
  it.remember("tools/list", { tools: [] });
  it.request("tools/list");
  await openBehind(it, { tools: { listChanged: true } });
  assert.deepEqual(it.methods(), ["initialize", "tools/call"]);
  it.standIn.signInIsPending();
  assert.deepEqual(it.lines, []);
});

Deno.test("an attempt that takes long is waited for before the next pause", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  await it.standInForUnknown();
  await it.time.pass(500);
  await it.time.pass(60_000);
  assert.equal(it.asked.length, 1);
  it.refuse(unreachable);
  await it.time.pass(1_000);
  assert.equal(it.asked.length, 2);
});

Deno.test("an attempt of another one that fails, and on which nobody waits, harms nothing", async () => {
  using _halved = fixedRandom(0);
  using it = setUp();
  await it.standInForUnknown();
  const { exchange } = it.first();
  const ended = Promise.withResolvers<void>();
  it.standIn.adopt(exchange, ended.promise);
  await it.time.pass(500);
  assert.equal(it.asked.length, 0, "it is under way");
  exchange.answer(response(1));
  ended.reject(forbidden);
  await it.time.pass(0);
  // What is rejected without being heard is told in another turn.
  await nextTurn();
  await it.time.pass(999);
  assert.equal(it.asked.length, 0);
  await it.time.pass(1);
  assert.equal(it.asked.length, 1);
});

Deno.test("a backend that answers at once needs nobody in its place", async () => {
  using it = setUp();
  it.remember("initialize", welcome());
  const { answers } = it.begin();
  it.answer({ ...welcome(), own: true });
  await it.time.pass(0);
  assert.deepEqual(answers.map(({ result }) => result.own), [true]);
  assert.deepEqual(it.logged, []);
});

Deno.test("who waits is told no more when the sign-in is over, however that is", async () => {
  for (const end of ["a credential by our tool", "none", "the end of the bridge"]) {
    using it = setUp();
    it.open({ tools: {} });
    it.waiting.push(it.make("tools/call", { _meta: { progressToken: "p" } }).exchange);
    it.standIn.signInIsPending();
    it.request("tools/list");
    await it.time.pass(5_000);
    assert.equal(it.lines.length, 1);
    if (end === "none") it.standIn.signInIsOver();
    else if (end === "the end of the bridge") it.standIn.end();
    else {
      it.request("tools/call", { name: "sign_in" });
      await it.time.pass(0);
      it.person.finish();
    }
    await it.time.pass(20_000);
    assert.equal(it.lines.length, 1, end);
  }
});

for (const end of ["its response", "the bridge"]) {
  Deno.test(`a question to the client ends with ${end}`, async () => {
    using it = setUp();
    it.begun.initialize = request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: { url: {} } },
    }, "i");
    const call = it.request("tools/call", { name: "sign_in" });
    await it.time.pass(0);
    assert.deepEqual([it.lines.map(({ method }) => method), call.answers], [
      ["elicitation/create"],
      [],
    ]);
    if (end === "the bridge") it.standIn.end();
    else it.standIn.send(response({ action: "accept" }, it.lines[0].id));
    await it.time.pass(0);
    assert.equal(call.answers.length, 1);
    assert.deepEqual(it.sent, [], "the backend gets no response to what it did not ask");
  });
}

Deno.test("a sign-in by our tool that is over behind the end begins no session", async () => {
  using it = setUp();
  await it.standInForUnknown();
  it.request("tools/call", { name: "sign_in" });
  await it.time.pass(0);
  it.standIn.end();
  it.person.finish();
  await it.time.pass(60_000);
  assert.equal(it.asked.length, 0);
});

Deno.test("what was adopted in one session holds no place in the next", async () => {
  using it = setUp({ eagerLogin: "first" });
  it.standIn.adopt(it.first().exchange, new Promise(() => {}));
  it.standIn.forget();
  it.failed(signedOut);
  it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.equal(it.asked.length, 1);
});

Deno.test("lists that were given in one session are not checked for the next", async () => {
  using it = setUp({ mode: "always" });
  it.remember("initialize", welcome());
  it.remember("tools/list", { tools: [] });
  await it.standInForUnknown();
  it.request("tools/list");
  await it.time.pass(0);
  it.standIn.forget();
  await it.standInForUnknown();
  await openBehind(it, { tools: { listChanged: true } });
  assert.deepEqual(it.methods(), ["initialize", "tools/call"]);
});

Deno.test("where no session is left to begin, nobody tries", async () => {
  using it = setUp();
  await it.standInForUnknown();
  it.begun.initialize = undefined;
  await it.time.pass(60_000);
  assert.equal(it.asked.length, 0);
});

Deno.test("behind the end nothing is tried, told or answered", async () => {
  using _halved = fixedRandom(0);
  using it = setUp({ mode: "always" });
  it.remember("initialize", welcome());
  it.remember("tools/list", { tools: [] });
  await it.standInForUnknown();
  it.request("tools/list");
  await it.time.pass(500);
  assert.equal(it.asked.length, 1);
  it.standIn.end();
  it.refuse(unreachable);
  await it.time.pass(60_000);
  assert.equal(it.asked.length, 1);
  it.open();
  const list = it.make("tools/list");
  it.waiting.push(list.exchange);
  it.standIn.signInIsPending();
  await it.time.pass(60_000);
  assert.deepEqual([list.answers, it.lines], [[], []]);
});

Deno.test("a list that turns out to have changed behind the end is not announced", async () => {
  using it = setUp({ mode: "always" });
  it.remember("initialize", welcome());
  it.remember("tools/list", { tools: [] });
  await it.standInForUnknown();
  it.request("tools/list");
  await it.time.pass(0);
  await openBehind(it, { tools: { listChanged: true } });
  const at = it.methods().indexOf("tools/list");
  it.standIn.end();
  it.answer({ tools: [{ name: "new" }] }, at);
  await it.time.pass(0);
  assert.deepEqual(it.lists(), []);
});

Deno.test("another session that is stood in for has nothing of the one before", async () => {
  using it = setUp({ eagerLogin: "first", isAuthorizing: true });
  const before = it.first();
  await it.standIn.late(before.exchange, new Promise(() => {}));
  it.initialized();
  it.standIn.send(notification("notifications/x"));
  it.request("logging/setLevel", { level: "info" });
  await it.time.pass(0);
  it.standIn.forget();
  const { answers } = it.failed(signedOut);
  await it.time.pass(0);
  assert.deepEqual(answers, [], "this one is not late, and waits for the person");
  it.refuse(denied());
  await it.time.pass(0);
  assert.equal(answers.length, 1);
  it.person.finish();
  await openBehind(it, { tools: {}, logging: {} });
  assert.deepEqual(it.sent, [it.begun.initialized]);
  assert.equal(it.methods().includes("logging/setLevel"), false);
});

Deno.test("what was promised to nobody is asked of the backend", async () => {
  using it = setUp();
  it.remember("initialize", welcome());
  await it.standInForUnknown();
  await openBehind(it, { tools: { listChanged: true } });
  const { exchange } = it.request("prompts/get");
  await it.time.pass(0);
  assert.equal(it.asked.at(-1)!.exchange, exchange);
});

// ── A list from memory ───────────────────────────────────────────────────────────────────────────

for (
  const [mode, isFromMemory, checks] of [
    ["always", true, true],
    ["always", false, false],
    ["auto", true, false],
  ] as const
) {
  Deno.test(`"${mode}", from memory: ${isFromMemory}: lists are ${checks ? "checked" : "announced"}`, async () => {
    using it = setUp({ mode, eagerLogin: "never" });
    if (isFromMemory) it.remember("initialize", welcome());
    await it.standInForUnknown();
    it.remember("tools/list", { tools: [] });
    it.request("tools/list");
    await it.time.pass(0);
    await openBehind(it, { tools: { listChanged: true } });
    // Without a memory the client was promised that every list may change.
    const promised = isFromMemory ? ["tools"] : ["tools", "resources", "prompts"];
    assert.deepEqual(it.lists(), checks ? [] : promised);
    const check = it.asked.filter(({ exchange }) => exchange.request.method === "tools/list");
    assert.equal(check.length, checks ? 1 : 0);
    if (!checks) return;
    check[0].exchange.answer(response({ tools: [{ name: "new" }] }));
    check[0].settled.resolve();
    await it.time.pass(0);
    assert.deepEqual(it.lists(), ["tools"]);
  });
}
