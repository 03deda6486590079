import assert from "node:assert/strict";
import { asking } from "../credentials/room.ts";
import { openStore } from "../../src/credentials/store/open_store.ts";
import { readAccountFile } from "../../src/credentials/account_files/account_directory.ts";
import { keys } from "../../src/credentials/store/keys.ts";
import { identityDigest } from "../../src/credentials/identity.ts";
import { identity } from "../credentials/room.ts";
import { bytes, initialize, MemoryRoom, recalled, tools } from "./memory_room.ts";

const mebibyte = 1 << 20;
const unix = Deno.build.os !== "windows";

/** A room in which one answer is remembered, in one file. */
async function withOneFile(use: (room: MemoryRoom, path: string) => Promise<void>): Promise<void> {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  memory.note(initialize, bytes("remembered"));
  await memory.flush();
  await source.close();
  const [path, ...more] = room.files();
  assert.deepEqual(more, []);
  await use(room, path);
}

/** What the next process finds; and that it can go on. */
async function assertForgotten(room: MemoryRoom): Promise<void> {
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  assert.equal(await recalled(memory, initialize), undefined);
  assert.equal(await memory.isEmpty(), true);
  memory.note(initialize, bytes("anew"));
  assert.equal(await recalled(memory, initialize), "anew");
  assert.deepEqual(room.logged("warn"), []);
  assert.deepEqual(room.logged("error"), []);
}

Deno.test("a list of 100 MB is not kept, and what was remembered of it is forgotten", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  memory.note(initialize, bytes("small"));
  memory.note(tools(), bytes("as it was"));
  await memory.flush();
  const huge = new Uint8Array(100 * mebibyte);
  const before = Deno.memoryUsage().external;
  memory.note(tools(), huge);
  assert.ok(Deno.memoryUsage().external - before < mebibyte, "no copy of it is made");
  await memory.flush();
  memory.note(tools(), huge);
  await memory.flush();
  assert.equal(await recalled(memory, tools()), undefined);
  assert.equal(await recalled(memory, initialize), "small");
  assert.equal(room.files().length, 1);
  assert.equal(room.logged("debug").filter((line) => line.includes("too long")).length, 1);
});

Deno.test("a list of 100 MB in pages is not kept either", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  const page = new Uint8Array(mebibyte);
  for (let i = 0; i < 100; i++) {
    page.fill(i);
    memory.note(tools(i === 0 ? undefined : String(i)), page);
    // As pages come over a network: some are written before the next one is there.
    if (i % 3 === 0) await memory.flush();
  }
  assert.equal(await recalled(memory, tools()), undefined);
  assert.deepEqual(room.files(), []);
});

Deno.test("a list of 4 MiB is kept, of one byte more it is not", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  for (const split of [false, true]) {
    const [first, second] = split ? [3 * mebibyte, mebibyte] : [4 * mebibyte, 0];
    memory.note(tools(), new Uint8Array(first));
    if (split) memory.note(tools("2"), new Uint8Array(second));
    assert.equal((await memory.recall(tools()))?.result.length, first);
    assert.equal((await memory.recall(tools("2")))?.result.length, split ? second : undefined);
    memory.note(tools(), new Uint8Array(first + (split ? 0 : 1)));
    if (split) memory.note(tools("2"), new Uint8Array(second + 1));
    assert.equal(await memory.recall(tools()), undefined);
  }
});

Deno.test("a million pages cost next to nothing, and 50 are kept", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  const page = bytes("page");
  const noteAll = (count: number) => {
    memory.note(tools(), page);
    for (let i = 2; i <= count; i++) memory.note(tools(String(i)), page);
  };
  noteAll(50);
  assert.equal(await recalled(memory, tools("50")), "page");
  noteAll(51);
  assert.equal(await recalled(memory, tools()), undefined);
  noteAll(1_000_000);
  assert.equal(await recalled(memory, tools()), undefined);
  assert.equal(await recalled(memory, tools("1000000")), undefined);
  assert.deepEqual(room.files(), []);
});

Deno.test("hostile cursors are texts like others, and one that is too long costs the list", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  const cursors = [
    "",
    "../../etc/passwd",
    "__proto__",
    "\n",
    "\0",
    "legacy tools/list",
    "\ud800",
    '"}',
    "x".repeat(4_096),
  ];
  memory.note(tools(), bytes("first"));
  for (const cursor of cursors) memory.note(tools(cursor), bytes(JSON.stringify(cursor)));
  await memory.flush();
  for (const cursor of cursors) {
    assert.equal(await recalled(memory, tools(cursor)), JSON.stringify(cursor));
  }
  assert.equal(await recalled(memory, tools()), "first");
  assert.equal(room.files().length, 1);
  memory.note(tools("x".repeat(4_097)), bytes("too long"));
  assert.equal(await recalled(memory, tools()), undefined);
  assert.deepEqual(room.files(), []);
});

