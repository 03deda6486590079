import assert from "node:assert/strict";
import type { ProxyError } from "../../../src/base/errors.ts";
import { version } from "../../../src/base/version.ts";
import { createExchange, type Exchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { ModernEra } from "../../../src/bridge/modern/modern_era.ts";
import { createModernStandIn } from "../../../src/bridge/start/modern_stand_in.ts";
import {
  elicitationText,
  invitationText,
  signedInText,
  signInTool,
} from "../../../src/bridge/start/sign_in_tool.ts";
import type { StartSettings } from "../../../src/bridge/start/start_settings.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { fixedRandom } from "../../support/fixed_random.ts";
import { bytes, errorResponse, request, response, type Value, valueOf } from "../message.ts";
import { failure, startContext } from "./start_context.ts";
import { denied, invitation, memoryInProcess, scriptedPerson } from "./person_and_memory.ts";

const url = new URL("https://mcp.test:8443/mcp");
const tool = signInTool("sign_in", url);
const signedOut = failure("signed_out");
const passing = { resultType: "complete", ttlMs: 0, cacheScope: "private" };

/** A stand-in for a backend that the test plays, on a clock that it moves. */
function setUp(
  {
    answer = () => Promise.reject(signedOut),
    isSignedIn = false,
    isAuthorizing = true,
    ...settings
  }:
    & {
      answer?: (exchange: Exchange) => void | Promise<void>;
      isSignedIn?: boolean;
      isAuthorizing?: boolean;
    }
    & Partial<StartSettings> = {},
) {
  const time = new FakeTime();
  const { context, lines, logged, waiting, stop } = startContext({ url });
  const asked: Exchange[] = [];
  const person = scriptedPerson({ isSignedIn });
  const memory = memoryInProcess();
  const available: { count: number } = { count: 0 };
  const signIn = {
    ...person.signIn,
    isAvailable(signal: AbortSignal) {
      available.count++;
      return person.signIn.isAvailable(signal);
    },
  };
  const standIn = createModernStandIn({
    context,
    era: () =>
      ({
        request(exchange: Exchange) {
          asked.push(exchange);
          return Promise.resolve(answer(exchange));
        },
      }) as ModernEra,
    isAuthorizing: () => isAuthorizing,
    settings: {
      mode: "auto",
      eagerLogin: "never",
      startGrace: 1_000,
      listGrace: 2_000,
      memory,
      signIn,
      ...settings,
    },
  });
  const make = (method: string, params?: unknown, id: unknown = 1) => {
    const answers: Value[] = [];
    const exchange = createExchange(
      request(method, params, id),
      (line) => void answers.push(valueOf(line)),
    );
    return { exchange, answers };
  };
  const follow = (made: ReturnType<typeof make>, promise: Promise<void>) => {
    const outcome: { error?: Value; isDone: boolean } = { isDone: false };
    promise.then(() => outcome.isDone = true, (error) => outcome.error = error);
    return { ...made, outcome };
  };
  return {
    time,
    lines,
    logged,
    asked,
    waiting,
    stop,
    person,
    memory,
    available,
    standIn,
    make,
    request: (method: string, params?: unknown, id?: unknown) => {
      const made = make(method, params, id);
      return follow(made, standIn.request(made.exchange));
    },
    failed(method: string, error: ProxyError, params?: unknown) {
      const made = make(method, params);
      return follow(made, standIn.failed(made.exchange, error));
    },
    late(method: string, params?: unknown) {
      const made = make(method, params);
      return follow(made, standIn.late(made.exchange));
    },
    listen(notifications: unknown, id: unknown = "l") {
      const made = make("subscriptions/listen", { notifications }, id);
      return follow(made, standIn.listen(made.exchange));
    },
    remember: (method: string, result: unknown, era: "legacy" | "modern" = "modern") =>
      memory.note({ era, method: method as "tools/list" }, bytes(JSON.stringify(result))),
    [Symbol.dispose]() {
      standIn.end();
      time[Symbol.dispose]();
    },
  };
}

const good = (exchange: Exchange) => void exchange.answer(response({ from: "backend" }));

Deno.test("what memory holds nothing of goes to the backend", async () => {
  using it = setUp({ answer: good });
  const { exchange, answers, outcome } = it.request("tools/call", { name: "echo" });
  await it.time.pass(0);
  assert.deepEqual(answers[0].result, { from: "backend" });
  assert.equal(exchange.purpose, "client");
  assert.equal(outcome.isDone, true);
  assert.equal(it.memory.noted(), 0);
});

for (
  const method of ["server/discover", "tools/list", "prompts/list", "resources/templates/list"]
) {
  Deno.test(`${method} asks nobody, and what the backend answers is remembered`, async () => {
    using it = setUp({ answer: good });
    const { exchange, answers } = it.request(method);
    await it.time.pass(0);
    assert.deepEqual(answers[0].result, { from: "backend" });
    assert.equal(exchange.purpose, "unasked");
    const remembered = await it.memory.recall({ era: "modern", method: method as "tools/list" });
    assert.deepEqual(valueOf(remembered!.result), { from: "backend" });
    await it.time.pass(5_000);
    assert.equal(answers.length, 1);
  });
}

const unknownBackend = {
  ...passing,
  supportedVersions: ["2026-07-28"],
  capabilities: {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    completions: {},
  },
  instructions: "The sign-in to mcp.test:8443 is pending. Until it is done, the only tool is " +
    "sign_in: call it to learn what the person has to open in a browser.",
  _meta: {
    "io.modelcontextprotocol/serverInfo": {
      name: "authful-mcp-proxy (mcp.test:8443)",
      title: "mcp.test:8443",
      version,
    },
  },
};

for (
  const [method, result] of [
    ["server/discover", unknownBackend],
    ["tools/list", { tools: [tool], ...passing }],
    ["prompts/list", { prompts: [], ...passing }],
    ["resources/list", { resources: [], ...passing }],
  ] as const
) {
  Deno.test(`without a sign-in ${method} is answered with as much as is known`, async () => {
    using it = setUp();
    const { answers, outcome } = it.request(method);
    await it.time.pass(0);
    assert.deepEqual(answers[0].result, result);
    assert.equal(outcome.isDone, true);
    assert.equal(it.memory.noted(), 0, "what is ours is not remembered");
    assert.equal(it.standIn.isOwnTool("sign_in"), method === "tools/list");
    assert.equal(it.standIn.isOwnTool("other"), false);
  });
}

for (const method of ["server/discover", "tools/list", "prompts/list"]) {
  Deno.test(`without a sign-in ${method} is answered from memory`, async () => {
    using it = setUp();
    it.remember(method, { remembered: method, tools: [] });
    const { answers } = it.request(method);
    await it.time.pass(0);
    assert.deepEqual(answers[0].result, { remembered: method, tools: [] });
    assert.equal(it.standIn.isOwnTool("sign_in"), false);
  });
}

Deno.test("a later page that is not known is refused, one that is remembered is given", async () => {
  using it = setUp();
  const unknown = it.request("tools/list", { cursor: "2" });
  await it.time.pass(0);
  assert.equal(unknown.outcome.error.reason, "signed_out");
  assert.match(unknown.outcome.error.message, /this page of tools\/list is not known/);
  const page = { tools: [{ name: "b" }], page: 2 };
  it.memory.note(
    { era: "modern", method: "tools/list", cursor: "2" },
    bytes(JSON.stringify(page)),
  );
  it.standIn.signInIsPending();
  const known = it.request("tools/list", { cursor: "2" });
  await it.time.pass(0);
  assert.deepEqual(known.answers[0].result, page, "our tool stands on the first page alone");
});

Deno.test("what no one can mend is the client's to know", async () => {
  for (const error of [failure("forbidden"), new Error("other")]) {
    using it = setUp({ answer: () => Promise.reject(error) });
    it.remember("tools/list", {});
    const { outcome, answers } = it.request("tools/list");
    await it.time.pass(5_000);
    assert.equal(outcome.error, error);
    assert.deepEqual(answers, []);
  }
  using answered = setUp({
    answer(exchange) {
      exchange.answer(response({}));
      return Promise.reject(signedOut);
    },
  });
  const { outcome } = answered.request("tools/list");
  await answered.time.pass(0);
  assert.equal(outcome.error, signedOut, "what was answered needs no other answer");
});

Deno.test("a backend that is out of reach is stood in for from memory alone, with a warning", async () => {
  const unreachable = failure("backend_unreachable", { transient: true });
  using it = setUp({ answer: () => Promise.reject(unreachable) });
  const nothing = it.request("tools/list");
  await it.time.pass(0);
  assert.equal(nothing.outcome.error, unreachable);
  assert.equal(it.logged.length, 0);
  it.remember("tools/list", { tools: [] });
  const something = it.request("tools/list");
  await it.time.pass(0);
  assert.deepEqual(something.answers[0].result, { tools: [] });
  assert.equal(it.logged.length, 1);
  assert.ok(it.logged[0].includes("[warn] " + unreachable.message));
});

Deno.test("an obstacle is said where nobody can sign in, and only where one would have to", async () => {
  const obstacle = failure("no_browser");
  using it = setUp();
  it.person.obstacle = obstacle;
  const { outcome } = it.request("tools/list");
  await it.time.pass(0);
  assert.equal(outcome.error, obstacle);
  const paused = it.failed("tools/list", failure("sign_in_paused"));
  await it.time.pass(0);
  assert.deepEqual(paused.answers[0].result, { tools: [tool], ...passing });
});

Deno.test("a backend that last spoke an older version is not claimed to speak this one", async () => {
  using it = setUp();
  it.remember("initialize", {}, "legacy");
  const discover = it.request("server/discover");
  const list = it.request("tools/list");
  await it.time.pass(0);
  const { error } = discover.outcome;
  assert.deepEqual([error.reason, error.httpStatus, error.message], [
    "http_404",
    404,
    "Backend error: the backend speaks an older protocol version, as it last said. Fix: send " +
    "initialize first.",
  ]);
  assert.ok(list.answers[0].result);
  it.remember("server/discover", { known: true });
  const known = it.request("server/discover");
  await it.time.pass(0);
  assert.deepEqual(known.answers[0].result, { known: true });
});

for (
  const [eagerLogin, isKnown, tabs] of [
    ["never", false, 0],
    ["never", true, 0],
    ["first", false, 1],
    ["first", true, 0],
    ["always", false, 1],
    ["always", true, 1],
  ] as const
) {
  Deno.test(`with "${eagerLogin}" and ${isKnown ? "something" : "nothing"} known ${tabs} tabs open`, async () => {
    using it = setUp({ eagerLogin });
    if (isKnown) it.remember("tools/list", { tools: [] });
    const { answers } = it.request("prompts/list");
    it.listen({});
    await it.time.pass(0);
    assert.equal(it.person.tabs(), tabs);
    await it.time.pass(2_000);
    assert.deepEqual(answers[0].result, { prompts: [], ...passing });
  });
}

for (const [method, grace] of [["server/discover", 1_000], ["tools/list", 2_000]] as const) {
  Deno.test(`${method} waits ${grace} ms for a sign-in, and goes to the backend if it is done`, async () => {
    using it = setUp({ eagerLogin: "always" });
    const { answers } = it.request(method);
    await it.time.pass(grace - 1);
    const second = it.request(method);
    assert.deepEqual([answers.length, it.asked.length], [0, 1]);
    await it.time.pass(1);
    assert.equal(answers.length, 1);
    await it.time.pass(grace - 2);
    assert.equal(second.answers.length, 0);
    await it.time.pass(1);
    assert.equal(second.answers.length, 1);
    let isIn = false;
    using other = setUp({
      eagerLogin: "always",
      answer: (exchange) => isIn ? good(exchange) : Promise.reject(signedOut),
    });
    const waiting = other.request(method);
    await other.time.pass(grace - 1);
    isIn = true;
    other.person.finish();
    await other.time.pass(0);
    assert.deepEqual(waiting.answers[0].result, { from: "backend" });
    const next = other.request(method);
    await other.time.pass(0);
    assert.deepEqual(next.answers[0].result, { from: "backend" }, "the sign-in is over");
  });
}

Deno.test("server/discover is answered in time, however late it is refused", async () => {
  const refusals: PromiseWithResolvers<void>[] = [];
  using it = setUp({
    eagerLogin: "always",
    answer() {
      refusals.push(Promise.withResolvers());
      return refusals.at(-1)!.promise;
    },
  });
  const { answers } = it.request("server/discover");
  const list = it.request("tools/list");
  await it.time.pass(900);
  for (const { reject } of refusals) reject(signedOut);
  await it.time.pass(99);
  assert.equal(answers.length, 0);
  await it.time.pass(1);
  assert.equal(answers.length, 1);
  await it.time.pass(1_899);
  assert.equal(list.answers.length, 0);
  await it.time.pass(1);
  assert.equal(list.answers.length, 1);
});

Deno.test("the sign-in is begun before anything is answered in its place", async () => {
  const memory = memoryInProcess();
  const tabs: number[] = [];
  using it = setUp({
    eagerLogin: "first",
    memory: {
      ...memory,
      async isEmpty() {
        for (let n = 0; n < 9; n++) await Promise.resolve();
        return true;
      },
    },
  });
  const { answers } = it.request("tools/list");
  await it.time.pass(1_999);
  assert.equal(answers.length, 0);
  it.person.fail();
  using other = setUp({ eagerLogin: "always" });
  const { isAvailable } = other.person.signIn;
  other.person.signIn.isAvailable = (signal) => {
    tabs.push(other.person.tabs());
    return isAvailable(signal);
  };
  other.listen({});
  await other.time.pass(0);
  assert.deepEqual(tabs, [1]);
});

Deno.test("a second sign-in may follow the first", async () => {
  using it = setUp({ eagerLogin: "always" });
  it.remember("tools/list", { tools: [] });
  it.request("tools/list");
  await it.time.pass(0);
  it.person.fail();
  await it.time.pass(1_001);
  assert.equal(it.available.count, 1, "whether it was made up for is looked at by itself");
  it.person.finish();
  it.standIn.signInIsOver();
  it.person.lose();
  it.request("tools/list");
  await it.time.pass(0);
  assert.equal(it.person.tabs(), 2);
});

Deno.test("who was refused while there is a credential is not asked for again at once", async () => {
  using it = setUp({ isSignedIn: true });
  const { answers } = it.request("prompts/list");
  await it.time.pass(0);
  assert.deepEqual(answers[0].result, { prompts: [], ...passing });
  assert.equal(it.asked.length, 1);
});

Deno.test("a sign-in that fails offers our tool, and what failed is said", async () => {
  using it = setUp({ eagerLogin: "always" });
  const { answers } = it.request("tools/list");
  await it.time.pass(0);
  it.person.fail();
  await it.time.pass(0);
  assert.deepEqual(answers[0].result, { tools: [tool], ...passing });
  assert.ok(it.logged[0].includes("[warn] " + denied().message));
  it.remember("tools/list", { tools: [{ name: "a" }] });
  const again = it.request("tools/list");
  await it.time.pass(0);
  assert.deepEqual(again.answers[0].result, { tools: [tool, { name: "a" }] });
  assert.equal(it.asked.length, 1, "what waits for a person is not asked of the backend");
});

Deno.test("who cancels does not wait for the sign-in", async () => {
  using it = setUp({ eagerLogin: "always" });
  const { exchange, outcome } = it.request("tools/list");
  await it.time.pass(0);
  exchange.abort(requestCancelled());
  await it.time.pass(0);
  assert.equal(outcome.error.reason, "cancelled");
});

Deno.test("our tool has a name that none of the backend's has", async () => {
  using it = setUp();
  it.remember("tools/list", { tools: [{ name: "sign_in" }] });
  it.standIn.signInIsPending();
  const { answers } = it.request("tools/list");
  await it.time.pass(0);
  const names = answers[0].result.tools.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, ["authful_sign_in", "sign_in"]);
  assert.deepEqual(
    ["authful_sign_in", "sign_in"].map((name) => it.standIn.isOwnTool(name)),
    [true, false],
  );
});

