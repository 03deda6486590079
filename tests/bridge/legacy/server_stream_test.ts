import assert from "node:assert/strict";
import { ProxyError } from "../../../src/base/errors.ts";
import type { BridgeContext } from "../../../src/bridge/bridge_context.ts";
import { superviseServerStream } from "../../../src/bridge/legacy/server_stream.ts";
import { createSession } from "../../../src/bridge/legacy/session.ts";
import { FakeTime } from "../../credentials/fake_time.ts";
import { event, eventResponse } from "../bridge_fixture.ts";
import { type Answer, createParts, openBody } from "../bridge_parts.ts";
import { fixedRandom } from "../../support/fixed_random.ts";

const events = { headers: { "content-type": "text/event-stream" } };
const note = (n: number) => ({ jsonrpc: "2.0", method: `n${n}` });
const refused = (status: number): Answer => () => new Response(null, { status });

/** A stream that is kept open, and when it was asked for. */
function supervise(time: FakeTime, answer: Answer, overrides: Partial<BridgeContext> = {}) {
  const asked: { at: number; id?: string }[] = [];
  const parts = createParts((request, count) => {
    const id = request.headers["last-event-id"];
    asked.push({ at: time.now - since, ...(id === undefined ? {} : { id }) });
    return answer(request, count);
  }, overrides);
  const since = time.now;
  const session = createSession();
  session.id = "abc";
  let isOver = false;
  const done = superviseServerStream({ context: parts.context, session })
    .finally(() => isOver = true);
  return {
    ...parts,
    session,
    asked,
    done,
    isOver: () => isOver,
    /** Lets time pass until it was asked so often. */
    async askedTimes(count: number) {
      for (let step = 0; asked.length < count; step++) {
        if (step > 20_000) throw new Error(`it was asked ${asked.length} times only`);
        for (let turn = 0; turn < 5; turn++) await time.pass(0);
        if (asked.length < count) await time.pass(50);
      }
      return asked.slice(0, count);
    },
    async end() {
      session.over.abort(new Error("over"));
      await time.pass(0);
      await done;
    },
  };
}

const pauses = (asked: { at: number }[]) =>
  asked.slice(1).map(({ at }, index) => Math.round((at - asked[index]!.at) / 100) / 10);

Deno.test("the stream is asked for in the session, and brings messages to the client", async () => {
  using time = new FakeTime();
  const stream = openBody();
  const it = supervise(time, () => new Response(stream.body, events));
  await it.askedTimes(1);
  const { method, headers, purpose, mayBeSilent } = it.sent[0]!;
  assert.deepEqual({ method, headers, purpose, mayBeSilent }, {
    method: "GET",
    headers: { "accept": "text/event-stream", "mcp-session-id": "abc" },
    purpose: "background",
    mayBeSilent: true,
  });
  stream.write(event(note(1)) + "event: other\ndata: x\n\nid: 7\ndata:\n\n" + event(note(2)));
  for (let turn = 0; turn < 20; turn++) await time.pass(0);
  assert.deepEqual(it.messages(), [note(1), note(2)]);
  assert.equal(it.isOver(), false);
  it.session.over.abort(new Error("over"));
  assert.equal(it.sent[0]!.signal.aborted, true);
  assert.equal((it.sent[0]!.signal.reason as Error).message, "over");
  stream.cut();
  for (let turn = 0; turn < 20; turn++) await time.pass(0);
  await it.done;
  await time.pass(600_000);
  assert.equal(it.sent.length, 1);
  assert.deepEqual(it.logged, []);
});

Deno.test("405 is final, and let go of", async () => {
  using time = new FakeTime();
  const { body, cancelled } = openBody();
  const it = supervise(time, () => new Response(body, { status: 405 }));
  await it.askedTimes(1);
  for (let turn = 0; turn < 20; turn++) await time.pass(0);
  await it.done;
  assert.equal(cancelled.length, 1);
});

Deno.test("a refusal is tried again ever less often, up to a minute", async () => {
  for (
    const answer of [
      refused(404),
      refused(503),
      () => new Response("<p>"),
      () => new Response(null, events),
    ]
  ) {
    using _chance = fixedRandom(1);
    using time = new FakeTime();
    const it = supervise(time, answer);
    assert.deepEqual(pauses(await it.askedTimes(9)), [1, 2, 4, 8, 16, 32, 60, 60]);
    await it.end();
  }
});

Deno.test("what was refused or is no stream is let go of", async () => {
  for (const init of [{ status: 404 }, { headers: { "content-type": "text/html" } }]) {
    using time = new FakeTime();
    const { body, cancelled } = openBody();
    const it = supervise(
      time,
      (_, count) => count === 1 ? new Response(body, init) : new Response(null, { status: 405 }),
    );
    await it.askedTimes(2);
    assert.equal(cancelled.length, 1);
  }
});

Deno.test("a stream that ends, or a connection that fails, is tried again, up to half a minute", async () => {
  const failing = () =>
    Promise.reject(
      new ProxyError({ category: "Network error", what: "a", fix: "b", reason: "connection_lost" }),
    );
  for (const answer of [() => eventResponse(": nothing\n\n"), failing]) {
    using _chance = fixedRandom(1);
    using time = new FakeTime();
    const it = supervise(time, answer);
    assert.deepEqual(pauses(await it.askedTimes(8)), [1, 2, 4, 8, 16, 30, 30]);
    await it.end();
  }
});

