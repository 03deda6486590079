import assert from "node:assert/strict";
import { asking } from "../credentials/room.ts";
import { bytes, initialize, MemoryRoom, recalled, tools } from "./memory_room.ts";

Deno.test("what was noted is there again in the next process, with its time", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  assert.equal(await memory.isEmpty(), true);
  memory.note(initialize, bytes('{"serverInfo":{"name":"ä"}}'));
  room.time += 1_000;
  memory.note(tools(), bytes('{"tools":[],"nextCursor":"2"}'));
  memory.note(tools("2"), bytes('{"tools":[1]}'));
  memory.noteVerdict({ era: "both", versions: ["2025-11-25", "2026-07-28"] });
  await memory.flush();
  await room.closeAll();

  const later = room.memory(room.source());
  assert.equal(await later.isEmpty(), false);
  assert.deepEqual(await later.recall(initialize), {
    result: bytes('{"serverInfo":{"name":"ä"}}'),
    at: room.time - 1_000,
  });
  assert.equal(await recalled(later, tools()), '{"tools":[],"nextCursor":"2"}');
  assert.equal(await recalled(later, tools("2")), '{"tools":[1]}');
  assert.equal(await recalled(later, tools("3")), undefined);
  assert.equal(await recalled(later, { era: "modern", method: "tools/list" }), undefined);
  assert.deepEqual(await later.recallVerdict(), {
    era: "both",
    versions: ["2025-11-25", "2026-07-28"],
    at: room.time,
  });
});

Deno.test("another backend, or the same with other header fields, is remembered apart", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const [one, other] = ["one", "other"].map((backend) => room.memory(source, { backend }));
  one.note(initialize, bytes("one"));
  assert.equal(await recalled(one, initialize), "one");
  assert.equal(await other.isEmpty(), true);
  other.note(initialize, bytes("other"));
  assert.equal(await recalled(other, initialize), "other");
  assert.equal(await recalled(one, initialize), "one");
});

Deno.test("a first page drops the pages of the list as it was", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  memory.note(tools(), bytes("first"));
  memory.note(tools("2"), bytes("second"));
  await memory.flush();
  memory.note(tools("2"), bytes("waiting"));
  memory.note(tools(), bytes("another first"));
  assert.equal(await recalled(memory, tools("2")), undefined);
  assert.equal(await recalled(memory, tools()), "another first");
});

Deno.test("a later page alone is not remembered: nobody would ask for it", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  memory.note(tools("2"), bytes("second"));
  assert.equal(await recalled(memory, tools("2")), undefined);
  assert.deepEqual(room.files(), []);
});

Deno.test("the same answer is not written again, another one is", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  const note = async (text: string) => {
    memory.note(tools(), bytes(text));
    await memory.flush();
    return Deno.readFileSync(room.files()[0]);
  };
  const first = await note("same");
  assert.equal(room.files().length, 1);
  assert.deepEqual(await note("same"), first);
  assert.notDeepEqual(await note("else"), first);
  const last = await note("else");
  room.time += 86_400_001;
  assert.notDeepEqual(await note("else"), last, "its time is brought up to date once a day");
});

Deno.test("what comes close together is written together, a little later", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const timers: (() => void)[] = [];
  const memory = room.memory(source, {
    startTimer: (run, milliseconds) => {
      if (milliseconds === 5) timers.push(run);
      return { stop() {}, [Symbol.dispose]() {} };
    },
    delay: 5,
  });
  memory.note(initialize, bytes("a"));
  memory.note(tools(), bytes("b"));
  assert.equal(timers.length, 1);
  assert.deepEqual(room.files(), []);
  timers[0]();
  await memory.flush();
  assert.equal(room.files().length, 2);
});

Deno.test("a backend that says something else each time is written ever less often", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const delays: number[] = [];
  const memory = room.memory(source, {
    startTimer: (_run, milliseconds) => {
      if (milliseconds < 1_000) delays.push(milliseconds);
      return { stop() {}, [Symbol.dispose]() {} };
    },
    delay: 3,
  });
  for (let i = 0; i < 7; i++) {
    memory.note(tools(), bytes(`answer ${i}`));
    await memory.flush();
  }
  assert.deepEqual(delays, [3, 6, 12, 24, 48, 60, 60]);
});

Deno.test("noted bytes may be used again", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  const buffer = bytes("as it was");
  memory.note(initialize, buffer);
  buffer.fill(0);
  assert.equal(await recalled(memory, initialize), "as it was");
});

Deno.test("without a store on disk nothing is remembered, and nothing fails", async () => {
  await using room = new MemoryRoom();
  Deno.writeTextFileSync(`${room.home}/file`, "");
  room.cacheDir = `${room.home}/file/cache`;
  const source = room.source();
  await source.current(asking());
  const memory = room.memory(source);
  memory.note(initialize, bytes("a"));
  assert.equal(await recalled(memory, initialize), undefined);
  assert.equal(await memory.isEmpty(), true);
});

Deno.test("a cursor of 4,096 characters is remembered, a longer one ends the list", async () => {
  await using room = new MemoryRoom();
  const source = room.source();
  await source.current(asking());
  for (const [length, isKept] of [[4_096, true], [4_097, false]] as const) {
    const memory = room.memory(source, { backend: `https://mcp.example/${length}` });
    const cursor = "c".repeat(length);
    memory.note(tools(), bytes("first"));
    memory.note(tools(cursor), bytes("second"));
    assert.equal(await recalled(memory, tools(cursor)), isKept ? "second" : undefined);
    assert.equal(await recalled(memory, tools()), isKept ? "first" : undefined);
  }
});