Deno.test("what is known of tools is not forgotten for the sake of other lists", async () => {
  using it = setUp();
  it.remember("tools/list", { tools: [{ name: "sign_in" }] });
  it.remember("prompts/list", { tools: [], prompts: [] });
  it.request("tools/list");
  await it.time.pass(0);
  it.request("prompts/list");
  await it.time.pass(0);
  const { answers } = it.request("server/discover");
  await it.time.pass(0);
  assert.match(answers[0].result.instructions, /the only tool is authful_sign_in:/);
});

Deno.test("our tool is no longer offered when the list is given without it", async () => {
  using it = setUp();
  it.request("tools/list");
  await it.time.pass(0);
  it.request("prompts/list");
  await it.time.pass(0);
  assert.equal(it.standIn.isOwnTool("sign_in"), true);
  it.remember("tools/list", { tools: [] });
  it.request("tools/list");
  await it.time.pass(0);
  assert.equal(it.standIn.isOwnTool("sign_in"), false);
});

Deno.test("what was answered while memory was read is not answered again", async () => {
  using it = setUp();
  it.standIn.signInIsPending();
  const { exchange, answers } = it.request("tools/list");
  exchange.answer(response({ mine: 1 }));
  await it.time.pass(0);
  assert.deepEqual(answers.map(({ result }) => result), [{ mine: 1 }]);
  assert.equal(it.standIn.isOwnTool("sign_in"), false);
});

