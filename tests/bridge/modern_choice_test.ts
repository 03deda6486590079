import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { createExchange, type Exchange } from "../../src/bridge/exchange.ts";
import type { EraMemory } from "../../src/bridge/legacy_choice.ts";
import { createModernChoice } from "../../src/bridge/modern_choice.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { createParts, messageOf, textOf } from "./bridge_parts.ts";

const meta = {
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  },
};
const failure = (reason: string, httpStatus?: number) =>
  new ProxyError({ category: "Backend error", what: "no", fix: "yes", reason, httpStatus });

type Answer = { result: unknown } | { error: unknown };
/** What a backend of the modern era does with a request: an answer, or a failure. */
type Backend = (method: string, exchange: Exchange) => Answer | Promise<Answer>;

/** A choice before a backend that answers as the test says, in either era. */
function open(
  backend: Backend,
  { begins = false, memory, acceptTimeout = 30_000 }: {
    begins?: boolean;
    memory?: EraMemory;
    acceptTimeout?: number;
  } = {},
) {
  const parts = createParts(undefined, { acceptTimeout });
  const events: string[] = [];
  const lines: string[] = [];
  let isEnded = false;
  const choice = createModernChoice({
    context: parts.context,
    memory,
    native: {
      async request(exchange) {
        const { method } = exchange.request;
        events.push(`modern ${method}`);
        exchange.answer(messageOf({ id: 1, ...await backend(method, exchange) }));
      },
      send: ({ method }) => void events.push(`modern send ${method}`),
      flushed: () => Promise.resolve(void events.push("modern flushed")),
    },
    createLegacy: () =>
      Promise.resolve({
        request(exchange) {
          const { method } = exchange.request;
          events.push(`legacy ${method}`);
          if (!begins) return Promise.reject(failure("http_404", 404));
          const result = method === "initialize"
            ? {
              protocolVersion: "2025-11-25",
              capabilities: { tools: {} },
              serverInfo: { name: "b", version: "1" },
            }
            : { tools: [] };
          exchange.answer(messageOf({ id: 1, result }));
          return Promise.resolve();
        },
        send: ({ method }) => void events.push(`legacy send ${method}`),
        cancel() {},
        flushed: () => Promise.resolve(void events.push("legacy flushed")),
        end: () => Promise.resolve(void (isEnded = true)),
      }),
  });
  const ask = (method: string) => {
    const exchange = createExchange(
      messageOf({ id: 1, method, params: meta }),
      (line) => lines.push(textOf(line)),
    );
    const done = choice.request(exchange);
    done.catch(() => {});
    return { exchange, done };
  };
  return {
    ...parts,
    choice,
    events,
    answers: () => lines.map((line) => JSON.parse(line)),
    ask,
    isEnded: () => isEnded,
  };
}

const unsupported = (supported: unknown) => ({
  error: { code: -32022, message: "no", data: { supported } },
});
const discovered = { result: { supportedVersions: ["2026-07-28"] } };

Deno.test("a backend that answers as one of the modern era is believed at once, for good", async () => {
  const proofs: Answer[] = [
    { result: { resultType: "complete" } },
    { error: { code: -32020, message: "header mismatch" } },
    { error: { code: -32021, message: "missing capability" } },
    unsupported(["2026-07-28"]),
    unsupported(["2025-11-25", "2026"]),
    unsupported("any"),
    { error: { code: -32022, message: "no" } },
    { error: { code: -32022, message: "no", data: {} } },
  ];
  for (const proof of proofs) {
    let count = 0;
    const { ask, events, answers, choice } = open(() => count++ === 0 ? proof : { result: {} });
    await ask("tools/list").done;
    await ask("tools/list").done;
    choice.send(messageOf({ method: "notifications/a" }));
    await choice.flushed();
    await choice.end(new AbortController().signal);
    assert.deepEqual(events, [
      "modern tools/list",
      "modern tools/list",
      "modern send notifications/a",
      "modern flushed",
    ], JSON.stringify(proof));
    assert.deepEqual(answers()[0], { jsonrpc: "2.0", id: 1, ...proof });
    assert.deepEqual(answers()[1].result, {}, "it is not looked at any more");
  }
});

Deno.test("what a backend of the legacy era may say as well proves nothing", async () => {
  const answers: Answer[] = [
    { result: {} },
    { error: { code: -32601, message: "no such method" } },
    unsupported(["2025-11-25"]),
    unsupported(["2025-12-31", "2024-11-05"]),
    unsupported([]),
  ];
  for (const answer of answers) {
    const it = open((method) =>
      method === "server/discover" ? { error: { code: -32601 } } : answer
    );
    await it.ask("tools/list").done;
    assert.deepEqual(
      it.events,
      ["modern tools/list", "modern server/discover", "legacy initialize"],
      JSON.stringify(answer),
    );
  }
});

