import assert from "node:assert/strict";
import { join } from "node:path";
import { createProcessMark } from "../../../src/credentials/leases/process_mark.ts";

async function makeDirectory() {
  const path = await Deno.makeTempDir({ prefix: "authful-mark-" });
  return {
    path,
    names: () => Array.from(Deno.readDirSync(path), ({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("marks that dead processes left are removed after a minute, and nothing else is", async () => {
  await using directory = await makeDirectory();
  const old = (Date.now() - 61_000) / 1000;
  const recent = (Date.now() - 30_000) / 1000;
  for (
    const [name, time] of [
      ["process-dead.lock", old],
      ["process-just-dead.lock", recent],
      ["cache.key", old],
      ["process-dead.lock.txt", old],
      ["my-process-dead.lock", old],
    ] as const
  ) {
    await Deno.writeTextFile(join(directory.path, name), "");
    await Deno.utime(join(directory.path, name), time, time);
  }
  await Deno.mkdir(join(directory.path, "process-directory.lock"));
  await Deno.utime(join(directory.path, "process-directory.lock"), old, old);
  {
    using mark = createProcessMark(directory.path, "own");
    assert.equal(await mark.set(), true);
    assert.deepEqual(directory.names(), [
      "cache.key",
      "my-process-dead.lock",
      "process-dead.lock.txt",
      "process-directory.lock",
      "process-just-dead.lock",
      "process-own.lock",
    ]);
  }
  assert.ok(!directory.names().includes("process-own.lock"), "its own goes with it");
});

Deno.test("a mark that is held is that of a living process, however old; one that is not is dead", async () => {
  await using directory = await makeDirectory();
  using one = createProcessMark(directory.path, "one");
  const two = createProcessMark(directory.path, "two");
  assert.equal(await one.set(), true);
  assert.equal(await two.set(), true);
  const old = (Date.now() - 3_600_000) / 1000;
  await Deno.utime(join(directory.path, "process-two.lock"), old, old);
  using third = createProcessMark(directory.path, "third");
  assert.equal(await third.set(), true);
  assert.ok(directory.names().includes("process-two.lock"));
  assert.equal(await one.isDead("two"), false);
  assert.equal(await one.isDead("one"), false, "whoever asks lives");
  two[Symbol.dispose]();
  assert.equal(await one.isDead("two"), true);
});

Deno.test("without a directory there is no mark, and nobody is dead for certain", async () => {
  using mark = createProcessMark(undefined, "own");
  assert.equal(await mark.set(), false);
  assert.equal(await mark.isDead("other"), false);
});

Deno.test("a mark that was taken away is not taken away again", async () => {
  await using directory = await makeDirectory();
  const mark = createProcessMark(directory.path, "own");
  await mark.set();
  mark[Symbol.dispose]();
  assert.deepEqual(directory.names(), []);
  // That of another process by now, for all that is known.
  await Deno.writeTextFile(join(directory.path, "process-own.lock"), "");
  mark[Symbol.dispose]();
  assert.deepEqual(directory.names(), ["process-own.lock"]);
});