Deno.test("what the backend lists is the backend's, whatever its name", async () => {
  let isIn = false;
  using it = setUp({ answer: (exchange) => isIn ? good(exchange) : Promise.reject(signedOut) });
  it.request("tools/list");
  await it.time.pass(0);
  assert.equal(it.standIn.isOwnTool("sign_in"), true);
  isIn = true;
  const prompt = it.request("prompts/get", { name: "sign_in" });
  await it.time.pass(0);
  assert.deepEqual(prompt.answers[0].result, { from: "backend" });
  it.request("prompts/list");
  await it.time.pass(0);
  assert.equal(it.standIn.isOwnTool("sign_in"), true);
  const list = it.request("tools/list");
  await it.time.pass(0);
  assert.deepEqual(list.answers[0].result, { from: "backend" });
  assert.equal(it.standIn.isOwnTool("sign_in"), false);
  it.request("tools/call", { name: "sign_in" });
  it.request("tools/call");
  await it.time.pass(0);
  assert.equal(it.asked.at(-2)?.request.method, "tools/call");
});

Deno.test('with "always" memory answers first, and the backend where there is none', async () => {
  using it = setUp({ mode: "always", answer: good });
  it.remember("tools/list", { tools: [{ name: "a" }] });
  const known = it.request("tools/list");
  const unknown = it.request("prompts/list");
  const page = it.request("tools/list", { cursor: "2" });
  await it.time.pass(0);
  assert.deepEqual(known.answers[0].result, { tools: [{ name: "a" }] });
  assert.deepEqual(unknown.answers[0].result, { from: "backend" });
  assert.deepEqual(page.answers[0].result, { from: "backend" });
  assert.equal(it.asked.length, 2);
});