Deno.test("a backend without sessions that answers is completed", async () => {
  const it = open((method) =>
    method === "server/discover"
      ? { error: { code: -32601, message: "no" } }
      : { result: { tools: [] } }
  );
  await it.ask("tools/list").done;
  assert.deepEqual(it.answers()[0].result, {
    tools: [],
    resultType: "complete",
    ttlMs: 0,
    cacheScope: "private",
  });
});

Deno.test("an error of a backend that speaks neither era is the answer as it came", async () => {
  const error = { code: -32601, message: "no such method" };
  const it = open(() => ({ error }));
  await it.ask("tools/call").done;
  assert.deepEqual(it.answers(), [{ jsonrpc: "2.0", id: 1, error }]);
});

Deno.test("a question that is answered without what it asked for is passed on as it came", async () => {
  const it = open(() => ({ result: { a: 1 } }));
  await it.ask("server/discover").done;
  assert.deepEqual(it.answers()[0].result, { a: 1 });
  assert.deepEqual(it.events, ["modern server/discover", "legacy initialize"]);
  const known = open(() => ({ result: { supportedVersions: [] } }));
  await known.ask("server/discover").done;
  assert.equal(known.answers()[0].result.resultType, "complete");
});

Deno.test("a backend that says that it is one of the modern era is, and its answer is passed on", async () => {
  const it = open((method) => method === "server/discover" ? discovered : { result: { a: 1 } });
  await it.ask("tools/call").done;
  await it.ask("tools/call").done;
  assert.deepEqual(it.events, ["modern tools/call", "modern server/discover", "modern tools/call"]);
  assert.deepEqual(it.answers().map(({ result }) => result), [{ a: 1 }, { a: 1 }]);
});

Deno.test("what only reads, or was not taken, is sent to a backend of the legacy era", async () => {
  const notTaken = [-32700, -32600, -32601, -32000, -32001];
  const rows: [method: string, answer: Answer, isSent: boolean][] = [
    ["tools/list", { result: { a: 1 } }, true],
    ["tools/list", { error: { code: -1, message: "no" } }, true],
    ["tools/call", { result: { a: 1 } }, false],
    ["tools/call", { error: { code: -32602, message: "no" } }, false],
    ...notTaken.map((code): [string, Answer, boolean] => [
      "tools/call",
      { error: { code, message: "no" } },
      true,
    ]),
  ];
  for (const [method, answer, isSent] of rows) {
    const it = open(
      (asked) => asked === "server/discover" ? { error: { code: -32601, message: "no" } } : answer,
      {
        begins: true,
      },
    );
    await it.ask(method).done;
    const row = `${method} ${JSON.stringify(answer)}`;
    assert.equal(it.events.includes(`legacy ${method}`), isSent, row);
    assert.equal(it.answers().length, 1, row);
    assert.deepEqual(it.logged, [
      "info: the backend speaks MCP up to 2025-11-25 only; messages of the client are translated",
    ]);
    await it.ask("tools/list").done;
    assert.equal(it.events.filter((event) => event === `modern ${method}`).length, 1, row);
    await it.choice.flushed();
    await it.choice.end(new AbortController().signal);
    assert.equal(it.isEnded(), true);
    assert.equal(it.events.includes("modern flushed"), false);
  }
});

Deno.test("a failure that may be that of another era is looked into, another is the answer", async () => {
  for (
    const [error, isAsked] of [
      [failure("http_400", 400), true],
      [failure("no_answer"), true],
      [failure("http_401", 401), false],
      [failure("backend_down", 503), false],
      [failure("connection_lost"), false],
    ] as const
  ) {
    const it = open(() => Promise.reject(error));
    await assert.rejects(it.ask("tools/call").done, error);
    assert.deepEqual(
      it.events,
      ["modern tools/call", ...(isAsked ? ["modern server/discover", "legacy initialize"] : [])],
    );
    const translated = open(() => Promise.reject(error), { begins: true });
    await translated.ask("tools/call").done.catch(() => {});
    assert.equal(translated.events.includes("legacy tools/call"), isAsked);
  }
});

Deno.test("a question that did not come through says nothing of what the backend speaks", async () => {
  const it = open((method) =>
    method === "server/discover" ? Promise.reject(failure("connection_lost")) : { result: { a: 1 } }
  );
  await it.ask("tools/call").done;
  assert.deepEqual(it.events, ["modern tools/call", "modern server/discover"]);
  assert.deepEqual(it.answers()[0].result, { a: 1, resultType: "complete" });
  await it.ask("tools/call").done;
  assert.deepEqual(it.events.slice(2), ["modern tools/call", "modern server/discover"]);
});

