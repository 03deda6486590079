import assert from "node:assert/strict";
import { createNotes } from "../../../src/credentials/store/create_notes.ts";
import type { Store } from "../../../src/credentials/store/open_store.ts";
import { openMemoryStore } from "./memory_store.ts";

Deno.test("a note is kept under its name until it is too old, or removed", async () => {
  using store = await openMemoryStore();
  const clock = { now: 1_000 };
  const notes = createNotes(Promise.resolve(store as unknown as Store), () => clock.now);
  assert.equal(await notes.read("metadata"), undefined);
  await notes.write("metadata", { issuer: "https://auth.test" }, 500);
  await notes.write("client", { id: "x" });
  assert.deepEqual(await store.keys(), [[2, "note", "client"], [2, "note", "metadata"]]);
  clock.now = 1_499;
  assert.deepEqual(await notes.read("metadata"), { issuer: "https://auth.test" });
  clock.now = 1_500;
  assert.equal(await notes.read("metadata"), undefined);
  clock.now = 1e15;
  assert.deepEqual(await notes.read("client"), { id: "x" });
  await notes.remove("client");
  assert.equal(await notes.read("client"), undefined);
  assert.deepEqual(await store.keys(), [[2, "note", "metadata"]]);
});

Deno.test("a note that lies at the place of another one is none", async () => {
  using store = await openMemoryStore();
  const notes = createNotes(Promise.resolve(store as unknown as Store), () => 0);
  await notes.write("one", 1);
  await store.kv.set([2, "note", "two"], (await store.kv.get([2, "note", "one"])).value);
  assert.equal(await notes.read("two"), undefined);
});