// ── A backend that takes long ────────────────────────────────────────────────────────────────────

const slow = ({ signal }: Exchange) =>
  new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

Deno.test("a backend that has not answered in time is stood in for, if that makes sense", async () => {
  using it = setUp({ answer: slow });
  const { answers, exchange } = it.request("tools/list");
  await it.time.pass(999);
  assert.equal(answers.length, 0);
  await it.time.pass(1);
  assert.deepEqual(answers[0].result, { tools: [tool], ...passing });
  assert.equal(exchange.signal.reason.reason, "signed_out");
  assert.match(exchange.signal.reason.message, /answered without the backend/);
});

for (
  const [isAuthorizing, isKnown, isAnswered] of [
    [false, false, false],
    [false, true, true],
    [true, false, true],
  ]
) {
  Deno.test(`late: ${isAuthorizing ? "waits for a sign-in, " : ""}${isKnown ? "known, " : ""}answered: ${isAnswered}`, async () => {
    using it = setUp({ isAuthorizing });
    if (isKnown) it.remember("tools/list", { tools: [] });
    const { answers, exchange } = it.late("tools/list");
    await it.time.pass(0);
    assert.equal(answers.length, isAnswered ? 1 : 0);
    assert.equal(exchange.signal.aborted, isAnswered);
  });
}

