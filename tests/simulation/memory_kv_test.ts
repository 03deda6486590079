import assert from "node:assert/strict";
import { KvContent, MemoryKv } from "./memory_kv.ts";

/** What both stores are asked: what the program uses of Deno KV. */
type Kv = Pick<Deno.Kv, "get" | "getMany" | "set" | "delete" | "list" | "atomic" | "close">;

/** Remembers versionstamps by the order in which they were given: their values differ. */
function stampNames() {
  const names = new Map<string, string>();
  return (stamp: string | null): string | null => {
    if (stamp === null) return null;
    if (!names.has(stamp)) names.set(stamp, `stamp ${names.size + 1}`);
    return names.get(stamp)!;
  };
}

/** Asks a store everything, and notes what it says. */
async function script(kv: Kv): Promise<unknown[]> {
  const said: unknown[] = [];
  const stamp = stampNames();
  const note = (what: string, value: unknown) => said.push([what, value]);
  const entry = ({ key, value, versionstamp }: Deno.KvEntryMaybe<unknown>) => ({
    key,
    value: value instanceof Uint8Array ? [...value] : value,
    versionstamp: stamp(versionstamp),
  });
  const commit = (result: Deno.KvCommitResult | Deno.KvCommitError) =>
    result.ok ? stamp(result.versionstamp) : "refused";
  const bytes = (...values: number[]) => Uint8Array.from(values);

  note("nothing", entry(await kv.get([2, "credential", "a"])));
  const first = await kv.set([2, "credential", "a"], bytes(1, 2, 3));
  note("set", commit(first));
  note("get", entry(await kv.get([2, "credential", "a"])));
  note("many", (await kv.getMany([["schema"], [2, "credential", "a"], [2, "x"]])).map(entry));
  const key = [2, "credential", "a"];
  note(
    "check that holds",
    commit(
      await kv.atomic().check({ key, versionstamp: first.versionstamp }).set(key, bytes(4))
        .set([2, "other"], bytes(5)).commit(),
    ),
  );
  note("one stamp for one step", [entry(await kv.get(key)), entry(await kv.get([2, "other"]))]);
  note(
    "check that does not hold",
    commit(
      await kv.atomic().check({ key, versionstamp: first.versionstamp }).delete(key).commit(),
    ),
  );
  note(
    "check that nothing is there",
    commit(
      await kv.atomic().check({ key: [2, "new"], versionstamp: null }).set([2, "new"], bytes(6))
        .commit(),
    ),
  );
  note(
    "something is there",
    commit(
      await kv.atomic().check({ key: [2, "new"], versionstamp: null }).set([2, "new"], bytes(7))
        .commit(),
    ),
  );
  note(
    "of two checks one fails",
    commit(
      await kv.atomic().check({ key, versionstamp: null }, { key: [2, "none"], versionstamp: null })
        .set([2, "none"], bytes(1)).commit(),
    ),
  );
  await kv.delete([2, "new"]);
  await kv.delete([2, "never there"]);
  note("deleted", entry(await kv.get([2, "new"])));
  for (const at of [10, 9, 1]) await kv.set([2, "part", "d", "id", at], bytes(at));
  await kv.set([2, "part", "d", "ie", 1], bytes(0));
  await kv.set([2, "part", "e", "id", 1], bytes(0));
  await kv.set([2, "part", "d"], bytes(0));
  const list = async (prefix: Deno.KvKey, options?: Deno.KvListOptions) =>
    (await Array.fromAsync(kv.list({ prefix }, options))).map(entry);
  note("list in order", await list([2, "part", "d", "id"]));
  note("list without the prefix itself", await list([2, "part", "d"]));
  note("list with a limit", await list([2, "part"], { limit: 2 }));
  note("list of all", (await list([])).map(({ key }) => key));
  note("set and delete in one step", [
    commit(await kv.atomic().set([2, "both"], bytes(1)).delete([2, "both"]).commit()),
    entry(await kv.get([2, "both"])),
  ]);
  note("expiring", commit(await kv.set([2, "pending"], bytes(1), { expireIn: 60_000 })));
  note("before it expires", entry(await kv.get([2, "pending"])));
  const mine = bytes(1, 2);
  await kv.set([2, "copied"], mine);
  mine[0] = 9;
  note("what is stored is a copy", entry(await kv.get([2, "copied"])));
  note("too large", await failureOf(() => kv.set([2, "big"], new Uint8Array(65_537))));
  note("just small enough", commit(await kv.set([2, "big"], new Uint8Array(65_530))));
  kv.close();
  note("closed", await failureOf(() => kv.get(key)) !== "no error");
  return said;
}

async function failureOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return "no error";
  } catch (error) {
    return (error as Error).name;
  }
}

Deno.test("the store of the simulation answers as Deno KV does", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const real = await script(await Deno.openKv(`${directory}/cache.db`));
    const model = await script(
      new MemoryKv(new KvContent(), {
        now: Date.now,
        before: () => Promise.resolve(),
        after: () => Promise.resolve(),
      }) as unknown as Kv,
    );
    assert.deepEqual(model, real);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
