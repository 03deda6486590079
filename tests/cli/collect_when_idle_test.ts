import assert from "node:assert/strict";
import { collectWhenIdle } from "../../src/cli/collect_when_idle.ts";
import { startTimer } from "../../src/timer.ts";

const megabyte = 1 << 20;

/** An input that gives a byte whenever it is told to, and a heap of any size. */
function fixture(silence: number) {
  const reads: ((length: number | null) => void)[] = [];
  const collections: (() => void)[] = [];
  const heap = { bytes: 20 * megabyte, afterCollection: 6 * megabyte, looks: 0 };
  const input = collectWhenIdle(
    { read: () => new Promise((resolve) => reads.push(resolve)) },
    {
      silence,
      heapBytes() {
        heap.looks++;
        return heap.bytes;
      },
      collect() {
        heap.bytes = heap.afterCollection;
        collections.shift()?.();
      },
    },
  );
  return {
    heap,
    input,
    async read(length: number | null = 1) {
      const reading = input.read(new Uint8Array(1));
      reads.shift()!(length);
      assert.equal(await reading, length);
    },
    collected: () => new Promise<void>((resolve) => collections.push(resolve)),
  };
}

Deno.test("what messages left behind is collected once nothing has come for a while", async () => {
  const silence = 150;
  const { input, read, collected, heap } = fixture(silence);
  using _input = input;
  const done = collected();
  await read();
  const began = performance.now();
  // Reading on puts it off.
  await new Promise((resolve) => setTimeout(resolve, silence / 2));
  await read();
  await done;
  assert.ok(performance.now() - began >= silence * 1.5 - 10);
  assert.equal(heap.bytes, 6 * megabyte);
});

Deno.test("a heap that has hardly grown is left alone", async () => {
  const { input, read, collected, heap } = fixture(10);
  using _input = input;
  const first = collected();
  await read();
  await first;
  heap.bytes = 9 * megabyte;
  let again = false;
  collected().then(() => again = true);
  const { looks } = heap;
  await read();
  while (heap.looks === looks) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(again, false);
  heap.bytes = 12 * megabyte;
  await read();
  while (!again) await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("nothing is looked at any more behind the end of the input, or once disposed", async () => {
  const ended = fixture(10);
  await ended.read(null);
  const disposed = fixture(10);
  await disposed.read();
  disposed.input[Symbol.dispose]();
  // All timers share one clock: what had been due before this one would have run.
  const { promise, resolve } = Promise.withResolvers<void>();
  startTimer(resolve, 30);
  await promise;
  assert.equal(ended.heap.looks + disposed.heap.looks, 0);
});

Deno.test("V8's collector makes the heap smaller where it is exposed", async () => {
  const script = `
    import { collectWhenIdle } from ${
    JSON.stringify(import.meta.resolve("../../src/cli/collect_when_idle.ts"))
  };
    let garbage = Array.from({ length: 200_000 }, (_, index) => ({ index }));
    garbage = undefined;
    const before = Deno.memoryUsage().heapTotal;
    const input = collectWhenIdle({ read: () => Promise.resolve(1) }, { silence: 10 });
    await input.read(new Uint8Array(1));
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