Deno.test("what is late does not wait for the sign-in again", async () => {
  using it = setUp({ eagerLogin: "always" });
  it.request("prompts/list");
  await it.time.pass(0);
  const { answers } = it.late("tools/list");
  await it.time.pass(0);
  assert.deepEqual(answers[0].result, { tools: [tool], ...passing });
});

Deno.test("what is answered, or asked of an ended bridge, is not late", async () => {
  using it = setUp();
  const answered = it.make("tools/list");
  answered.exchange.answer(response({}));
  await it.standIn.late(answered.exchange);
  assert.equal(answered.exchange.signal.aborted, false);
  const meanwhile = it.late("tools/list");
  meanwhile.exchange.answer(response({ mine: 1 }));
  await it.time.pass(0);
  assert.equal(meanwhile.exchange.signal.aborted, false, "it was answered while memory was read");
  it.standIn.end();
  const ended = it.late("tools/list");
  await it.time.pass(0);
  assert.deepEqual(ended.answers, []);
});

// ── Our tool ─────────────────────────────────────────────────────────────────────────────────────

/** A stand-in that was asked for its tools. */
async function offered(
  options: Parameters<typeof setUp>[0] = {},
  { isAnswered = true }: { isAnswered?: boolean } = {},
) {
  const it = setUp(options);
  const list = it.request("tools/list");
  await it.time.pass(0);
  assert.equal(list.answers.length, isAnswered ? 1 : 0);
  return it;
}

const urls = {
  _meta: { "io.modelcontextprotocol/clientCapabilities": { elicitation: { url: {} } } },
};
const says = (text: string, isError = false) => ({
  content: [{ type: "text", text }],
  isError,
  resultType: "complete",
});

Deno.test("our tool says what to open to a client that opens nothing", async () => {
  const capabilities = "io.modelcontextprotocol/clientCapabilities";
  for (
    const more of [
      {},
      { _meta: {} },
      { _meta: { [capabilities]: null } },
      { _meta: { [capabilities]: { elicitation: {} } } },
      { _meta: { [capabilities]: { elicitation: null } } },
    ]
  ) {
    using it = await offered();
    const { answers } = it.request("tools/call", { name: "sign_in", ...more });
    await it.time.pass(0);
    const text = invitationText(invitation, { backend: url, now: Date.now() });
    assert.deepEqual(answers[0].result, says(text));
    assert.equal(it.person.tabs(), 1);
  }
});

Deno.test("our tool has the client show what to open, and says what came of it", async () => {
  using it = await offered();
  const { answers } = it.request("tools/call", { name: "sign_in", ...urls });
  await it.time.pass(0);
  assert.deepEqual(answers[0].result, {
    resultType: "input_required",
    inputRequests: {
      sign_in: {
        method: "elicitation/create",
        params: {
          mode: "url",
          elicitationId: "authful-mcp-proxy-sign-in",
          url: invitation.url,
          message: "Sign in to mcp.test:8443",
        },
      },
    },
  });
  for (const action of ["accept", "decline"]) {
    const inputResponses = { sign_in: { action } };
    const again = it.request("tools/call", { name: "sign_in", inputResponses, ...urls });
    await it.time.pass(0);
    assert.deepEqual(again.answers[0].result, says(elicitationText({ action }, url)!));
  }
  assert.equal(it.person.tabs(), 1);
  const other = it.request("tools/call", {
    name: "sign_in",
    inputResponses: { other: { action: "accept" } },
    ...urls,
  });
  await it.time.pass(0);
  assert.equal(other.answers[0].result.resultType, "input_required");
});

