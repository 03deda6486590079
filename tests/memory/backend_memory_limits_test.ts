import assert from "node:assert/strict";
import { createLog } from "../../src/base/log.ts";
import { type BackendMemoryOptions, createBackendMemory } from "../../src/memory/backend_memory.ts";
import { within } from "../support/within.ts";
import { type FilesInMemory, filesInMemory } from "./files_in_memory.ts";
import { bytes, initialize, recalled, tools } from "./memory_room.ts";

/** A memory whose timers only run when a test has them run. */
function setUp(options: Partial<BackendMemoryOptions> = {}) {
  const files = filesInMemory();
  const timers: { run: () => void; delay: number; isStopped: boolean }[] = [];
  const memory = createBackendMemory({
    backend: "https://b.test",
    account: () => "ada",
    files: () => Promise.resolve<FilesInMemory>(files),
    log: createLog({ level: "error" }),
    now: () => 7,
    startTimer(run, delay) {
      const timer = { run, delay, isStopped: false };
      timers.push(timer);
      const stop = () => void (timer.isStopped = true);
      return { stop, [Symbol.dispose]: stop };
    },
    ...options,
  });
  return { files, timers, memory };
}

const list = "legacy tools/list";

Deno.test("what was noted is written after three seconds, and at most 1.5 are waited for it", async () => {
  const { timers, memory, files } = setUp();
  memory.note(tools(), bytes("a"));
  assert.deepEqual(timers.map(({ delay }) => delay), [3_000]);
  await memory.flush();
  assert.deepEqual(timers.map(({ delay, isStopped }) => [delay, isStopped]), [
    [3_000, true],
    [1_500, true],
  ]);
  assert.deepEqual(files.pages(list), [[undefined, "a"]]);
  assert.deepEqual(files.done, [`write ${list} of ada`]);
  assert.equal((await memory.recall(tools()))?.at, 7);
});

Deno.test("a disk that never answers is not waited for", async () => {
  const { timers, memory } = setUp({ files: () => new Promise(() => {}), flushTimeout: 9 });
  memory.note(tools(), bytes("a"));
  const flushed = memory.flush();
  assert.equal(timers[1].delay, 9);
  timers[1].run();
  await within(flushed, { what: "the end of the flush" });
});

Deno.test("what is noted while nobody is known is for nobody", async () => {
  const { memory, files, timers } = setUp({ account: () => undefined });
  memory.note(tools(), bytes("a"));
  memory.noteVerdict({ era: "both", versions: [] });
  await memory.flush();
  assert.equal(files.contents.size, 0);
  assert.deepEqual(timers.map(({ delay }) => delay), [1_500]);
});

for (const [count, isKept] of [[200, true], [201, false]] as const) {
  Deno.test(`${count} answers that wait are ${isKept ? "kept" : "too many"}`, async () => {
    const { memory, files } = setUp();
    // Fifty pages are what a list may have; the rest is of another one.
    for (let n = 0; n < 150; n++) {
      memory.note({ era: "modern", method: "tools/list", cursor: `${n}` }, bytes("x"));
    }
    memory.note(tools(), bytes("first"));
    for (let n = 1; n < count - 150; n++) memory.note(tools(String(n)), bytes("page"));
    await memory.flush();
    assert.equal(files.pages(list).length, isKept ? 50 : 0);
  });
}

for (const [more, isKept] of [[0, true], [1, false]] as const) {
  Deno.test(`16 MiB ${more ? "and a byte " : ""}that wait are ${isKept ? "kept" : "too much"}`, async () => {
    const { memory, files } = setUp();
    const large = new Uint8Array(15 << 20);
    memory.note({ era: "modern", method: "prompts/list", cursor: "large" }, large);
    memory.note(initialize, bytes("x".repeat((1 << 20) - 5 + more)));
    memory.note(tools(), bytes("first"));
    await memory.flush();
    assert.deepEqual(files.pages(list), isKept ? [[undefined, "first"]] : []);
  });
}

