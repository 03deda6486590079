import assert from "node:assert/strict";
import { readEvents, type ReadEventsOptions } from "../../../src/bridge/http/read_events.ts";
import { openBody, textOf } from "../bridge_parts.ts";

/** What comes of a stream that the test writes to. */
function open(options: Partial<ReadEventsOptions> = {}) {
  const stream = openBody();
  const events: string[] = [];
  const reading = readEvents(stream.body, {
    maxBytes: 1_000,
    whenWritable: () => undefined,
    signal: new AbortController().signal,
    onTooLong: () => void events.push("too long"),
    onEvent: ({ data }) => void events.push(textOf(data)),
    ...options,
  });
  reading.catch(() => {});
  return { ...stream, events, reading };
}

const turns = async () => {
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
};

Deno.test("events come out, and how the stream ended", async () => {
  let pieces = 0;
  const retries: number[] = [];
  const { write, end, events, reading } = open({
    maxBytes: 4,
    onBytes: () => void pieces++,
    onRetry: (pause) => void retries.push(pause),
  });
  write("data: a\n\ndata: 12345\n\nretry: 5\n\n");
  await turns();
  write("data: b\n\n");
  end();
  assert.equal(await reading, "ended");
  assert.deepEqual([events, pieces, retries], [["a", "too long", "b"], 2, [5]]);
  const cut = open();
  cut.cut();
  assert.equal(await cut.reading, "broken");
});

Deno.test("an event waits for what is done with the one before, and so does the stream", async () => {
  const taken: string[] = [];
  const work = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let asked = 0;
  const { write, end, reading } = open({
    onEvent({ data }) {
      taken.push(textOf(data));
      return work[taken.length - 1]?.promise;
    },
    whenWritable: () => void asked++,
  });
  write("data: 1\n\ndata: 2\n\ndata: 3\n\n");
  await turns();
  assert.deepEqual([taken, asked], [["1"], 0]);
  write("data: 4\n\n");
  end();
  work[0]!.resolve();
  await turns();
  assert.deepEqual([taken, asked], [["1", "2"], 0]);
  work[1]!.resolve();
  await reading;
  assert.deepEqual([taken, asked], [["1", "2", "3", "4"], 2]);
});

Deno.test("a client that is slow to read is fetched no more", async () => {
  for (const onEvent of [undefined, () => Promise.resolve()]) {
    const full = Promise.withResolvers<void>();
    let asked = 0;
    const seen: number[] = [];
    const { write, end, reading } = open({
      onBytes: () => void seen.push(asked),
      whenWritable: () => ++asked === 1 ? full.promise : undefined,
      ...(onEvent ? { onEvent } : {}),
    });
    write("data: a\n\n");
    await turns();
    write("data: b\n\n");
    end();
    await turns();
    assert.deepEqual(seen, [0]);
    full.resolve();
    await reading;
    assert.deepEqual(seen, [0, 1]);
  }
});

Deno.test("what the stream broke off in counts if nothing but the blank line is missing", async () => {
  for (const ending of ["ended", "broken"] as const) {
    for (const [cut, expected] of [['{"a":1}', ["{}", '{"a":1}']], ['{"a":', ["{}"]]] as const) {
      const { write, end, cut: breakOff, events, reading } = open();
      write(`data: {}\n\ndata: ${cut}\n`);
      await turns();
      if (ending === "ended") end();
      else breakOff();
      assert.equal(await reading, ending);
      assert.deepEqual(events, expected);
    }
  }
});

Deno.test("what is whole behind work is not asked whether it is JSON", async () => {
  const taken: string[] = [];
  const { write, end, reading } = open({
    onEvent({ data }) {
      taken.push(textOf(data));
      return Promise.resolve();
    },
  });
  write("data: a\n\ndata: no JSON\n\n");
  end();
  await reading;
  assert.deepEqual(taken, ["a", "no JSON"]);
});

Deno.test("the last event is dealt with when the reading is over", async () => {
  const { write, end, reading } = open({ onEvent: () => Promise.reject(new Error("no")) });
  write("data: {}");
  end();
  await assert.rejects(reading, { message: "no" });
});

Deno.test("what ends the request is the reason, and nothing more is taken", async () => {
  const ending = new AbortController();
  const { write, cut, reading, events } = open({ signal: ending.signal });
  write("data: {}");
  await turns();
  ending.abort(new Error("over"));
  cut();
  await assert.rejects(reading, { message: "over" });
  assert.deepEqual(events, []);
});
