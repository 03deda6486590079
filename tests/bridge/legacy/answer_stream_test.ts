import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import { startTimer } from "../../../src/base/timer.ts";
import { createExchange } from "../../../src/bridge/exchange.ts";
import { createAnswerStream } from "../../../src/bridge/legacy/answer_stream.ts";
import { createSession } from "../../../src/bridge/legacy/session.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { event, eventResponse } from "../bridge_fixture.ts";
import { type Answer, bodyOf, createParts, messageOf, openBody, textOf } from "../bridge_parts.ts";

const answer = { jsonrpc: "2.0", id: 1, result: {} };
const note = (n: number) => ({ jsonrpc: "2.0", method: `n${n}` });

/** A stream whose first connection brings this, and that is taken up again then. */
function open(
  time: FakeTime,
  { first, answers, isAlive, retryWindow = 20_000 }: {
    first: string;
    answers: Answer;
    isAlive?: () => Promise<boolean>;
    retryWindow?: number;
  },
) {
  const asked: { at: number; id: string | undefined }[] = [];
  const parts = createParts((request, count) => {
    asked.push({ at: time.now - since, id: request.headers["last-event-id"] });
    return answers(request, count);
  }, { retryWindow });
  const lines: string[] = [];
  const exchange = createExchange(
    messageOf({ id: 1, method: "tools/call" }),
    (line) => lines.push(textOf(line)),
  );
  const session = createSession();
  session.id = "abc";
  const own = { ...parts.context, toClient: (line: Uint8Array) => void lines.push(textOf(line)) };
  const stream = createAnswerStream({ exchange, session, context: own, isAlive });
  let since = time.now;
  let outcome: unknown;
  let signs = 0;
  const run = (async () => {
    await stream.read(bodyOf(first), () => void signs++);
    assert.equal(signs, 1, "it is told that bytes came");
    since = time.now;
    await stream.resume();
  })().then(() => outcome = "answered", (error) => outcome = error);
  return {
    ...parts,
    exchange,
    lines,
    asked,
    run,
    /** Lets time pass until it is over, and says how. */
    async over(limit = 1_000_000) {
      const end = time.now + limit;
      while (outcome === undefined && time.now < end) {
        for (let turn = 0; turn < 20; turn++) await time.pass(0);
        if (outcome === undefined) await time.pass(50);
      }
      return outcome as ProxyError | "answered" | undefined;
    },
  };
}

const refused = (status: number) => () => new Response(null, { status });
const reason = (outcome: unknown) => (outcome as ProxyError).reason;

Deno.test("a stream is taken up again behind the last event, as often as it takes", async () => {
  using time = new FakeTime();
  const { over, asked, sent, lines } = open(time, {
    first: `retry: 100\n${event(note(1), "e1")}`,
    answers: (_, count) =>
      count === 1
        ? eventResponse(event(note(1), "e1"), event(note(2), "e2"))
        : eventResponse(event(answer, "e3")),
  });
  assert.equal(await over(), "answered");
  assert.deepEqual(asked.map(({ id }) => id), ["e1", "e2"]);
  assert.deepEqual(lines.map((line) => JSON.parse(line).method), ["n1", "n2", undefined]);
  const [{ method, headers, purpose }] = sent as [typeof sent[number]];
  assert.deepEqual({ method, headers, purpose }, {
    method: "GET",
    headers: { "accept": "text/event-stream", "mcp-session-id": "abc", "last-event-id": "e1" },
    purpose: "background",
  });
});

Deno.test("the pause is the server's wish, or a second", async () => {
  for (
    const [named, expected] of [["retry: 300\n", 300], ["retry: 1\n", 50], ["", 1_000]] as const
  ) {
    using time = new FakeTime();
    const { over, asked } = open(time, {
      first: `${named}${event(note(1), "e1")}`,
      answers: () => eventResponse(event(answer)),
    });
    assert.equal(await over(), "answered");
    const { at } = asked[0]!;
    assert.ok(at >= expected && at < expected + 60, `${at} ms for ${named}`);
  }
});

Deno.test("without an event to go on from it is over, as it ended", async () => {
  using time = new FakeTime();
  for (const first of [event(note(1)), `${event(note(1), "e1")}${event(note(2), "")}`]) {
    const { over, sent } = open(time, { first, answers: refused(500) });
    assert.equal(reason(await over()), "stream_ended");
    assert.equal(sent.length, 0);
  }
});

Deno.test("what is left of a request that was cancelled is not asked for", async () => {
  using time = new FakeTime();
  const { exchange, over, sent } = open(time, {
    first: event(note(1), "e1"),
    answers: () => eventResponse(event(answer)),
  });
  exchange.isCancelled = true;
  assert.equal(reason(await over()), "stream_ended");
  assert.equal(sent.length, 0);
});

Deno.test("an answer that came on the first connection ends it", async () => {
  using time = new FakeTime();
  const { over, sent } = open(time, { first: event(answer, "e1"), answers: refused(500) });
  assert.equal(await over(), "answered");
  assert.equal(sent.length, 0);
});

Deno.test("what refuses the rest for good ends it at once", async () => {
  const page = () => new Response("<p>", { headers: { "content-type": "text/html" } });
  const refusedEvents = () =>
    new Response(event(answer), { status: 400, headers: { "content-type": "text/event-stream" } });
  for (const answers of [refused(400), refused(405), page, refused(202), refusedEvents]) {
    using time = new FakeTime();
    const { over, sent } = open(time, { first: event(note(1), "e1"), answers });
    assert.equal(reason(await over()), "stream_ended");
    assert.equal(sent.length, 1);
  }
});