Deno.test("a code is named with what is to be opened", async () => {
  const person = scriptedPerson();
  using it = await offered({
    signIn: {
      ...person.signIn,
      invitation: () => Promise.resolve({ ...invitation, userCode: "AB-CD" }),
    },
  });
  const { answers } = it.request("tools/call", { name: "sign_in", ...urls });
  await it.time.pass(0);
  assert.equal(
    answers[0].result.inputRequests.sign_in.params.message,
    "Sign in to mcp.test:8443 with the code AB-CD",
  );
});

Deno.test("our tool says that the person is signed in, or why not", async () => {
  using done = await offered();
  done.person.finish();
  const { answers } = done.request("tools/call", { name: "sign_in" });
  await done.time.pass(0);
  assert.deepEqual(answers[0].result, says(signedInText(url)));
  const person = scriptedPerson();
  using failed = await offered({
    signIn: {
      ...person.signIn,
      begin: () => Promise.reject(denied()),
      invitation: () => new Promise(() => {}),
    },
  });
  failed.listen({ toolsListChanged: true });
  await failed.time.pass(0);
  failed.lines.length = 0;
  const call = failed.request("tools/call", { name: "sign_in" });
  await failed.time.pass(0);
  assert.deepEqual(call.answers[0].result, says(denied().message, true));
  assert.deepEqual(failed.lines.map(({ method }) => method), [
    "notifications/tools/list_changed",
  ], "our tool is offered again");
});

Deno.test("a sign-in by our tool ends the wait of others", async () => {
  let isIn = false;
  using it = await offered({
    answer: (exchange) => isIn ? slow(exchange) : Promise.reject(signedOut),
  });
  it.standIn.signInIsPending();
  it.listen({ promptsListChanged: true });
  await it.time.pass(0);
  it.lines.length = 0;
  it.request("tools/call", { name: "sign_in" });
  await it.time.pass(0);
  isIn = true;
  it.person.finish();
  await it.time.pass(0);
  assert.deepEqual(it.lines.map(({ method }) => method), ["notifications/prompts/list_changed"]);
  const list = it.request("tools/list");
  await it.time.pass(0);
  assert.deepEqual(list.answers, [], "it goes to the backend again");
  assert.equal(it.asked.at(-1)?.request.method, "tools/list");
});

// ── Subscriptions ────────────────────────────────────────────────────────────────────────────────

const mark = (id: unknown) => ({ _meta: { "io.modelcontextprotocol/subscriptionId": id } });

Deno.test("a subscription is acknowledged, kept, and opened when the person has signed in", async () => {
  let isIn = false;
  using it = setUp({ answer: (exchange) => isIn ? slow(exchange) : Promise.reject(signedOut) });
  const wanted = { toolsListChanged: true, resourcesListChanged: true, promptsListChanged: false };
  const { exchange, outcome } = it.listen(wanted, 7);
  await it.time.pass(0);
  assert.deepEqual(it.lines, [{
    jsonrpc: "2.0",
    method: "notifications/subscriptions/acknowledged",
    params: { ...mark(7), notifications: wanted },
  }]);
  assert.equal(it.person.tabs(), 0);
  await it.time.pass(20_000);
  assert.equal(it.lines.length, 1);
  assert.equal(it.asked.length, 0);
  isIn = true;
  it.person.finish();
  await it.time.pass(30_001);
  assert.deepEqual(
    it.lines.slice(1),
    ["tools", "resources"].map((area) => ({
      jsonrpc: "2.0",
      method: `notifications/${area}/list_changed`,
      params: mark(7),
    })),
  );
  assert.deepEqual(it.asked, [exchange]);
  assert.equal(exchange.purpose, "unasked");
  exchange.abort(requestCancelled());
  await it.time.pass(0);
  assert.equal(outcome.error.reason, "cancelled");
  it.standIn.signInIsPending();
  assert.equal(it.lines.length, 3, "it is not kept here any more");
});

Deno.test("what is wanted may be nothing", async () => {
  for (const odd of [undefined, null]) {
    using it = setUp();
    it.listen(odd);
    await it.time.pass(0);
    assert.deepEqual(it.lines[0].params, { ...mark("l"), notifications: {} });
    it.standIn.signInIsPending();
    assert.equal(it.lines.length, 1);
  }
});

