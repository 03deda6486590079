import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { createOwnExchange, requestCancelled } from "../../../src/bridge/exchange.ts";
import type { Message } from "../../../src/bridge/jsonrpc/scan_message.ts";
import type { ClientRequestOptions } from "../../../src/bridge/translation/client_requests.ts";
import { isInputRequired, provideInput } from "../../../src/bridge/translation/input_rounds.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { bytes, errorResponse, message, request, response, text, valueOf } from "../message.ts";

const call = request("tools/call", { name: "t", requestState: "old", inputResponses: { o: 1 } });
const needs = (inputRequests?: unknown, requestState?: unknown) =>
  response({ resultType: "input_required", inputRequests, requestState });

interface Asked {
  method: string;
  params: string | undefined;
  signal: AbortSignal;
}

/** Provides input for a call that the backend answers so, one after the other. */
function run(
  answers: Message[],
  { capabilities = `{"roots":{},"sampling":{},"elicitation":{"form":{},"url":{}}}`, ask }: {
    capabilities?: string;
    ask?: (asked: Asked) => Promise<Message>;
  } = {},
) {
  const outer = createOwnExchange(call, "client");
  outer.sentAt = 5;
  const sent: Message[] = [];
  const asked: Asked[] = [];
  const sentAt: number[] = [];
  const times: number[] = [];
  const outcome = provideInput(call, {
    outer,
    capabilities: bytes(capabilities),
    send(message) {
      sent.push(message);
      sentAt.push(outer.sentAt);
      times.push(performance.now());
      return Promise.resolve(answers.shift()!);
    },
    client: {
      ask(method: string, { params, signal }: ClientRequestOptions) {
        asked.push({ method, params: params && text(params), signal });
        return ask?.(asked.at(-1)!) ?? Promise.resolve(response({ asked: asked.length }));
      },
      take: () => false,
      abandon() {},
    },
  });
  outcome.catch(() => {});
  return { outer, sent, asked, sentAt, times, outcome };
}

const final = response({ done: true });

Deno.test("what needs no input is the answer", async () => {
  for (const answer of [final, errorResponse({ code: 1 })]) {
    const { outcome, sent } = run([answer]);
    assert.equal(await outcome, answer);
    assert.deepEqual(sent, [call]);
  }
});

Deno.test("what the client answers is sent again, in the order of the questions, with the state", async () => {
  const given = message(
    `{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"a\\u0041": {"method":"roots/list"},"b":{"method":"sampling/createMessage","params":{"n":1.0}}},"requestState":"s\\u0041"}}`,
  );
  const { outcome, sent, asked, sentAt } = run([given, final]);
  assert.equal(await outcome, final);
  assert.deepEqual(asked.map(({ method, params }) => [method, params]), [
    ["roots/list", undefined],
    ["sampling/createMessage", `{"n":1.0}`],
  ]);
  const [first, second] = sent;
  assert.equal(first, call);
  assert.match(second.id, /^"authful-mcp-proxy-retry-\d+"$/);
  assert.ok(
    text(second).includes(
      `{"name":"t","inputResponses":{"a\\u0041": {"asked":1},"b":{"asked":2}},"requestState":"s\\u0041"}`,
    ),
    text(second),
  );
  assert.deepEqual(sentAt, [5, 0], "a person thinks while no time of the backend runs");
});

Deno.test("each round has an id of its own, and the state of the round before", async () => {
  const { outcome, sent } = run([
    needs({ a: { method: "roots/list" } }, 1),
    needs({ b: { method: "roots/list" } }),
    final,
  ]);
  await outcome;
  const [, second, third] = sent.map(valueOf);
  assert.equal(
    Number(third.id.split("-").at(-1)),
    Number(second.id.split("-").at(-1)) + 1,
  );
  assert.deepEqual(second.params, {
    name: "t",
    inputResponses: { a: { asked: 1 } },
    requestState: 1,
  });
  assert.deepEqual(third.params, { name: "t", inputResponses: { b: { asked: 2 } } });
});

Deno.test("a backend that asks nothing is asked again after a pause that grows", async () => {
  using time = new FakeTime();
  const { outcome, sent, times } = run([
    ...Array.from({ length: 6 }, () => needs(undefined, "s")),
    needs([]),
    final,
  ]);
  await time.pass(60_000);
  const pauses = times.slice(1).map((at, n) => at - times[n]);
  const longest = [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000];
  assert.equal(pauses.length, longest.length);
  for (const [n, most] of longest.entries()) {
    // Each is drawn at random from the upper half of what it may be.
    assert.ok(pauses[n] >= most / 2 && pauses[n] <= most + 1, `${n}: ${pauses[n]} ms`);
  }
  assert.equal(await outcome, final);
  assert.deepEqual(valueOf(sent[1]).params, { name: "t", requestState: "s" });
});

Deno.test("a cancelled request does not wait for the pause", async () => {
  using _time = new FakeTime();
  const { outcome, outer } = run([needs()]);
  outer.abort(requestCancelled());
  await assert.rejects(outcome, /was cancelled/);
});

