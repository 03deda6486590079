import assert from "node:assert/strict";
import type { BridgeContext } from "../../src/bridge/bridge_context.ts";
import { turnLength } from "../../src/bridge/jsonrpc/scan_in_turns.ts";
import {
  readAnswerEvents,
  type ReadAnswerEventsOptions,
} from "../../src/bridge/read_answer_events.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { createParts, messageOf } from "./bridge_parts.ts";

const json = (value: Record<string, unknown>) => JSON.stringify({ jsonrpc: "2.0", ...value });
const event = (data: string, before = "") => `${before}data: ${data}\n\n`;
const answer = json({ id: 1, result: {} });
const note = json({ method: "a" });

/** A stream that the test writes to. */
function openStream() {
  let controller: ReadableByteStreamController;
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    type: "bytes",
    start: (it) => void (controller = it),
  }) as ReadableStream<Uint8Array>;
  return {
    body,
    write: (text: string) => controller.enqueue(encoder.encode(text)),
    end: () => controller.close(),
    cut: () => controller.error(new Error("cut")),
  };
}

function open(
  options: Partial<ReadAnswerEventsOptions> = {},
  overrides: Partial<BridgeContext> = {},
) {
  const parts = createParts(undefined, overrides);
  const exchange = parts.context.pending.open(messageOf({ id: 1, method: "tools/call" }));
  const stream = openStream();
  const ending = readAnswerEvents(stream.body, { exchange, context: parts.context, ...options });
  ending.catch(() => {});
  return { ...parts, exchange, stream, ending };
}

Deno.test("what comes on the stream goes to the client, and how it ended is told", async () => {
  let pieces = 0;
  const retries: number[] = [];
  const { stream, ending, lines } = open({
    onBytes: () => pieces++,
    onRetry: (pause) => void retries.push(pause),
  });
  stream.write(event(note) + event(answer));
  stream.write("retry: 7\n");
  stream.end();
  assert.equal(await ending, "ended");
  assert.deepEqual(lines, [note, answer]);
  assert.equal(pieces, 2);
  assert.deepEqual(retries, [7]);
  const cut = open();
  cut.stream.cut();
  assert.equal(await cut.ending, "broken");
});

Deno.test("events of another type, without data, or that were seen are none", async () => {
  const seen: (string | undefined)[] = [];
  const { stream, ending, lines } = open({
    isNew({ id }) {
      seen.push(id);
      return id !== "old";
    },
  });
  stream.write(event(note, "event: ping\n") + event(note, "id: old\n") + "id: empty\ndata:\n\n");
  stream.write(event(answer, "id: new\n"));
  stream.end();
  assert.equal(await ending, "ended");
  assert.deepEqual(lines, [answer]);
  assert.deepEqual(seen, [undefined, "old", "empty", "new"]);
});

Deno.test("behind what is no message nothing is passed on", async () => {
  for (const long of ["", `{"a":"${"x".repeat(turnLength)}`]) {
    const { stream, ending, lines } = open({}, { maxMessageBytes: 1 << 20 });
    stream.write(event(note) + event(long || "7") + event(answer));
    await assert.rejects(ending, {
      reason: "no_answer",
      what: "the backend answered the request with invalid JSON-RPC",
    });
    assert.deepEqual(lines, [note]);
  }
});

Deno.test("a long message is waited for before the next one", async () => {
  const long = json({ method: "long", params: "x".repeat(turnLength) });
  const { stream, ending, lines } = open();
  stream.write(event(long) + event(answer));
  stream.end();
  await ending;
  assert.deepEqual(lines, [long, answer]);
});

Deno.test("an answer that is too long is told, unless there is another one", async () => {
  const long = json({ id: 1, result: "x".repeat(200) });
  const tooLong = open({}, { maxMessageBytes: 100 });
  tooLong.stream.write(event(long));
  tooLong.stream.end();
  await assert.rejects(tooLong.ending, {
    reason: "message_too_long",
    what: "a message is longer than 100 bytes",
  });
  const answered = open({}, { maxMessageBytes: 100 });
  answered.stream.write(event(long) + event(answer));
  answered.stream.end();
  assert.equal(await answered.ending, "ended");
  const unanswered = open({}, { maxMessageBytes: 100 });
  unanswered.stream.write(event(note));
  unanswered.stream.end();
  assert.equal(await unanswered.ending, "ended", "it may be taken up again");
});

Deno.test("a stream that goes on behind the answer is left after five seconds", async () => {
  using time = new FakeTime();
  const { stream, exchange, ending, lines } = open();
  stream.write(event(note));
  await time.pass(60_000);
  assert.equal(exchange.signal.aborted, false, "it has not answered");
  stream.write(event(answer));
  for (let turn = 0; lines.length < 2 && turn < 1_000; turn++) await time.pass(0);
  await time.pass(3_000);
  stream.write(event(note));
  for (let turn = 0; lines.length < 3 && turn < 1_000; turn++) await time.pass(0);
  await time.pass(1_999);
  assert.equal(exchange.signal.aborted, false);
  await time.pass(1);
  assert.equal(exchange.signal.reason.reason, "stream_ended");
  stream.cut();
  await assert.rejects(ending, { reason: "stream_ended" });
});

Deno.test("a stream that ends behind the answer leaves nothing to wait for", async () => {
  using time = new FakeTime();
  const { stream, exchange, ending } = open();
  stream.write(event(answer));
  stream.end();
  await ending;
  assert.equal(time.isAwaited, false);
  await time.pass(60_000);
  assert.equal(exchange.signal.aborted, false);
});

Deno.test("a client that is slow to read is fetched no more", async () => {
  const full = Promise.withResolvers<void>();
  let asked = 0;
  const { stream, ending, lines } = open({}, {
    whenWritable: () => asked++ === 0 ? full.promise : undefined,
  });
  stream.write(event(note));
  while (asked === 0) await Promise.resolve();
  stream.write(event(answer));
  stream.end();
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.deepEqual(lines, [note]);
  full.resolve();
  await ending;
  assert.deepEqual(lines, [note, answer]);
});