Deno.test("the credential is asked for ever less often, each time by everybody", async () => {
  using it = setUp();
  it.listen({});
  const times: number[] = [];
  for (let n = 0, seen = 0; n < 2_000 && times.length < 9; n++) {
    await it.time.pass(100);
    if (it.available.count === seen) continue;
    seen = it.available.count;
    times.push(it.time.now);
  }
  const pauses = times.slice(1).map((at, n) => at - times[n]);
  for (const [n, most] of [1, 2, 4, 8, 16, 30, 30, 30].entries()) {
    assert.ok(pauses[n] >= most * 500 - 200 && pauses[n] <= most * 1_000 + 200, `${pauses}`);
  }
});

Deno.test("the end of a sign-in ends the pause at once", async () => {
  let isIn = false;
  using it = setUp({ answer: (exchange) => isIn ? slow(exchange) : Promise.reject(signedOut) });
  it.listen({});
  await it.time.pass(60_000);
  isIn = true;
  it.person.finish();
  it.standIn.signInIsOver();
  await it.time.pass(0);
  assert.equal(it.asked.length, 1);
});

Deno.test("a sign-in that is over without a credential ends one pause, and no more", async () => {
  using it = setUp();
  it.listen({});
  await it.time.pass(0);
  assert.equal(it.available.count, 1);
  it.standIn.signInIsOver();
  await it.time.pass(0);
  assert.equal(it.available.count, 2);
});

Deno.test("who listens has it looked at whether our tool is still needed", async () => {
  using it = setUp();
  it.standIn.signInIsPending();
  it.listen({});
  await it.time.pass(0);
  assert.equal(it.available.count, 1);
  await it.time.pass(1_001);
  assert.equal(it.available.count, 3, "once for the subscription, once for the lists");
});

Deno.test("a subscription that is cancelled while it waits is over", async () => {
  using it = setUp();
  const { exchange, outcome } = it.listen({ toolsListChanged: true });
  await it.time.pass(0);
  exchange.abort(requestCancelled());
  await it.time.pass(0);
  assert.equal(outcome.error.reason, "cancelled");
  it.standIn.signInIsPending();
  assert.equal(it.lines.length, 1);
});

Deno.test("a subscription goes to the backend where there is a credential", async () => {
  for (
    const [error, isKept] of [
      [signedOut, true],
      [failure("backend_unreachable", { transient: true }), true],
      [failure("http_404"), false],
    ] as const
  ) {
    let isDown = true;
    using it = setUp({
      isSignedIn: true,
      answer: (exchange) => isDown ? Promise.reject(error) : slow(exchange),
    });
    const { exchange, outcome } = it.request("subscriptions/listen", { notifications: {} });
    assert.deepEqual(it.asked, [exchange]);
    assert.equal(exchange.purpose, "unasked");
    isDown = false;
    await it.time.pass(0);
    assert.equal(outcome.error, isKept ? undefined : error);
    assert.equal(it.lines.length, isKept ? 1 : 0);
    assert.equal(it.asked.length, isKept ? 2 : 1);
  }
  using answered = setUp({
    isSignedIn: true,
    answer(exchange) {
      exchange.answer(errorResponse({ code: 1 }));
      return Promise.reject(signedOut);
    },
  });
  const { outcome } = answered.request("subscriptions/listen");
  await answered.time.pass(0);
  assert.equal(outcome.error, signedOut);
  using without = setUp();
  const kept = without.request("subscriptions/listen");
  await without.time.pass(0);
  assert.equal(without.asked.length, 0, "without a credential it is kept here");
  assert.deepEqual(without.lines[0].params, { ...mark(1), notifications: {} });
  assert.equal(kept.outcome.isDone, false);
});

// ── The sign-in ──────────────────────────────────────────────────────────────────────────────────

Deno.test("who listens hears once that there is our tool", async () => {
  using it = setUp();
  it.listen({ toolsListChanged: true, promptsListChanged: true }, 1);
  it.listen({ promptsListChanged: true }, 2);
  await it.time.pass(0);
  it.lines.length = 0;
  it.standIn.signInIsPending();
  it.standIn.signInIsPending();
  assert.deepEqual(it.lines, [{
    jsonrpc: "2.0",
    method: "notifications/tools/list_changed",
    params: mark(1),
  }]);
});