Deno.test("a verdict with hostile versions is cut down", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  const versions = ["x".repeat(65), ...Array.from({ length: 40 }, (_, i) => `v${i}`)];
  memory.noteVerdict({ era: "modern", versions });
  const verdict = await memory.recallVerdict();
  assert.deepEqual(verdict?.versions, versions.slice(1, 17));
});

for (
  const [what, change] of Object.entries<(content: Uint8Array) => Uint8Array>({
    "cut off": (content) => content.subarray(0, content.length - 1),
    "empty": () => new Uint8Array(),
    "of another version": (content) => content.with(0, 2),
    "changed in one bit": (content) => content.with(20, content[20] ^ 1),
    "somebody else's text": () => bytes("hello"),
    "a gigabyte of holes": () => new Uint8Array(),
  })
) {
  Deno.test(`a file that is ${what} counts as none`, () =>
    withOneFile(async (room, path) => {
      await Deno.writeFile(path, change(await Deno.readFile(path)));
      if (what.includes("gigabyte")) await Deno.truncate(path, 1 << 30);
      await assertForgotten(room);
    }));
}

for (
  const [what, replace] of Object.entries<(path: string) => Promise<void>>({
    "a link to a file with the same content": async (path) => {
      await Deno.rename(path, `${path}-moved`);
      await Deno.symlink(`${path}-moved`, path);
    },
    "a link to nothing": async (path) => {
      await Deno.remove(path);
      await Deno.symlink(`${path}-nowhere`, path);
    },
    "a pipe": async (path) => {
      await Deno.remove(path);
      await new Deno.Command("mkfifo", { args: [path] }).output();
    },
    "a file that others can write to": (path) => Deno.chmod(path, 0o666),
  })
) {
  Deno.test({
    name: `${what} in the place of a file counts as none, and is replaced`,
    ignore: !unix,
    fn: () =>
      withOneFile(async (room, path) => {
        await replace(path);
        await assertForgotten(room);
        const { isFile, mode } = await Deno.lstat(path);
        assert.ok(isFile);
        assert.equal(mode! & 0o777, 0o600);
      }),
  });
}

Deno.test({
  name: "a file that belongs to somebody else counts as none, and is replaced",
  ignore: !unix || Deno.uid() !== 0,
  fn: () =>
    withOneFile(async (room, path) => {
      await Deno.chown(path, 4711, 4711);
      await assertForgotten(room);
      assert.equal((await Deno.lstat(path)).uid, 0);
    }),
});

Deno.test("a directory in the place of a file costs the memory, and nothing else", () =>
  withOneFile(async (room, path) => {
    await Deno.remove(path);
    await Deno.mkdir(path);
    const memory = room.memory(room.source());
    assert.equal(await recalled(memory, initialize), undefined);
    memory.note(initialize, bytes("anew"));
    await memory.flush();
    assert.equal(await recalled(memory, initialize), undefined);
    assert.deepEqual(room.logged("warn"), []);
  }));

Deno.test("the files of two backends, or two answers, cannot be exchanged", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const [one, other] = ["one", "other"].map((backend) => room.memory(source, { backend }));
  one.note(initialize, bytes("one"));
  await one.flush();
  const [first] = room.files();
  other.note(initialize, bytes("other"));
  await other.flush();
  const [second] = room.files().filter((path) => path !== first);
  await swap(first, second);
  assert.equal(await recalled(one, initialize), undefined);
  assert.equal(await recalled(other, initialize), undefined);
});

Deno.test("neither the files nor the keys of two identities can be exchanged", async () => {
  await using room = new MemoryRoom();
  const profiles = ["default", "work"];
  const memories = [];
  for (const profile of profiles) {
    const source = room.source({ profile });
    await source.current(asking());
    const memory = room.memory(source);
    memory.note(initialize, bytes(profile));
    await memory.flush();
    memories.push(memory);
  }
  const [first, second] = room.files();
  await swap(first, second);
  for (const memory of memories) assert.equal(await recalled(memory, initialize), undefined);

  // The key, put where that of the other identity was.
  using store = await openStore({ ...room, cacheDir: room.cacheDir, encryption: "file" });
  const places = await Promise.all(
    profiles.map(async (profile) =>
      keys.accountKey(await identityDigest({ ...identity, profile }))
    ),
  );
  const [one, other] = await store.database.run((kv) => kv.getMany(places));
  await store.database.run((kv) => kv.set(one.key, other.value));
  await Deno.rename(second, second.replace(/[^-]+$/, "x"));
  for (const memory of memories) assert.equal(await recalled(memory, initialize), undefined);
});

