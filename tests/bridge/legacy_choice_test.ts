import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { createExchange, type Exchange } from "../../src/bridge/exchange.ts";
import type { LegacyEra } from "../../src/bridge/legacy/era.ts";
import {
  createLegacyChoice,
  type EraMemory,
  mayBeOtherEra,
} from "../../src/bridge/legacy_choice.ts";
import { jsonResponse } from "./bridge_fixture.ts";
import { type Answer, createParts, messageOf, textOf } from "./bridge_parts.ts";

const failure = (reason: string, httpStatus?: number) =>
  new ProxyError({ category: "Backend error", what: "no", fix: "yes", reason, httpStatus });
const turns = async () => {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
};

Deno.test("which failures may be those of a backend of the other era", () => {
  assert.equal(mayBeOtherEra(failure("no_answer")), true);
  for (const status of [400, 402, 404, 405, 406, 415, 422, 499]) {
    assert.equal(mayBeOtherEra(failure(`http_${status}`, status)), true, `${status}`);
  }
  for (const status of [399, 401, 403, 407, 408, 421, 425, 429, 500, 503]) {
    assert.equal(mayBeOtherEra(failure(`http_${status}`, status)), false, `${status}`);
  }
  for (const error of [failure("backend_unreachable"), new Error("a defect"), undefined]) {
    assert.equal(mayBeOtherEra(error), false, `${error}`);
  }
});

/** A choice before a backend of the legacy era that does what the test says. */
function open(request: (exchange: Exchange) => Promise<void>, answer?: Answer, memory?: EraMemory) {
  const parts = createParts(answer, { retryWindow: 0 });
  const events: string[] = [];
  const lines: string[] = [];
  const eraOf = (name: string): LegacyEra => ({
    request(exchange) {
      events.push(`${name} ${exchange.request.method}`);
      return request(exchange);
    },
    send: (message) => void events.push(`${name} send ${message.method || message.kind}`),
    cancel: (message) => void events.push(`${name} cancel ${message.method}`),
    flushed: () => Promise.resolve(void events.push(`${name} flushed`)),
    end: () => Promise.resolve(void events.push(`${name} end`)),
  });
  const choice = createLegacyChoice({ context: parts.context, native: eraOf("native"), memory });
  const ask = (method: string) => {
    const exchange = createExchange(messageOf({ id: 1, method }), (it) => lines.push(textOf(it)));
    const done = choice.request(exchange);
    done.catch(() => {});
    return { exchange, done };
  };
  return { ...parts, choice, eraOf, events, lines, ask };
}

/** A choice whose requests are answered when the test says so. */
function undecided() {
  const outcomes: PromiseWithResolvers<unknown>[] = [];
  const opened = open(async (exchange) => {
    const outcome = Promise.withResolvers<unknown>();
    outcomes.push(outcome);
    exchange.answer(messageOf({ id: 1, result: await outcome.promise }));
  });
  return { ...opened, outcomes };
}

Deno.test("a backend that begins a session is spoken to as it is", async () => {
  const { ask, choice, events, lines, sent } = open((exchange) =>
    Promise.resolve(void exchange.answer(messageOf({ id: 1, result: { a: 1 } })))
  );
  const { exchange, done } = ask("initialize");
  await done;
  await ask("tools/list").done;
  choice.send(messageOf({ method: "notifications/a" }));
  choice.cancel(messageOf({ method: "notifications/cancelled" }), exchange);
  await choice.flushed();
  await choice.end(new AbortController().signal);
  assert.deepEqual(events, [
    "native initialize",
    "native tools/list",
    "native send notifications/a",
    "native cancel notifications/cancelled",
    "native flushed",
    "native end",
  ]);
  assert.equal(sent.length, 0, "nothing else is asked");
  assert.deepEqual(lines, Array(2).fill('{"jsonrpc":"2.0","id":1,"result":{"a":1}}'));
});

Deno.test("a cancellation that is late belongs to this era only where it has had a request", async () => {
  const { ask, choice, events } = open((exchange) =>
    Promise.resolve(void exchange.answer(messageOf({ id: 1, result: {} })))
  );
  const cancelled = messageOf({ method: "notifications/cancelled", params: { requestId: 1 } });
  choice.send(cancelled);
  choice.send(messageOf({ method: "notifications/a" }));
  assert.deepEqual(events, ["native send notifications/a"]);
  await ask("tools/list").done;
  choice.send(cancelled);
  assert.deepEqual(events.slice(1), ["native tools/list", "native send notifications/cancelled"]);
});

