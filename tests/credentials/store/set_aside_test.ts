import assert from "node:assert/strict";
import { join } from "node:path";
import { reopenSetAside } from "../../../src/credentials/store/set_aside.ts";

async function inDirectory(
  test: (path: string, names: () => string[]) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(
      join(directory, "cache.db"),
      () => Array.from(Deno.readDirSync(directory), ({ name }) => name).sort(),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("a damaged database is moved aside, and an empty one takes its place", async () => {
  await inDirectory(async (path, names) => {
    await Deno.writeTextFile(path, `damaged ${"x".repeat(5_000)}`);
    const { kv, setAside } = await reopenSetAside(path);
    try {
      assert.match(setAside!, /cache\.db\.corrupt-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/);
      assert.match(await Deno.readTextFile(setAside!), /^damaged x/);
      await kv.set(["a"], 1);
      assert.equal((await kv.get(["a"])).value, 1);
      assert.ok(names().includes("cache.db.repair"));
    } finally {
      kv.close();
    }
  });
});

Deno.test("one that another process has replaced already stays, and so does what is no damage", async () => {
  await inDirectory(async (path, names) => {
    const first = await reopenSetAside(path);
    await first.kv.set(["a"], 1);
    first.kv.close();
    const second = await reopenSetAside(path);
    assert.equal(second.setAside, undefined);
    assert.equal((await second.kv.get(["a"])).value, 1);
    second.kv.close();
    assert.ok(!names().some((name) => name.includes("corrupt")));
  });
  await inDirectory(async (path, names) => {
    await Deno.mkdir(path);
    await assert.rejects(reopenSetAside(path), /unable to open what is not a file/);
    assert.deepEqual(names(), ["cache.db", "cache.db.repair"]);
  });
});
