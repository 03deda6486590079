import assert from "node:assert/strict";
import { listDerived, removeDerived } from "../../../src/credentials/store/derived.ts";
import { keys } from "../../../src/credentials/store/keys.ts";
import { openMemoryStore } from "./memory_store.ts";

Deno.test("what is derived from a sign-in is listed, and removed with all that there is of it", async () => {
  using store = await openMemoryStore();
  const { kv, database } = store;
  const all = (digest: string) => [
    keys.credential(digest),
    keys.accountKey(digest),
    keys.used(digest),
    keys.plainCooldown(digest, "sign-in"),
    keys.cooldown(digest, "sign-in"),
    keys.derived("base", digest),
    keys.part(digest, { id: "i", at: 0 }),
    keys.part(digest, { id: "i", at: 1 }),
  ];
  const others = [
    keys.credential("base"),
    keys.derived("other", "one"),
    keys.cooldown("one", "refresh"),
  ];
  for (const key of [...all("one"), ...all("two"), ...others]) await kv.set(key, "x");
  assert.deepEqual(await listDerived(database, "base"), ["one", "two"]);
  assert.deepEqual(await listDerived(database, "nothing"), []);
  await removeDerived(database, { base: "base", digest: "one" });
  const sorted = (list: readonly Deno.KvKey[]) => list.map((key) => key.join(" ")).sort();
  assert.deepEqual(sorted(await store.keys()), sorted([...all("two"), ...others]));
  assert.deepEqual(await listDerived(database, "base"), ["two"]);
});