Deno.test("with a lost data key all is forgotten, and goes on with another one", () =>
  withOneFile(async (room, path) => {
    await Deno.remove(`${room.cacheDir}/cache.key`);
    const source = room.source();
    await source.current(asking());
    const memory = room.memory(source);
    assert.equal(await recalled(memory, initialize), undefined);
    memory.note(initialize, bytes("anew"));
    assert.equal(await recalled(memory, initialize), "anew");
    assert.ok(!room.files().includes(path), "what no key opens any more is removed");
  }));

Deno.test("what lies in the clear and what is sealed: neither text nor names tell anything", async () => {
  const url = "https://secret-backend.example/tenant";
  for (const encryption of ["file", "none"] as const) {
    await using room = new MemoryRoom();
    const source = room.source({}, { encryption });
    await source.current(asking());
    const memory = room.memory(source, { backend: url });
    memory.note(tools("a-telling-cursor"), bytes("telling"));
    memory.note(tools(), bytes("a-telling-answer"));
    memory.note(tools("a-telling-cursor"), bytes("telling"));
    await memory.flush();
    await source.close();
    for (const { name } of Deno.readDirSync(room.cacheDir)) {
      const content = new TextDecoder("latin1").decode(
        Deno.readFileSync(`${room.cacheDir}/${name}`),
      );
      assert.doesNotMatch(name + content, /telling|secret-backend|tools\/list/);
    }
    assert.equal(
      await recalled(
        room.memory(room.source({}, { encryption }), { backend: url }),
        tools("a-telling-cursor"),
      ),
      "telling",
    );
  }
});

Deno.test("another protection takes it over with the next write, under another key", async () => {
  await using room = new MemoryRoom();
  const first = room.source({}, { encryption: "none" });
  await first.current(asking());
  const unprotected = room.memory(first);
  unprotected.note(initialize, bytes("a"));
  await unprotected.flush();
  await first.close();
  const [before] = room.files();
  const source = room.source({}, { encryption: "file" });
  await source.current(asking());
  const memory = room.memory(source);
  assert.equal(await recalled(memory, initialize), "a");
  memory.note(initialize, bytes("b"));
  assert.equal(await recalled(memory, initialize), "b");
  assert.ok(!room.files().includes(before));
});

Deno.test("all files of a store together take 64 MiB at most; the oldest go", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memories = Array.from(
    { length: 18 },
    (_, i) => room.memory(source, { backend: `backend ${i}` }),
  );
  for (const memory of memories) {
    memory.note(tools(), crypto.getRandomValues(new Uint8Array(60_000)));
    await memory.flush();
    for (const path of room.files()) {
      const { mtime } = await Deno.stat(path);
      await Deno.utime(path, mtime!, new Date(mtime!.getTime() - 1_000));
    }
    memory.note(tools(), new Uint8Array(4 * mebibyte));
    await memory.flush();
  }
  const sizes = await Promise.all(room.files().map(async (path) => (await Deno.stat(path)).size));
  const total = sizes.reduce((sum, size) => sum + size);
  assert.ok(total <= 64 * mebibyte && total > 56 * mebibyte, `${total}`);
  assert.equal(await memories[0].recall(tools()), undefined);
  assert.ok(await memories[17].recall(tools()));
});

Deno.test("what a killed process left half written is swept away", () =>
  withOneFile(async (room, path) => {
    const left = `${path}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(left, "half");
    await Deno.utime(left, new Date(), new Date(Date.now() - 120_000));
    const source = room.source();
    await source.current(asking());
    const memory = room.memory(source);
    memory.note(initialize, bytes("anew"));
    await memory.flush();
    assert.deepEqual(room.files(), [path]);
  }));

Deno.test("a file that is longer than any of ours is not read", async () => {
  await using room = new MemoryRoom();
  const path = `${room.home}/file`;
  await Deno.writeFile(path, new Uint8Array(10), { mode: 0o600 });
  assert.equal((await readAccountFile(path, { maxBytes: 10 }))?.length, 10);
  assert.equal(await readAccountFile(path, { maxBytes: 9 }), undefined);
});

async function swap(one: string, other: string): Promise<void> {
  await Deno.rename(one, `${one}-aside`);
  await Deno.rename(other, one);
  await Deno.rename(`${one}-aside`, other);
}