for (const [rounds, isAnswered] of [[64, true], [65, false]] as const) {
  Deno.test(`a backend that wants input ${rounds} times gets ${isAnswered ? "it" : "64"}`, async () => {
    const { outcome, sent } = run([
      ...Array.from({ length: rounds }, () => needs({ a: { method: "roots/list" } })),
      final,
    ]);
    if (isAnswered) return assert.equal(await outcome, final);
    await assert.rejects(outcome, (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(error.reason, "input_without_end");
      assert.equal(
        error.message,
        "Backend error: the backend wants to know in more than 64 rounds to answer tools/call. " +
          "Fix: look at the backend's log.",
      );
      return true;
    });
    assert.equal(sent.length, 65);
  });
}

for (const count of [64, 65]) {
  Deno.test(`${count} things at once are ${count > 64 ? "too many" : "asked"}`, async () => {
    const { outcome, asked } = run([
      needs(Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`k${n}`, { method: "roots/list" }]),
      )),
      final,
    ]);
    if (count === 64) {
      assert.equal(await outcome, final);
      return assert.equal(asked.length, 64);
    }
    await assert.rejects(outcome, (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(error.reason, "input_without_end");
      assert.equal(
        error.message,
        "Backend error: the backend wants to know 65 things at once to answer tools/call. Fix: " +
          "look at the backend's log.",
      );
      return true;
    });
    assert.equal(asked.length, 0);
  });
}

for (
  const [question, wanted] of [
    [{ method: "tools/call" }, "tools/call"],
    [{ method: "elicitation/create", params: { mode: "url" } }, "elicitation/create"],
    [{ method: 7 }, "something that is no request"],
    [{ method: 12345 }, "something that is no request"],
    [{}, "something that is no request"],
    ["text", "something that is no request"],
  ] as const
) {
  Deno.test(`${JSON.stringify(question)} is not asked of a client that cannot`, async () => {
    const { outcome, asked } = run([needs({ a: { method: "roots/list" }, b: question })], {
      capabilities: `{"roots":{},"elicitation":{}}`,
    });
    await assert.rejects(outcome, (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(error.reason, "input_not_possible");
      assert.equal(
        error.message,
        `Backend error: the backend wants ${wanted} of the client to answer tools/call, which the ` +
          "client has not declared that it can do. Fix: use a client that can, or look at the " +
          "backend's log.",
      );
      return true;
    });
    assert.deepEqual(asked, []);
  });
}

for (
  const [given, isChanged] of [
    [`{"mode":"url","url":"u"}`, true],
    [`{"mode":"url","elicitationId":"e"}`, false],
    [`{"mode":"form"}`, false],
    [`{}`, false],
    [undefined, false],
  ] as const
) {
  Deno.test(`an elicitation with ${given} ${isChanged ? "gets an id" : "stays as it is"}`, async () => {
    const { outcome, asked } = run([
      message(
        `{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create"${
          given ? `,"params":${given}` : ""
        }}}}}`,
      ),
      final,
    ]);
    await outcome;
    const [{ params }] = asked;
    if (!isChanged) return assert.equal(params, given);
    const { elicitationId, ...rest } = JSON.parse(params!);
    assert.match(elicitationId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, JSON.parse(given!));
  });
}

Deno.test("what is no elicitation gets no id", async () => {
  const { outcome, asked } = run([
    needs({ a: { method: "sampling/createMessage", params: { mode: "url" } } }),
    final,
  ]);
  await outcome;
  assert.equal(asked[0].params, `{"mode":"url"}`);
});

Deno.test("the client's error is the answer, and ends what else it is asked", async () => {
  const { outcome, asked, sent } = run(
    [needs({ a: { method: "roots/list" }, b: { method: "roots/list" } })],
    {
      ask: ({ signal }) =>
        asked.length === 2
          ? Promise.resolve(errorResponse({ code: -1, message: "no" }, "other"))
          : new Promise((_, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason))
          ),
    },
  );
  assert.equal(text(await outcome), text(errorResponse({ code: -1, message: "no" })));
  assert.equal(asked[0].signal.aborted, true);
  assert.equal(sent.length, 1);
});

Deno.test("what was asked is over when all is answered", async () => {
  const { outcome, asked } = run([needs({ a: { method: "roots/list" } }), final]);
  await outcome;
  assert.equal(asked[0].signal.aborted, true);
});

Deno.test("a question that fails fails the request, with the reason of its end if it has ended", async () => {
  const failing = run([needs({ a: { method: "roots/list" } })], {
    ask: () => Promise.reject(new Error("gone")),
  });
  await assert.rejects(failing.outcome, /gone/);
  const ended = run([needs({ a: { method: "roots/list" } })], {
    ask: ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(errorResponse({ code: 1 })))
      ),
  });
  await Promise.resolve();
  ended.outer.abort(requestCancelled());
  await assert.rejects(ended.outcome, /was cancelled/);
});

for (
  const [given, expected] of [
    [response({ resultType: "input_required" }), true],
    [response({ resultType: "complete" }), false],
    [response({ resultType: ["input_required"] }), false],
    [response({}), false],
    [response(null), false],
    [errorResponse({ resultType: "input_required" }), false],
  ] as const
) {
  Deno.test(`${text(given)} wants input: ${expected}`, () => {
    assert.equal(isInputRequired(given), expected);
  });
}