Deno.test("while a session is begun, requests and notifications wait, responses do not", async () => {
  const { ask, choice, events, outcomes, lines } = undecided();
  const first = ask("initialize");
  let isListed = false;
  ask("tools/list").done.then(() => isListed = true);
  choice.send(messageOf({ method: "notifications/a" }));
  choice.send(messageOf({ id: 1, result: {} }));
  let isFlushed = false;
  choice.flushed().then(() => isFlushed = true);
  await turns();
  assert.deepEqual(events.toSorted(), ["native initialize", "native send response"]);
  assert.equal(isFlushed, false);
  outcomes[0]!.resolve({});
  await first.done;
  await turns();
  assert.equal(lines.length, 1);
  assert.deepEqual(events.slice(2).sort(), [
    "native flushed",
    "native send notifications/a",
    "native tools/list",
  ]);
  assert.equal(isListed, false);
  outcomes[1]!.resolve({});
  await turns();
  assert.equal(isListed, true);
});

Deno.test("a session is there with its answer, not with the end of its stream", async () => {
  const { ask, events, lines } = open((exchange) => {
    exchange.answer(messageOf({ id: 1, result: {} }));
    return exchange.request.method === "initialize" ? new Promise(() => {}) : Promise.resolve();
  });
  ask("initialize");
  await ask("tools/list").done;
  assert.deepEqual(events, ["native initialize", "native tools/list"]);
  assert.equal(lines.length, 2);
});

Deno.test("a beginning that is over does not end the wait for a later one", async () => {
  const { ask, events, outcomes } = undecided();
  const first = ask("initialize");
  await turns();
  const second = ask("initialize");
  await turns();
  outcomes[0]!.resolve({});
  await first.done;
  ask("tools/list");
  await turns();
  assert.deepEqual(events, ["native initialize", "native initialize"]);
  outcomes[1]!.resolve({});
  await second.done;
  await turns();
  assert.equal(events.at(-1), "native tools/list");
});

Deno.test("a request that ends without an answer fails with what it failed with", async () => {
  const error = failure("backend_down", 503);
  const { ask } = open((exchange) => Promise.resolve(exchange.fail(error)));
  await assert.rejects(ask("initialize").done, error);
});

/** A backend of the modern era only. */
const modern: Answer = ({ body }) => {
  const { id, method } = JSON.parse(textOf(body!));
  return jsonResponse({
    jsonrpc: "2.0",
    id,
    result: method === "server/discover"
      ? {
        resultType: "complete",
        supportedVersions: ["2026-07-28"],
        capabilities: { tools: {} },
        serverInfo: { name: "b", version: "1" },
      }
      : { resultType: "complete", tools: [], ttlMs: 0, cacheScope: "private" },
  });
};

Deno.test("messages are translated for a backend of the modern era, which is remembered", async () => {
  const noted: unknown[] = [];
  const memory: EraMemory = {
    isAskedFirst: false,
    recallVerdict: () => Promise.resolve(undefined),
    noteVerdict: (verdict) => void noted.push(verdict),
  };
  const { ask, choice, events, lines, sentMessages } = open(
    () => Promise.reject(failure("http_404", 404)),
    modern,
    memory,
  );
  await ask("initialize").done;
  await ask("tools/list").done;
  assert.deepEqual(events, ["native initialize"]);
  assert.deepEqual(sentMessages().slice(0, 2).map((each) => each.method), [
    "server/discover",
    "tools/list",
  ]);
  const [begun, listed] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([begun.result.capabilities.tools !== undefined, listed.result.tools], [
    true,
    [],
  ]);
  assert.deepEqual(noted, [{ era: "modern", versions: [] }]);
  await ask("initialize").done;
  assert.deepEqual(events, ["native initialize"], "it is known what it speaks");
  await choice.flushed();
  await choice.end(new AbortController().signal);
  assert.deepEqual(events, ["native initialize", "native end"]);
});

Deno.test("what is still being sent or ended is waited for", async () => {
  const { context } = createParts();
  for (const what of ["flushed", "end"] as const) {
    const done = Promise.withResolvers<void>();
    const choice = createLegacyChoice({
      context,
      native: {
        request: () => Promise.resolve(),
        send() {},
        cancel() {},
        flushed: () => done.promise,
        end: () => done.promise,
      },
    });
    let isDone = false;
    choice[what](new AbortController().signal).then(() => isDone = true);
    await turns();
    assert.equal(isDone, false, what);
    done.resolve();
    await turns();
    assert.equal(isDone, true, what);
  }
});

