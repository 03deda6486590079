import assert from "node:assert/strict";
import { nextTurn } from "../../src/base/timer.ts";
import { createOwnExchange, type Exchange, requestCancelled } from "../../src/bridge/exchange.ts";
import type { LegacyEra } from "../../src/bridge/legacy/era.ts";
import { createLegacyChoice } from "../../src/bridge/legacy_choice.ts";
import { createModernChoice } from "../../src/bridge/modern_choice.ts";
// They are loaded when they are needed, which takes real time.
import "../../src/bridge/translation/modern_client.ts";
import "../../src/bridge/translation/serve_legacy_client.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { createParts } from "./bridge_parts.ts";
import { errorResponse, request, response, valueOf } from "./message.ts";

const refusal = errorResponse({ code: -32600, message: "Bad Request" });

/** Never answers, until whoever asks gives up. */
const silence = ({ signal }: Exchange): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

interface SilentBackend {
  /** By which clock. */
  time: FakeTime;
  /** Whether it answers `initialize`. */
  beginsSession: boolean;
}

/** A backend whose era can be told by `initialize` only; what it was asked, and when. */
function silentBackend({ time, beginsSession }: SilentBackend) {
  const asked: string[] = [];
  /** What asks for a session and is not answered. */
  const waiting: Exchange[] = [];
  const note = ({ request }: Exchange) => asked.push(`${time.now} ${request.method}`);
  const native = {
    async request(exchange: Exchange) {
      note(exchange);
      if (exchange.request.method === "server/discover") await silence(exchange);
      else exchange.answer(refusal);
    },
    send() {},
    flushed: () => Promise.resolve(),
  };
  const legacy: LegacyEra = {
    ...native,
    async request(exchange) {
      note(exchange);
      const { id, method } = exchange.request;
      if (method !== "initialize") exchange.answer(response({ tools: [] }, JSON.parse(id)));
      else if (beginsSession) {
        const result = { protocolVersion: "2025-11-25", capabilities: {} };
        exchange.answer(response(result, JSON.parse(id)));
      } else {
        waiting.push(exchange);
        await silence(exchange);
      }
    },
    cancel() {},
    end: () => Promise.resolve(void asked.push(`${time.now} the end of the session`)),
  };
  return { asked, waiting, native, createLegacy: () => Promise.resolve(legacy) };
}

/** The first request of a client of the modern era, and its answer once there is one. */
function ask(method: string, backend: SilentBackend) {
  const { native, createLegacy, ...seen } = silentBackend(backend);
  const { context } = createParts();
  const choice = createModernChoice({ context, native, createLegacy });
  const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  const exchange = createOwnExchange(request(method, { _meta }), "client");
  const answers: unknown[] = [];
  exchange.onAnswered = (answer) => answers.push(valueOf(answer));
  return { ...seen, answers, exchange, settled: choice.request(exchange) };
}

/** Lets time pass, and what happens meanwhile happen, until the condition holds. */
async function passUntil(time: FakeTime, end: number, condition: () => boolean): Promise<void> {
  for (;;) {
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    if (condition() || time.now >= end) return;
    await time.pass(500);
  }
}

Deno.test("a backend that leaves server/discover without an answer is asked for a session after 10 s", async () => {
  using time = new FakeTime();
  const { asked, answers, settled } = ask("tools/list", { time, beginsSession: true });
  await passUntil(time, 60_000, () => answers.length > 0);
  await settled;
  assert.deepEqual(asked, [
    "0 tools/list",
    "0 server/discover",
    "10000 initialize",
    "10000 tools/list",
  ]);
  assert.equal((answers[0] as { result: { resultType: string } }).result.resultType, "complete");
});

Deno.test("a backend that answers neither question gives its client the refusal, after a bounded time", async () => {
  using time = new FakeTime();
  const { asked, waiting, answers, settled } = ask("tools/list", { time, beginsSession: false });
  await passUntil(time, 60_000, () => answers.length > 0);
  await settled;
  assert.deepEqual(asked, ["0 tools/list", "0 server/discover", "10000 initialize"]);
  assert.deepEqual(answers, [valueOf(refusal)]);
  assert.equal(time.now, 40_000);
  // A session that comes now is not left open.
  const result = { protocolVersion: "2025-11-25", capabilities: {} };
  waiting[0].answer(response(result, JSON.parse(waiting[0].request.id)));
  await passUntil(time, 41_000, () => asked.length > 3);
  assert.equal(asked[3], "40000 the end of the session");
});

Deno.test("a request that gets no answer says nothing of the era: its connection may have died", async () => {
  using time = new FakeTime();
  const { asked, exchange, settled } = ask("server/discover", { time, beginsSession: true });
  await passUntil(time, 60_000, () => false);
  assert.deepEqual(asked, ["0 server/discover"]);
  exchange.abort(requestCancelled());
  await settled;
});

Deno.test("a client whose session is refused waits 10 s at most for server/discover", async () => {
  using time = new FakeTime();
  const { context } = createParts((sent) => silence({ signal: sent.signal } as Exchange));
  const native: LegacyEra = {
    request: (exchange) => Promise.resolve(void exchange.answer(refusal)),
    send() {},
    cancel() {},
    flushed: () => Promise.resolve(),
    end: () => Promise.resolve(),
  };
  const choice = createLegacyChoice({ context, native });
  const exchange = createOwnExchange(request("initialize", {}), "client");
  let answer: unknown;
  exchange.onAnswered = (response) => answer = valueOf(response);
  const settled = choice.request(exchange);
  await passUntil(time, 60_000, () => answer !== undefined);
  await settled;
  assert.deepEqual(answer, valueOf(refusal));
  assert.equal(time.now, 10_000);
});