Deno.test("requests that wait for the person hear of it every five seconds, subscriptions do not", async () => {
  using it = setUp();
  const meta = { _meta: { progressToken: "p" } };
  it.waiting.push(it.make("tools/call", meta).exchange);
  const other = { _meta: { progressToken: "l" } };
  it.waiting.push(it.make("subscriptions/listen", other).exchange);
  it.standIn.signInIsPending();
  await it.time.pass(5_000);
  assert.deepEqual(it.lines.map(({ params }) => [params.progressToken, params.message]), [
    ["p", "waiting for the sign-in to mcp.test:8443"],
  ]);
  it.standIn.signInIsPending();
  await it.time.pass(5_000);
  assert.equal(it.lines.length, 2, "once each time");
  it.standIn.signInIsOver();
  await it.time.pass(20_000);
  assert.equal(it.lines.length, 2);
  it.standIn.signInIsPending();
  await it.time.pass(5_000);
  assert.equal(it.lines.length, 3, "it begins anew");
});

Deno.test("there is one look at a time, and none when nothing is pending any more", async () => {
  using _random = fixedRandom(0);
  using it = setUp();
  it.remember("tools/list", { tools: [] });
  it.standIn.signInIsPending();
  it.request("tools/list");
  it.request("prompts/list");
  it.waiting.push(it.make("tools/call", { _meta: { progressToken: "p" } }).exchange);
  await it.time.pass(499);
  assert.equal(it.available.count, 0);
  await it.time.pass(1);
  assert.equal(it.available.count, 1);
  await it.time.pass(999);
  assert.equal(it.available.count, 1);
  await it.time.pass(1);
  assert.equal(it.available.count, 2);
  it.person.finish();
  it.standIn.signInIsOver();
  await it.time.pass(60_000);
  assert.equal(it.available.count, 2);
  it.person.lose();
  it.standIn.signInIsPending();
  it.request("tools/list");
  await it.time.pass(0);
  it.person.finish();
  await it.time.pass(4_000);
  assert.equal(it.available.count, 3);
  await it.time.pass(10_000);
  assert.deepEqual(it.lines, [], "who waited hears no more of it");
});

for (const what of ["our tool", "a sign-in that begins by itself"]) {
  Deno.test(`behind a failure of ${what} it is looked at by itself`, async () => {
    using _random = fixedRandom(0);
    using it = await offered({ eagerLogin: what === "our tool" ? "never" : "always" }, {
      isAnswered: what === "our tool",
    });
    if (what === "our tool") {
      it.request("tools/call", { name: "sign_in" });
      await it.time.pass(0);
    }
    it.person.fail();
    await it.time.pass(500);
    assert.equal(it.available.count, 1);
  });
}

Deno.test("a sign-in that is over puts lists to the backend again, if there is a credential", async () => {
  let isIn = false;
  using it = setUp({ answer: (exchange) => isIn ? good(exchange) : Promise.reject(signedOut) });
  it.standIn.signInIsPending();
  it.standIn.signInIsOver();
  const waiting = it.request("prompts/list");
  await it.time.pass(0);
  assert.deepEqual(waiting.answers[0].result, { prompts: [], ...passing });
  assert.equal(it.asked.length, 0);
  isIn = true;
  it.person.finish();
  it.standIn.signInIsOver();
  const list = it.request("prompts/list");
  await it.time.pass(0);
  assert.deepEqual(list.answers[0].result, { from: "backend" });
});

Deno.test("what waits for the person is looked at by itself, and goes on when that is done", async () => {
  let isIn = false;
  using it = setUp({ answer: (exchange) => isIn ? good(exchange) : Promise.reject(signedOut) });
  it.request("tools/list");
  await it.time.pass(60_000);
  assert.equal(it.available.count, 0, "nobody has to do anything yet");
  it.standIn.signInIsPending();
  it.request("tools/list");
  it.request("tools/list");
  await it.time.pass(1_001);
  assert.equal(it.available.count, 1, "there is one look at a time");
  await it.time.pass(2_001);
  assert.equal(it.available.count, 2);
  isIn = true;
  it.person.finish();
  await it.time.pass(4_001);
  assert.equal(it.available.count, 3);
  const list = it.request("tools/list");
  await it.time.pass(60_000);
  assert.deepEqual(list.answers[0].result, { from: "backend" });
  assert.equal(it.available.count, 3);
  it.person.lose();
  it.standIn.signInIsPending();
  it.standIn.signInIsOver();
  await it.time.pass(1_001);
  assert.equal(it.available.count, 4, "the pauses are short again");
});

Deno.test("the end ends all that was begun", async () => {
  using it = setUp();
  it.waiting.push(it.make("tools/call", { _meta: { progressToken: "p" } }).exchange);
  it.standIn.signInIsPending();
  it.request("tools/list");
  await it.time.pass(0);
  it.standIn.end();
  await it.time.pass(60_000);
  assert.deepEqual(it.lines, []);
  assert.equal(it.available.count, 0);
  it.standIn.signInIsPending();
  await it.time.pass(60_000);
  it.standIn.signInIsOver();
  await it.time.pass(60_000);
  assert.deepEqual([it.lines.length, it.available.count], [0, 0]);
});