Deno.test("what is no evidence of another era is the answer, and decides nothing", async () => {
  for (const error of [failure("http_401", 401), failure("backend_down", 503), new Error("x")]) {
    const { ask, choice, events, sent } = open(() => Promise.reject(error));
    await assert.rejects(ask("initialize").done, error);
    assert.equal(sent.length, 0);
    choice.send(messageOf({ method: "notifications/a" }));
    assert.deepEqual(events, ["native initialize", "native send notifications/a"]);
  }
});

Deno.test("who waits for a backend that cannot be reached waits once", async () => {
  const { ask, events, outcomes } = undecided();
  const [first, second] = [ask("initialize"), ask("tools/list")];
  await turns();
  const error = failure("backend_unreachable");
  outcomes[0]!.reject(error);
  await assert.rejects(first.done, error);
  await assert.rejects(second.done, error);
  assert.deepEqual(events, ["native initialize"]);
});

Deno.test("who waits for a beginning that failed otherwise is carried all the same", async () => {
  const { ask, events, outcomes } = undecided();
  const [first, second] = [ask("initialize"), ask("tools/list")];
  await turns();
  outcomes[0]!.reject(failure("backend_busy"));
  await assert.rejects(first.done, { reason: "backend_busy" });
  await turns();
  assert.deepEqual(events, ["native initialize", "native tools/list"]);
  outcomes[1]!.resolve({});
  await second.done;
});

Deno.test("a request that ends meanwhile waits no more", async () => {
  const { ask, events } = undecided();
  ask("initialize");
  const { exchange, done } = ask("tools/list");
  const over = failure("over");
  exchange.abort(over);
  await assert.rejects(done, over);
  assert.deepEqual(events, ["native initialize"]);
});

Deno.test("what ends the request ends the trial", async () => {
  let trial: Exchange | undefined;
  const { ask } = open((exchange) => {
    trial = exchange;
    return new Promise((_, reject) =>
      exchange.signal.addEventListener("abort", () => reject(exchange.signal.reason))
    );
  });
  const { exchange, done } = ask("initialize");
  await turns();
  const over = failure("over");
  exchange.abort(over);
  await done.catch(() => {});
  assert.equal(trial!.signal.reason, over);
});

Deno.test("an error in place of a session is the answer, when the backend speaks no other era", async () => {
  const { ask, lines, sent } = open((exchange) =>
    Promise.resolve(void exchange.answer(messageOf({ id: 1, error: { code: -1, message: "no" } })))
  );
  await ask("initialize").done;
  assert.deepEqual(lines, ['{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}']);
  assert.equal(sent.length, 1, "it was asked whether it speaks the modern one");
  await ask("tools/list").done;
  assert.equal(lines.length, 2, "nothing waits any more");
});

Deno.test("another carrier may take the place of the one that there is", async () => {
  const { ask, choice, eraOf, events } = open((exchange) =>
    Promise.resolve(void exchange.answer(messageOf({ id: 1, result: {} })))
  );
  choice.use(eraOf("other"));
  await ask("initialize").done;
  await choice.end(new AbortController().signal);
  assert.deepEqual(events, ["other initialize", "other end"]);
});

Deno.test("what a backend was found to speak is asked first where there is time for it", async () => {
  for (const [isAskedFirst, isAsked] of [[true, true], [false, false]] as const) {
    const { context, sent } = createParts(() => new Response(null, { status: 404 }));
    let recalled = 0;
    const events: string[] = [];
    const choice = createLegacyChoice({
      context,
      native: {
        request(exchange) {
          events.push(`native behind ${sent.length}`);
          exchange.answer(messageOf({ id: 1, result: {} }));
          return Promise.resolve();
        },
        send() {},
        cancel() {},
        flushed: () => Promise.resolve(),
        end: () => Promise.resolve(),
      },
      memory: {
        isAskedFirst,
        recallVerdict() {
          recalled++;
          return Promise.resolve({ era: "modern", versions: [], at: 0 });
        },
        noteVerdict: () => assert.fail("it speaks no modern era"),
      },
    });
    await choice.request(createExchange(messageOf({ id: 1, method: "initialize" }), () => {}));
    assert.equal(recalled, isAsked ? 1 : 0);
    assert.deepEqual(events, [`native behind ${isAsked ? 1 : 0}`]);
  }
});
