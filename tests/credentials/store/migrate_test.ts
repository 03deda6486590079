import assert from "node:assert/strict";
import { migrate } from "../../../src/credentials/store/migrate.ts";
import { keys, placeOf } from "../../../src/credentials/store/keys.ts";
import { decodeRecord, encodeRecord } from "../../../src/credentials/store/record.ts";
import { identity } from "../room.ts";
import { scriptedFlows } from "../scripted_flows.ts";
import { openMemoryStore } from "./memory_store.ts";

const credential = scriptedFlows(() => 0).grant();

Deno.test("credentials of the first layout are sealed anew, and all else of it is gone", async () => {
  using memory = await openMemoryStore();
  let scrubs = 0;
  const database = { ...memory.database, scrub: () => Promise.resolve(void scrubs++) };
  const record = { identity, credential };
  await memory.kv.set([1, "credential", "d1"], record);
  await memory.kv.set([1, "credential", "d2"], record);
  const newer = await memory.seal.seal({ newer: true }, placeOf(keys.credential("d2")));
  await memory.kv.set(keys.credential("d2"), newer);
  await memory.kv.set([1, "credential", "empty"], { identity, credential: {} });
  await memory.kv.set([1, "credential", 7], record);
  await memory.kv.set([1, "credential", "nothing"], null);
  await memory.kv.set([1, "lease", "d1"], record);
  await memory.kv.set(keys.note("n"), "stays");
  await migrate(database, memory.seal);
  assert.deepEqual((await memory.keys()).map((key) => key.join(" ")).sort(), [
    "2 credential d1",
    "2 credential d2",
    "2 note n",
    "schema",
  ]);
  const { value } = await memory.kv.get(keys.credential("d1"));
  assert.deepEqual(await memory.seal.open(value, placeOf(keys.credential("d1"))), record);
  assert.deepEqual(
    (await memory.kv.get(keys.credential("d2"))).value,
    newer,
    "the newer one counts",
  );
  assert.equal(decodeRecord((await memory.kv.get(["schema"])).value), 2);
  assert.equal(scrubs, 1);
});

Deno.test("a database without anything old only gets its version", async () => {
  using memory = await openMemoryStore();
  let scrubs = 0;
  const database = { ...memory.database, scrub: () => Promise.resolve(void scrubs++) };
  await memory.kv.set(keys.note("n"), encodeRecord("x"));
  await migrate(database, memory.seal);
  assert.deepEqual((await memory.keys()).map((key) => key.join(" ")).sort(), [
    "2 note n",
    "schema",
  ]);
  assert.equal(scrubs, 0);
});
