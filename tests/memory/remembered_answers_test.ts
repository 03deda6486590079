import assert from "node:assert/strict";
import { createLog } from "../../src/base/log.ts";
import type { Note } from "../../src/memory/note.ts";
import { createRememberedAnswers } from "../../src/memory/remembered_answers.ts";
import { filesInMemory } from "./files_in_memory.ts";
import { bytes, initialize, tools } from "./memory_room.ts";

const log = createLog({ level: "error" });
const note = (key: Note["key"], content: string | undefined, at = 1): Note => ({
  key,
  content: content === undefined ? undefined : bytes(content),
  at,
  account: "ada",
});

function setUp() {
  const files = filesInMemory();
  return { files, answers: createRememberedAnswers({ files, backend: "https://b.test", log }) };
}

Deno.test("each list with its pages is one file, and each other answer", async () => {
  const { files, answers } = setUp();
  await answers.write([
    note(tools(), "first", 1),
    note(initialize, "init", 2),
    note(tools("2"), "second", 3),
    note({ era: "modern", method: "tools/list" }, "modern", 4),
    note({ method: "verdict" }, `{"era":"both","versions":["a"]}`, 5),
  ]);
  assert.deepEqual(
    [...files.contents.keys()].map((name) => JSON.parse(name)),
    [
      "legacy tools/list",
      "legacy initialize",
      "modern tools/list",
      "verdict",
    ].map((subject) => ["what a backend said", "https://b.test", subject]),
  );
  assert.deepEqual(files.pages("legacy tools/list"), [[undefined, "first"], ["2", "second"]]);
  assert.deepEqual(await answers.read(tools("2")), { result: bytes("second"), at: 3 });
  assert.deepEqual(await answers.read(initialize), { result: bytes("init"), at: 2 });
  assert.equal(await answers.read(tools("3")), undefined);
  assert.deepEqual(await answers.readVerdict(), { era: "both", versions: ["a"], at: 5 });
});

Deno.test("a page takes the place of the one with its cursor, a first page that of all", async () => {
  const { files, answers } = setUp();
  const pages = () => files.pages("legacy tools/list");
  await answers.write([note(tools(), "1"), note(tools("2"), "2"), note(tools("3"), "3")]);
  await answers.write([note(tools("2"), "two")]);
  assert.deepEqual(pages(), [[undefined, "1"], ["2", "two"], ["3", "3"]]);
  await answers.write([note(tools(), "one")]);
  assert.deepEqual(pages(), [[undefined, "one"]]);
  await answers.write([note(tools(), undefined)]);
  assert.deepEqual(files.contents.size, 0);
  await answers.write([note(tools("2"), "alone")]);
  assert.equal(files.contents.size, 0);
  assert.deepEqual(files.done.slice(-1), ["remove legacy tools/list of ada"]);
});

Deno.test("what a list was forgotten for does not stand in the way of what follows", async () => {
  const { files, answers } = setUp();
  await answers.write([
    note(tools(), "1"),
    note(tools(), undefined),
    note(tools("2"), "2"),
    note(tools(), "again"),
    note(tools("3"), "3"),
  ]);
  assert.deepEqual(files.pages("legacy tools/list"), [[undefined, "again"], ["3", "3"]]);
});

for (
  const [what, at, content, isWritten] of [
    ["the same", 1, "same", false],
    ["the same, just before a day is over", 86_400_000, "same", false],
    ["the same, a day later", 86_400_001, "same", true],
    ["the same, from a day before", -86_399_999, "same", true],
    ["something as long", 1, "sAme", true],
    ["something that begins otherwise", 1, "Same", true],
    ["something longer", 1, "same!", true],
  ] as const
) {
  Deno.test(`${what} is ${isWritten ? "" : "not "}written again`, async () => {
    const { files, answers } = setUp();
    await answers.write([note(tools(), "same", 1)]);
    await answers.write([note(tools(), content, at)]);
    assert.equal(files.done.length, isWritten ? 2 : 1);
    assert.equal((await answers.read(tools()))?.at, isWritten ? at : 1);
  });
}

