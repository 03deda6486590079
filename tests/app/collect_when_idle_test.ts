import assert from "node:assert/strict";
import { collectWhenIdle } from "../../src/app/collect_when_idle.ts";
import { startTimer } from "../../src/base/timer.ts";
import { within } from "../support/within.ts";

const megabyte = 1 << 20;

/** An input that gives a byte whenever it is told to, and memory of any size. */
function fixture(silence: number) {
  const reads: ((length: number | null) => void)[] = [];
  const looks: (() => void)[] = [];
  const memory = { bytes: 9 * megabyte, looks: 0, collections: 0 };
  const input = collectWhenIdle(
    { read: () => new Promise((resolve) => reads.push(resolve)) },
    {
      silence,
      bytesHeld() {
        memory.looks++;
        looks.shift()?.();
        return memory.bytes;
      },
      collect() {
        memory.collections++;
        memory.bytes = 6 * megabyte;
      },
    },
  );
  return {
    memory,
    input,
    async read(length: number | null = 1) {
      const reading = input.read(new Uint8Array(1));
      reads.shift()!(length);
      assert.equal(await reading, length);
    },
    /** Resolves when nothing has come for long enough. */
    silence: () =>
      within(new Promise<void>((resolve) => looks.push(resolve)), { what: "a look at the memory" }),
  };
}

function after(milliseconds: number): Promise<void> {
  const passed = new Promise<void>((resolve) => startTimer(resolve, milliseconds));
  return within(passed, { what: `a timer of ${milliseconds} ms` });
}

Deno.test("what many messages left behind is collected once nothing has come for a while", async () => {
  const { input, read, silence, memory } = fixture(150);
  using _input = input;
  const silent = silence();
  for (let message = 0; message < 60; message++) await read();
  const began = performance.now();
  // Reading on puts it off.
  await after(75);
  await read();
  await silent;
  assert.ok(performance.now() - began >= 225 - 10);
  await after(0);
  assert.equal(memory.collections, 1);
});

Deno.test("what a start leaves is left alone, and so is what has hardly grown", async () => {
  const { input, read, silence, memory } = fixture(10);
  using _input = input;
  for (
    const [megabytes, collections] of [[9, 0], [12, 0], [14, 1], [9, 1], [10, 2]]
  ) {
    memory.bytes = megabytes * megabyte;
    const silent = silence();
    await read();
    await silent;
    await after(0);
    assert.equal(memory.collections, collections, `${megabytes} MB`);
  }
});

Deno.test("nothing is looked at any more behind the end of the input, or once disposed", async () => {
  const ended = fixture(10);
  await ended.read(null);
  const disposed = fixture(10);
  await disposed.read();
  disposed.input[Symbol.dispose]();
  // All timers share one clock: what had been due before this one would have run.
  await after(30);
  assert.equal(ended.memory.looks + disposed.memory.looks, 0);
});

Deno.test("V8's collector makes the heap smaller where it is exposed", async () => {
  const module = import.meta.resolve("../../src/app/collect_when_idle.ts");
  const script = `
    import { collectWhenIdle } from ${JSON.stringify(module)};
    const input = collectWhenIdle({ read: () => Promise.resolve(1) }, { silence: 10 });
    for (let message = 0; message < 60; message++) await input.read(new Uint8Array(1));
    let garbage = Array.from({ length: 400_000 }, (_, index) => ({ index }));
    garbage = undefined;
    const before = Deno.memoryUsage().heapTotal;
    while (Deno.memoryUsage().heapTotal > before - 4e6) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    console.log("smaller");`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--v8-flags=--expose-gc", "--ext=ts", script],
    signal: AbortSignal.timeout(20_000),
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "smaller\n", new TextDecoder().decode(stderr));
});