Deno.test("what is no stream of events is let go of", async () => {
  using time = new FakeTime();
  const { body, cancelled } = openBody();
  const { over } = open(time, {
    first: event(note(1), "e1"),
    answers: () => new Response(body, { status: 400 }),
  });
  assert.equal(reason(await over()), "stream_ended");
  assert.equal(cancelled.length, 1);
});

const lost = (why: string) => () =>
  Promise.reject(
    new ProxyError({
      category: "Network error",
      what: "no connection",
      fix: "check it",
      reason: why,
      transient: true,
    }),
  );

Deno.test("another attempt may be due exactly at the end of the window", async () => {
  for (const [retryWindow, attempts] of [[1_000, 2], [999, 1]] as const) {
    using time = new FakeTime();
    const { over, sent } = open(time, {
      first: event(note(1), "e1"),
      retryWindow,
      answers: lost("connection_lost"),
    });
    assert.equal(reason(await over()), "stream_ended");
    assert.equal(sent.length, attempts);
  }
});

Deno.test("a failure behind a gateway without patience has its time anew", async () => {
  using time = new FakeTime();
  const { over, sent } = open(time, {
    first: event(note(1), "e1"),
    retryWindow: 3_000,
    isAlive: () => Promise.resolve(true),
    answers: (_, count) =>
      count === 2
        ? refused(504)()
        : count === 5
        ? eventResponse(event(answer))
        : lost("connection_lost")(),
  });
  assert.equal(await over(), "answered");
  assert.equal(sent.length, 5);
});

Deno.test("errors that say what became of the answer are the outcome", async () => {
  using time = new FakeTime();
  const junk = open(time, {
    first: event(note(1), "e1"),
    answers: () => eventResponse(event("7", "e2")),
  });
  assert.equal(reason(await junk.over()), "no_answer");
  const long = open(time, {
    first: event(note(1), "e1"),
    answers: () => eventResponse(event({ ...answer, result: "x".repeat(2 << 20) }, "e2")),
  });
  assert.equal(reason(await long.over()), "message_too_long");
});

Deno.test("a backend that is gone is asked for three seconds, a lost connection for the window", async () => {
  for (
    const [why, from, to] of [
      ["backend_unreachable", 2_000, 4_000],
      ["connection_lost", 19_000, 21_000],
    ] as const
  ) {
    using time = new FakeTime();
    const { over, asked } = open(time, {
      first: event(note(1), "e1"),
      answers: lost(why),
    });
    assert.equal(reason(await over()), "stream_ended");
    const { at } = asked.at(-1)!;
    assert.ok(at >= from && at <= to, `${at} ms for ${why}`);
  }
});

Deno.test("a failure behind a success has its time anew", async () => {
  using time = new FakeTime();
  const { over, sent } = open(time, {
    first: event(note(1), "e1"),
    // Each time but the third fails; three seconds in all would not do.
    answers: (_, count) =>
      count === 8
        ? eventResponse(event(answer))
        : count === 3 || count === 6
        ? eventResponse(event(note(count), `e${count}`))
        : lost("backend_unreachable")(),
  });
  assert.equal(await over(), "answered");
  assert.equal(sent.length, 8);
});

Deno.test("a gateway without patience is asked again while the backend is alive", async () => {
  for (const status of [504, 524]) {
    using time = new FakeTime();
    let asked = 0;
    const { over, sent } = open(time, {
      first: event(note(1), "e1"),
      retryWindow: 1,
      isAlive: () => Promise.resolve(++asked < 15),
      answers: async () => {
        // As long as a gateway waits.
        await new Promise<void>((resolve) => startTimer(resolve, 500));
        return new Response(null, { status });
      },
    });
    assert.equal(reason(await over()), "stream_ended");
    assert.equal(sent.length, 15, `${status}`);
  }
});

Deno.test("a gateway that says so at once is believed ten times", async () => {
  using time = new FakeTime();
  const { over, sent } = open(time, {
    first: event(note(1), "e1"),
    retryWindow: 1,
    isAlive: () => Promise.resolve(true),
    answers: refused(504),
  });
  assert.equal(reason(await over()), "stream_ended");
  assert.equal(sent.length, 11);
});

Deno.test("no other status, and nobody to ask, is a gateway without patience", async () => {
  for (const [status, isAlive] of [[503, () => Promise.resolve(true)], [504, undefined]] as const) {
    using time = new FakeTime();
    const { over, sent } = open(time, {
      first: event(note(1), "e1"),
      retryWindow: 1,
      isAlive,
      answers: refused(status),
    });
    assert.equal(reason(await over()), "stream_ended");
    assert.equal(sent.length, 1, `${status}`);
  }
});

Deno.test("whoever ends the request ends the wait, and is the reason", async () => {
  using time = new FakeTime();
  const over = new ProxyError({ category: "Backend error", what: "a", fix: "b", reason: "over" });
  const { exchange, over: outcome, sent, run } = open(time, {
    first: event(note(1), "e1"),
    answers: () => new Promise<Response>(() => {}),
  });
  for (let step = 0; step < 30 && sent.length === 0; step++) await time.pass(100);
  exchange.abort(over);
  await run;
  assert.equal(await outcome(), over);
});
