import assert from "node:assert/strict";
import type { Database } from "../../../src/credentials/store/database.ts";
import { keys } from "../../../src/credentials/store/keys.ts";
import type { SplitCredential } from "../../../src/credentials/store/split_credential.ts";
import { writeSplit } from "../../../src/credentials/store/write_split.ts";
import { type MemoryStore, openMemoryStore } from "./memory_store.ts";

const digest = "d1";
const head = Uint8Array.of(1, 2, 3);
const bytes = (length: number) => new Uint8Array(length).fill(7);

function splitInto(count: number, { id = "new", length = 10 } = {}): SplitCredential {
  const parts = Array.from({ length: count }, (_, at) => ({
    key: keys.part(digest, { id, at }),
    value: bytes(length),
  }));
  return { head, parts };
}

/** How many parts there are by their name. */
async function names({ kv }: MemoryStore): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for await (const { key } of kv.list({ prefix: keys.parts(digest) })) {
    found[String(key[3])] = (found[String(key[3])] ?? 0) + 1;
  }
  return found;
}

const unchanged = (atomic: Deno.AtomicOperation) => atomic;

for (const [what, count, length] of [["small", 3, 10], ["large", 15, 60_000]] as const) {
  Deno.test(`a ${what} credential is written with its parts, and what was there before goes`, async () => {
    using store = await openMemoryStore();
    for (const at of [0, 1]) await store.kv.set(keys.part(digest, { id: "old", at }), bytes(5));
    await store.kv.set(keys.part("d2", { id: "old", at: 0 }), bytes(5));
    const split = splitInto(count, { length });
    const change = (atomic: Deno.AtomicOperation) => atomic.set(["besides"], "changed");
    assert.equal(await writeSplit(split, { ...store, digest, change }), true);
    assert.deepEqual((await store.kv.get(keys.credential(digest))).value, head);
    assert.deepEqual(await names(store), { new: count });
    assert.deepEqual((await store.kv.get(split.parts[1].key)).value, bytes(length));
    assert.equal((await store.kv.get(["besides"])).value, "changed");
    assert.ok((await store.kv.get(keys.part("d2", { id: "old", at: 0 }))).versionstamp);
  });

  Deno.test(`a ${what} credential leaves nothing where what it depends on has changed`, async () => {
    using store = await openMemoryStore();
    await store.kv.set(keys.part(digest, { id: "old", at: 0 }), bytes(5));
    await store.kv.set(["condition"], "other");
    const change = (atomic: Deno.AtomicOperation) =>
      atomic.check({ key: ["condition"], versionstamp: null });
    const split = splitInto(count, { length });
    assert.equal(await writeSplit(split, { ...store, digest, change }), false);
    assert.equal((await store.kv.get(keys.credential(digest))).versionstamp, null);
    assert.deepEqual(await names(store), { old: 1 });
  });
}

/** A database that lets something happen before each step that may write. */
function disturbed(store: MemoryStore, disturb: (kv: Deno.Kv) => Promise<void>): Database {
  return {
    ...store.database,
    run: (operation) =>
      operation(
        new Proxy(store.kv, {
          get(kv, name) {
            if (name !== "atomic") {
              const value = Reflect.get(kv, name);
              return typeof value === "function" ? value.bind(kv) : value;
            }
            return () => {
              const atomic = kv.atomic();
              const commit = atomic.commit.bind(atomic);
              atomic.commit = async () => {
                await disturb(kv);
                return await commit();
              };
              return atomic;
            };
          },
        }),
      ),
  };
}

for (const [times, isWritten] of [[0, true], [2, true], [3, false]] as const) {
  Deno.test(`parts that others sweep away ${times} times are written: ${isWritten}`, async () => {
    using store = await openMemoryStore();
    let sweeps = 0;
    const database = disturbed(store, async (kv) => {
      if (sweeps++ < times) await kv.delete(keys.part(digest, { id: "new", at: 4 }));
    });
    const split = splitInto(15, { length: 60_000 });
    assert.equal(await writeSplit(split, { database, digest, change: unchanged }), isWritten);
    assert.equal(sweeps, Math.min(times + 1, 3));
    assert.deepEqual(await names(store), isWritten ? { new: 15 } : {});
  });
}

Deno.test("700 KiB are written in one step, and more before it", async () => {
  const largest = 700 * 1024 - head.length;
  for (const [more, steps] of [[0, 1], [1, 13]] as const) {
    using store = await openMemoryStore();
    let writes = 0;
    const database: Database = {
      ...store.database,
      run: (operation) =>
        operation(
          new Proxy(store.kv, {
            get(kv, name) {
              if (name === "set" || name === "atomic") writes++;
              const value = Reflect.get(kv, name);
              return typeof value === "function" ? value.bind(kv) : value;
            },
          }),
        ),
    };
    const split = splitInto(12, { length: 60_000 });
    const rest = largest - 11 * 60_000 + more;
    split.parts[11].value = bytes(rest);
    assert.equal(await writeSplit(split, { database, digest, change: unchanged }), true);
    assert.equal(writes, steps);
  }
});
