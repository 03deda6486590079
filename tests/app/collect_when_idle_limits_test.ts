import assert from "node:assert/strict";
import { collectWhenIdle, type CollectWhenIdleOptions } from "../../src/app/collect_when_idle.ts";
import { FakeTime } from "../credentials/fake_time.ts";

const mebibyte = 1 << 20;

/** An input of so many bytes a read, on a clock that the test moves. */
function fixture(options: Partial<CollectWhenIdleOptions> = {}) {
  const memory = { bytes: 20 * mebibyte, collections: 0, looks: 0 };
  const lengths: (number | null)[] = [];
  const input = collectWhenIdle({
    read: () => Promise.resolve(lengths.length > 0 ? lengths.shift()! : 1),
  }, {
    collect: () => void memory.collections++,
    bytesHeld: () => {
      memory.looks++;
      return memory.bytes;
    },
    ...options,
  });
  const read = async (count: number) => {
    for (let at = 0; at < count; at++) assert.equal(await input.read(new Uint8Array(1)), 1);
  };
  return { input, memory, lengths, read };
}

for (const [reads, collections] of [[50, 0], [51, 1]] as const) {
  Deno.test(`after ${reads} messages and ten seconds of silence there are ${collections} collections`, async () => {
    using time = new FakeTime();
    const { input, memory, read } = fixture();
    using _input = input;
    await read(reads);
    await time.pass(9_999);
    assert.equal(memory.looks, 0);
    await time.pass(1);
    assert.equal(memory.collections, collections);
    assert.equal(memory.looks, 2, "before, and what cannot be done without");
  });
}

Deno.test("what has grown by 4 MiB since is collected, a byte less is not", async () => {
  using time = new FakeTime();
  const { input, memory, read } = fixture();
  using _input = input;
  await read(1);
  await time.pass(10_000);
  memory.bytes += 4 * mebibyte - 1;
  await read(100);
  await time.pass(10_000);
  assert.deepEqual([memory.collections, memory.looks], [0, 3]);
  memory.bytes += 1;
  await read(1);
  await time.pass(10_000);
  assert.deepEqual([memory.collections, memory.looks], [1, 5]);
  // What was left after that is what cannot be done without.
  memory.bytes += 4 * mebibyte - 1;
  await read(1);
  await time.pass(10_000);
  assert.equal(memory.collections, 1);
});

Deno.test("each message begins the silence anew", async () => {
  using time = new FakeTime();
  const { input, memory, read } = fixture({ silence: 1_000 });
  using _input = input;
  await read(60);
  await time.pass(900);
  await read(1);
  await time.pass(999);
  assert.equal(memory.collections, 0);
  await time.pass(1);
  assert.equal(memory.collections, 1);
  await time.pass(100_000);
  assert.equal(memory.looks, 2, "nobody looks while nothing comes");
});

Deno.test("the end of the input is told, and nothing is looked at for it", async () => {
  using time = new FakeTime();
  let ends = 0;
  const { input, memory, lengths } = fixture({ onEnd: () => ends++ });
  lengths.push(1, null);
  await input.read(new Uint8Array(1));
  assert.equal(ends, 0);
  input[Symbol.dispose]();
  await time.pass(100_000);
  assert.equal(memory.looks, 0);
  lengths.push(null);
  assert.equal(await input.read(new Uint8Array(1)), null);
  assert.equal(ends, 1);
  await time.pass(100_000);
  assert.equal(memory.looks, 0);
  input[Symbol.dispose]();
});

Deno.test("without a collector nothing is looked at", async () => {
  using time = new FakeTime();
  const { gc } = globalThis as { gc?: unknown };
  Object.assign(globalThis, { gc: undefined });
  try {
    const { input, memory, read } = fixture({ collect: undefined });
    using _input = input;
    await read(100);
    await time.pass(100_000);
    assert.equal(memory.looks, 0);
  } finally {
    Object.assign(globalThis, { gc });
  }
});

Deno.test("V8's collector is asked for the flavor that gives memory back to the system", async () => {
  using time = new FakeTime();
  const { gc } = globalThis as { gc?: unknown };
  const asked: unknown[] = [];
  Object.assign(globalThis, { gc: (options: unknown) => asked.push(options) });
  try {
    const input = collectWhenIdle({ read: () => Promise.resolve(1) });
    using _input = input;
    for (let at = 0; at < 51; at++) await input.read(new Uint8Array(1));
    await time.pass(10_000);
    assert.deepEqual(asked, [{ flavor: "last-resort" }]);
  } finally {
    Object.assign(globalThis, { gc });
  }
});