Deno.test("of a list that is too long nothing is remembered, what else waits is", async () => {
  const { memory, files } = setUp();
  memory.note(initialize, bytes("init"));
  memory.note(tools(), bytes("first"));
  memory.note(tools("x".repeat(4_097)), bytes("too long a cursor"));
  memory.note(tools("2"), bytes("later"));
  memory.note({ era: "modern", method: "tools/list" }, bytes("modern"));
  memory.note({ era: "legacy", method: "prompts/list" }, bytes("prompts"));
  await memory.flush();
  assert.deepEqual([...files.contents.keys()].map((name) => JSON.parse(name).at(-1)), [
    "legacy initialize",
    "modern tools/list",
    "legacy prompts/list",
  ]);
  memory.note(tools(), bytes("again"));
  memory.note(tools("2"), bytes("later"));
  await memory.flush();
  assert.deepEqual(files.pages(list), [[undefined, "again"], ["2", "later"]]);
});

Deno.test("a list that was too long is remembered when it begins anew before it was written", async () => {
  const { memory, files } = setUp();
  memory.note(tools(), bytes("first"));
  memory.note(tools("x".repeat(4_097)), bytes("too long a cursor"));
  memory.note(tools("2"), bytes("later"));
  memory.note(tools(), bytes("anew"));
  memory.note(tools("2"), bytes("second"));
  await memory.flush();
  assert.deepEqual(files.pages(list), [[undefined, "anew"], ["2", "second"]]);
});

Deno.test("a page that comes again takes the place of the one that waits", async () => {
  const { memory, files } = setUp();
  memory.note(tools(), bytes("first"));
  memory.note(tools("2"), bytes("before"));
  memory.note(tools("3"), bytes("third"));
  memory.note(tools("2"), bytes("second"));
  await memory.flush();
  assert.deepEqual(files.pages(list), [[undefined, "first"], ["3", "third"], ["2", "second"]]);
});

Deno.test("of a verdict sixteen versions are kept, none longer than 64 characters", async () => {
  const { memory } = setUp();
  const versions = Array.from({ length: 18 }, (_, n) => `v${n}`);
  memory.noteVerdict({
    era: "modern",
    versions: ["x".repeat(65), "y".repeat(64), ...versions],
  });
  assert.deepEqual(await memory.recallVerdict(), {
    era: "modern",
    versions: ["y".repeat(64), ...versions.slice(0, 15)],
    at: 7,
  });
});

Deno.test("what cannot be written is given up, what comes behind it is written", async () => {
  let isBroken = true;
  const files = filesInMemory();
  const { write } = files;
  files.write = (...all) => isBroken ? Promise.reject(new Error("full")) : write(...all);
  const { memory } = setUp({ files: () => Promise.resolve(files) });
  memory.note(tools(), bytes("lost"));
  await memory.flush();
  isBroken = false;
  memory.note(initialize, bytes("kept"));
  await memory.flush();
  assert.deepEqual(files.done, ["write legacy initialize of ada"]);
});

Deno.test("what cannot be read is as nothing", async () => {
  const files = filesInMemory();
  files.read = () => Promise.reject(new Error("unreadable"));
  const { memory } = setUp({ files: () => Promise.resolve(files) });
  assert.equal(await memory.isEmpty(), true);
  assert.equal(await memory.recall(tools()), undefined);
  assert.equal(await memory.recallVerdict(), undefined);
});

Deno.test("what waits is written before anything is read, and what comes meanwhile with it", async () => {
  const files = filesInMemory();
  const writing = Promise.withResolvers<void>();
  const { write } = files;
  files.write = async (...all) => {
    await writing.promise;
    return await write(...all);
  };
  const { memory, timers } = setUp({ files: () => Promise.resolve(files) });
  memory.note(tools(), bytes("a"));
  timers[0].run();
  memory.note(initialize, bytes("b"));
  const read = recalled(memory, initialize);
  writing.resolve();
  assert.equal(await read, "b");
  assert.deepEqual(files.done, [`write ${list} of ada`, "write legacy initialize of ada"]);
  memory.note(tools(), bytes("c"));
  assert.equal(await recalled(memory, tools()), "c");
});
