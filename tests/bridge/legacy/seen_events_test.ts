import assert from "node:assert/strict";
import { createSeenEvents } from "../../../src/bridge/legacy/seen_events.ts";

const data = (text: string) => new TextEncoder().encode(text);

Deno.test("what comes again at the beginning of a connection that goes on is repeated", () => {
  const seen = createSeenEvents();
  seen.connect(false);
  assert.equal(seen.isRepeated("1", data("a")), false);
  assert.equal(seen.isRepeated("2", data("b")), false);
  seen.connect(true);
  assert.equal(seen.isRepeated("2", data("b")), true);
  assert.equal(seen.isRepeated("3", data("c")), false, "it is new");
  assert.equal(seen.isRepeated("1", data("a")), false, "nothing is repeated behind what is new");
});

Deno.test("an event is another one with another id or other data, or on a connection of its own", () => {
  const seen = createSeenEvents();
  seen.connect(false);
  seen.isRepeated("1", data("a"));
  seen.connect(true);
  assert.equal(seen.isRepeated("2", data("a")), false);
  seen.connect(true);
  assert.equal(seen.isRepeated("1", data("b")), false);
  seen.connect(false);
  assert.equal(seen.isRepeated("1", data("a")), false, "it does not go on from an event");
  seen.connect(true);
  for (const id of ["", undefined]) assert.equal(seen.isRepeated(id, data("a")), false);
});

Deno.test("an id that came twice on one connection tells nothing", () => {
  const seen = createSeenEvents();
  seen.connect(false);
  seen.isRepeated("1", data("a"));
  seen.isRepeated("1", data("a"));
  seen.connect(true);
  assert.equal(seen.isRepeated("1", data("a")), false);
});

Deno.test("data differ by their length, their beginning or their end", () => {
  const long = (first: string, last: string, length = 1000) =>
    data(first + "x".repeat(length) + last);
  const seen = createSeenEvents();
  seen.connect(false);
  seen.isRepeated("1", long("a", "b"));
  for (const other of [long("c", "b"), long("a", "c"), long("a", "b", 1001)]) {
    seen.connect(true);
    assert.equal(seen.isRepeated("1", other), false);
  }
});

Deno.test("the last 1,024 events are remembered, so that no stream fills the memory", () => {
  const seen = createSeenEvents();
  seen.connect(false);
  for (let n = 0; n < 1_025; n++) seen.isRepeated(`${n}`, data("x"));
  seen.connect(true);
  assert.equal(seen.isRepeated("1", data("x")), true, "the oldest that is remembered");
  seen.connect(true);
  assert.equal(seen.isRepeated("0", data("x")), false, "it has been forgotten");
});

Deno.test("all that comes again in front is repeated, each of it once", () => {
  const seen = createSeenEvents();
  seen.connect(false);
  for (const id of ["1", "2", "3"]) seen.isRepeated(id, data(id));
  seen.connect(true);
  assert.equal(seen.isRepeated("2", data("2")), true);
  assert.equal(seen.isRepeated("3", data("3")), true);
  assert.equal(seen.isRepeated("3", data("3")), false, "on this connection it is another one");
});

Deno.test("an id that told nothing once never does", () => {
  const seen = createSeenEvents();
  seen.connect(false);
  seen.isRepeated("1", data("a"));
  seen.isRepeated("1", data("a"));
  for (let count = 0; count < 3; count++) {
    seen.connect(true);
    assert.equal(seen.isRepeated("1", data("a")), false, `connection ${count}`);
  }
});

Deno.test("what has no id is always new", () => {
  const seen = createSeenEvents();
  for (const id of ["", undefined]) {
    seen.connect(false);
    assert.equal(seen.isRepeated(id, data("a")), false);
    seen.connect(true);
    assert.equal(seen.isRepeated(id, data("a")), false);
  }
});

Deno.test("128 bytes of each end tell one from another, and nothing between them", () => {
  const changed = (at: number) => {
    const bytes = new Uint8Array(1_000).fill(0x78);
    bytes[at] = 0x79;
    return bytes;
  };
  for (const [at, isRepeated] of [[127, false], [128, true], [871, true], [872, false]] as const) {
    const seen = createSeenEvents();
    seen.connect(false);
    seen.isRepeated("1", new Uint8Array(1_000).fill(0x78));
    seen.connect(true);
    assert.equal(seen.isRepeated("1", changed(at)), isRepeated, `byte ${at}`);
  }
});

Deno.test("what came last is forgotten last", () => {
  const seen = createSeenEvents();
  seen.connect(false);
  for (let n = 0; n < 1_024; n++) seen.isRepeated(`${n}`, data("x"));
  seen.connect(true);
  assert.equal(seen.isRepeated("0", data("x")), true);
  seen.isRepeated("new", data("x"));
  seen.connect(true);
  assert.equal(seen.isRepeated("0", data("x")), true);
  assert.equal(seen.isRepeated("1", data("x")), false);
});
