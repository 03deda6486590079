import assert from "node:assert/strict";
import {
  type ByteReader,
  readInput,
  type ReadInputOptions,
} from "../../../src/bridge/stdio/read_input.ts";
import { textOf } from "../bridge_parts.ts";

/** What is read of an input. */
function reading(input: ByteReader, options: Partial<ReadInputOptions> = {}) {
  const events: string[] = [];
  const done = readInput(input, {
    reader: {
      push: (piece) => void events.push(textOf(piece)),
      end: () => void events.push("end"),
    },
    whenWritable: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
  return { events, done };
}

/** An input of these pieces; `null` is its end. */
function inputOf(...pieces: (string | null | Promise<string>)[]): ByteReader & { reads: number } {
  return {
    reads: 0,
    async read(into) {
      const piece = await pieces[this.reads++];
      if (typeof piece !== "string") return null;
      return new TextEncoder().encodeInto(piece, into).written;
    },
  };
}

const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

Deno.test("input is taken until it ends", async () => {
  const { events, done } = reading(inputOf("abc", "d", null, "e"));
  await done;
  assert.deepEqual(events, ["abc", "d", "end"]);
});

Deno.test("no more than 64 KiB are read at once", async () => {
  let size = 0;
  await reading({
    read: (into) => {
      size = into.length;
      return Promise.resolve(null);
    },
  }).done;
  assert.equal(size, 65_536);
});

Deno.test("input that breaks has ended", async () => {
  const { events, done } = reading({ read: () => Promise.reject(new Error("gone")) });
  await done;
  assert.deepEqual(events, ["end"]);
});

Deno.test("more is read when there is room for it", async () => {
  const room = Promise.withResolvers<void>();
  const lengths: number[] = [];
  const input = inputOf("abc", "d", null);
  const { events, done } = reading(input, {
    whenWritable(length) {
      lengths.push(length);
      return lengths.length === 1 ? room.promise : undefined;
    },
  });
  await turns();
  assert.deepEqual([input.reads, lengths], [1, [3]]);
  room.resolve();
  await done;
  assert.deepEqual([lengths, events], [[3, 1], ["abc", "d", "end"]]);
});

Deno.test("a signal ends the reading at once, and what is read then is nobody's", async () => {
  const ending = new AbortController();
  const late = Promise.withResolvers<string>();
  const { events, done } = reading(inputOf("abc", late.promise, "x"), { signal: ending.signal });
  await turns();
  ending.abort();
  await done;
  late.resolve("late");
  await turns();
  assert.deepEqual(events, ["abc", "end"]);
});

Deno.test("what has ended before is not read", async () => {
  const input = inputOf("abc");
  const { events, done } = reading(input, { signal: AbortSignal.abort() });
  await done;
  assert.deepEqual([events, input.reads], [["end"], 0]);
});

Deno.test("a signal that comes while there is no room ends the reading, too", async () => {
  const ending = new AbortController();
  const room = Promise.withResolvers<void>();
  const input = inputOf("abc", "d");
  const { events, done } = reading(input, {
    signal: ending.signal,
    whenWritable: () => room.promise,
  });
  await turns();
  ending.abort();
  await done;
  room.resolve();
  await turns();
  assert.deepEqual([events, input.reads], [["abc", "end"], 1]);
});