Deno.test("a stream that lasted for more than ten seconds is asked for soon again", async () => {
  for (const [lasts, last] of [[10_000, 4], [10_001, 1]] as const) {
    using _chance = fixedRandom(1);
    using time = new FakeTime();
    const stream = openBody();
    const it = supervise(
      time,
      (_, count) => count === 3 ? new Response(stream.body, events) : eventResponse(),
    );
    await it.askedTimes(3);
    await time.pass(lasts);
    stream.end();
    const asked = await it.askedTimes(4);
    const ended = asked[2]!.at + lasts;
    assert.equal(Math.round((asked[3]!.at - ended) / 100) / 10, last, `${lasts} ms`);
    await it.end();
  }
});

Deno.test("a stream that was there begins the pauses behind a refusal anew", async () => {
  using _chance = fixedRandom(1);
  using time = new FakeTime();
  const it = supervise(
    time,
    (_, count) => count === 4 ? eventResponse() : new Response(null, { status: 503 }),
  );
  // Behind the stream that ended, its own pause; then those of refusals.
  assert.deepEqual(pauses(await it.askedTimes(7)), [1, 2, 4, 1, 1, 2]);
  await it.end();
});

Deno.test("a server that names a pause is polled at it while it has something to say", async () => {
  using _chance = fixedRandom(1);
  using time = new FakeTime();
  const it = supervise(
    time,
    (_, count) =>
      count < 4
        ? eventResponse(`retry: 300\n`, event(note(count)))
        : count < 6
        ? eventResponse(`retry: 20000\n`)
        : eventResponse(event(note(count))),
  );
  const asked = await it.askedTimes(7);
  // At its own pace, then at the longer of both: a stream without events is a short one.
  assert.deepEqual(pauses(asked), [0.3, 0.3, 0.3, 20, 20, 20]);
  await it.end();
});

Deno.test("it goes on behind the last event, unless the backend does not know that", async () => {
  for (const [status, expected] of [[400, undefined], [499, undefined], [500, "e2"]] as const) {
    using time = new FakeTime();
    const it = supervise(
      time,
      (_, count) =>
        count === 1
          ? eventResponse(event(note(1), "e1"), event(note(2), "e2"))
          : count === 2
          ? eventResponse(event(note(2), "e2"), event(note(3)))
          : new Response(null, { status }),
    );
    const asked = await it.askedTimes(4);
    assert.deepEqual(asked.map(({ id }) => id), [undefined, "e2", "e2", expected]);
    assert.deepEqual(it.messages(), [note(1), note(2), note(3)], "what comes again is dropped");
    await it.end();
  }
});

Deno.test("an event that names itself with nothing takes the last one back", async () => {
  using time = new FakeTime();
  const it = supervise(time, () => eventResponse(event(note(1), "e1"), event(note(2), "")));
  const asked = await it.askedTimes(2);
  assert.deepEqual(asked.map(({ id }) => id), [undefined, undefined]);
  await it.end();
});

Deno.test("a message that is too long is dropped with a warning", async () => {
  using time = new FakeTime();
  const it = supervise(time, () => eventResponse(event("x".repeat(101)), event(note(1))), {
    maxMessageBytes: 100,
  });
  await it.askedTimes(2);
  assert.equal(it.logged[0], "warn: a message longer than 100 bytes is dropped");
  assert.deepEqual(it.messages()[0], note(1));
  await it.end();
});

Deno.test("a stream that is silent for two intervals is opened anew", async () => {
  using time = new FakeTime();
  const streams: ReturnType<typeof openBody>[] = [];
  const it = supervise(time, () => {
    streams.push(openBody());
    return new Response(streams.at(-1)!.body, events);
  }, { keepAlive: 1_000 });
  await it.askedTimes(1);
  await time.pass(1_999);
  streams[0]!.write(": a sign of life\n\n");
  for (let turn = 0; turn < 20; turn++) await time.pass(0);
  await time.pass(1_999);
  assert.equal(it.sent[0]!.signal.aborted, false);
  await time.pass(1);
  assert.equal((it.sent[0]!.signal.reason as Error).message, "silence");
  streams[0]!.cut();
  await it.askedTimes(2);
  it.session.over.abort(new Error("over"));
  streams[1]!.cut();
  for (let turn = 0; turn < 20; turn++) await time.pass(0);
  await it.done;
});

Deno.test("without --keep-alive a stream may be silent for ever", async () => {
  using time = new FakeTime();
  const stream = openBody();
  const it = supervise(time, () => new Response(stream.body, events));
  await it.askedTimes(1);
  await time.pass(24 * 3_600_000);
  assert.equal(it.sent[0]!.signal.aborted, false);
  it.session.over.abort();
  stream.cut();
});

Deno.test("a session that is over has no stream", async () => {
  const parts = createParts(() => assert.fail("nobody asks for it"));
  const session = createSession();
  session.over.abort();
  await superviseServerStream({ context: parts.context, session });
});