Deno.test("those who ask at the same time are told by one question", async () => {
  const question = Promise.withResolvers<Answer>();
  const it = open((method) =>
    method === "server/discover" ? question.promise : { result: { a: 1 } }
  );
  const asked = [it.ask("tools/call"), it.ask("tools/call")];
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  it.choice.send(messageOf({ method: "notifications/a" }));
  let isFlushed = false;
  it.choice.flushed().then(() => isFlushed = true);
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.deepEqual(it.events, ["modern tools/call", "modern tools/call", "modern server/discover"]);
  assert.equal(isFlushed, false);
  question.resolve(discovered);
  for (const { done } of asked) await done;
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.deepEqual(it.events.slice(3).sort(), ["modern flushed", "modern send notifications/a"]);
  assert.equal(it.answers().length, 2);
});

Deno.test("the question has as much time as anything else", async () => {
  using time = new FakeTime();
  const it = open(
    (method, exchange) =>
      method === "server/discover"
        ? new Promise((_, reject) =>
          exchange.signal.addEventListener("abort", () => reject(exchange.signal.reason))
        )
        : { result: { a: 1 } },
    { acceptTimeout: 2_000 },
  );
  const { done } = it.ask("tools/call");
  await time.pass(1_999);
  assert.equal(it.answers().length, 0);
  await time.pass(1);
  for (let turn = 0; turn < 50; turn++) await time.pass(0);
  await done;
  assert.equal(it.answers().length, 1);
});

Deno.test("the stream of an answer that is there is left when it proves nothing", async () => {
  let trial: Exchange | undefined;
  const it = open(() => ({ result: {} }));
  const choice = createModernChoice({
    context: it.context,
    native: {
      request(exchange) {
        if (exchange.request.method === "server/discover") return Promise.reject(failure("x", 404));
        trial = exchange;
        exchange.answer(messageOf({ id: 1, result: { a: 1 } }));
        return new Promise((_, reject) =>
          exchange.signal.addEventListener("abort", () => reject(exchange.signal.reason))
        );
      },
      send() {},
      flushed: () => Promise.resolve(),
    },
    createLegacy: () => Promise.reject(failure("x")),
  });
  const lines: string[] = [];
  const exchange = createExchange(
    messageOf({ id: 1, method: "tools/call", params: meta }),
    (line) => lines.push(textOf(line)),
  );
  await choice.request(exchange);
  assert.equal(trial!.signal.aborted, true);
  assert.equal(lines.length, 1);
  assert.equal(exchange.signal.aborted, false);
});

function memoryOf(era: "legacy" | "modern" | undefined, isAskedFirst = true) {
  const noted: unknown[] = [];
  let recalled = 0;
  const memory: EraMemory = {
    isAskedFirst,
    recallVerdict() {
      recalled++;
      return Promise.resolve(era && { era, versions: [], at: 0 });
    },
    noteVerdict: (verdict) => void noted.push(verdict),
  };
  return { memory, noted, recalled: () => recalled };
}

Deno.test("what is remembered of a backend is gone by, once, where it is asked first", async () => {
  const legacy = memoryOf("legacy");
  const translated = open(() => ({ result: { resultType: "complete" } }), {
    begins: true,
    memory: legacy.memory,
  });
  await Promise.all([translated.ask("tools/list").done, translated.ask("tools/list").done]);
  assert.equal(legacy.recalled(), 1);
  assert.deepEqual(legacy.noted, [{ era: "legacy", versions: [] }]);
  assert.equal(translated.events.includes("modern tools/list"), false);
  assert.equal(translated.events.filter((event) => event === "legacy tools/list").length, 2);
  for (
    const [era, isAskedFirst] of [["modern", true], [undefined, true], ["legacy", false]] as const
  ) {
    const { memory, noted, recalled } = memoryOf(era, isAskedFirst);
    const it = open(() => ({ result: { resultType: "complete" } }), { begins: true, memory });
    await it.ask("tools/list").done;
    await it.ask("tools/list").done;
    assert.deepEqual(it.events, ["modern tools/list", "modern tools/list"]);
    assert.deepEqual([recalled(), noted], [isAskedFirst ? 1 : 0, []]);
  }
});

Deno.test("a session that a remembered backend does not begin is none", async () => {
  const { memory, noted } = memoryOf("legacy");
  const it = open(() => ({ result: { resultType: "complete" } }), { memory });
  await it.ask("tools/list").done;
  assert.deepEqual(it.events, ["legacy initialize", "modern tools/list"]);
  assert.deepEqual(noted, []);
});