Deno.test("other pages are written again, even when the first is the same", async () => {
  const { files, answers } = setUp();
  await answers.write([note(tools(), "1"), note(tools("2"), "2")]);
  await answers.write([note(tools(), "1"), note(tools("3"), "2")]);
  assert.deepEqual(files.pages("legacy tools/list"), [[undefined, "1"], ["3", "2"]]);
  await answers.write([note(tools(), "1")]);
  assert.deepEqual(files.pages("legacy tools/list"), [[undefined, "1"]]);
  assert.equal(files.done.length, 3);
});

for (const [count, isKept] of [[50, true], [51, false]] as const) {
  Deno.test(`a list of ${count} pages is ${isKept ? "remembered" : "too long"}`, async () => {
    const { files, answers } = setUp();
    await answers.write([note(tools(), "before")]);
    await answers.write(
      Array.from({ length: count }, (_, n) => note(n ? tools(String(n)) : tools(), String(n))),
    );
    assert.equal(files.pages("legacy tools/list").length, isKept ? count : 0);
    assert.deepEqual(files.done.slice(1), [
      `${isKept ? "write" : "remove"} legacy tools/list of ada`,
    ]);
  });
}

for (const [more, isKept] of [[0, true], [1, false]] as const) {
  Deno.test(`pages of 4 MiB ${more ? "and a byte are too long" : "are remembered"}`, async () => {
    const { files, answers } = setUp();
    const half = "x".repeat(2 << 20);
    await answers.write([note(tools(), half), note(tools("2"), half + "x".repeat(more))]);
    assert.equal(files.contents.size, isKept ? 1 : 0);
    assert.deepEqual(files.done.length, isKept ? 1 : 0, "what was not there is not removed");
  });
}

Deno.test("any answer makes it less than empty, a verdict or a later page alone does not", async () => {
  const rows: [Note["key"], boolean][] = [
    ...["legacy", "modern"].flatMap((era) =>
      [
        "initialize",
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
      ].map((method): [Note["key"], boolean] => [{ era, method } as Note["key"], false])
    ),
    [{ method: "verdict" }, true],
    [tools("2"), true],
  ];
  for (const [key, isEmpty] of rows) {
    const { answers } = setUp();
    assert.equal(await answers.isEmpty(), true);
    await answers.write([note(key, "{}")]);
    assert.equal(await answers.isEmpty(), isEmpty, JSON.stringify(key));
  }
});

Deno.test("a page that is to be forgotten takes its list along", async () => {
  const { files, answers } = setUp();
  await answers.write([note(tools(), "1"), note(tools("2"), "2"), note(tools("2"), undefined)]);
  assert.equal(files.contents.size, 0);
});

Deno.test("what is written last says whose it is", async () => {
  const { files, answers } = setUp();
  await answers.write([note(tools(), "1"), { ...note(tools("2"), "2"), account: "bob" }]);
  assert.deepEqual(files.done, ["write legacy tools/list of bob"]);
});

Deno.test("who writes waits for the files", async () => {
  const { files, answers } = setUp();
  await answers.write([note(tools(), "1")]);
  const waiting: PromiseWithResolvers<void>[] = [];
  const later = () => {
    waiting.push(Promise.withResolvers());
    return waiting.at(-1)!.promise;
  };
  files.write = () => later().then(() => true);
  files.remove = later;
  for (const content of ["2", undefined]) {
    let isDone = false;
    const written = answers.write([note(tools(), content)]).then(() => isDone = true);
    for (let n = 0; n < 9; n++) await Promise.resolve();
    assert.deepEqual([isDone, waiting.length], [false, 1]);
    waiting.pop()!.resolve();
    await written;
  }
});

Deno.test("a file that nobody can read counts as none", async () => {
  const { files, answers } = setUp();
  await answers.write([note(tools(), "1")]);
  const [name] = files.contents.keys();
  files.contents.set(name, bytes("junk"));
  assert.equal(await answers.read(tools()), undefined);
  await answers.write([note(tools(), "2")]);
  assert.deepEqual(files.pages("legacy tools/list"), [[undefined, "2"]]);
});

Deno.test("that a list is too long is said once", async () => {
  const said: string[] = [];
  const files = filesInMemory();
  const answers = createRememberedAnswers({
    files,
    backend: "b",
    log: createLog({ level: "debug", write: (line) => void said.push(line) }),
  });
  for (let n = 0; n < 3; n++) await answers.write([note(tools(), undefined)]);
  await answers.write([note(tools(), "fine")]);
  assert.equal(said.length, 1);
});
