import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type Database,
  type DatabaseOptions,
  openDatabase,
} from "../../../src/credentials/store/database.ts";
import { encodeRecord } from "../../../src/credentials/store/record.ts";
import { recordLog } from "../../support/recorded_log.ts";

/** Opens databases in a directory of their own. */
async function inDirectory(
  test: (rig: {
    path: string;
    lines: string[];
    open(options?: Partial<DatabaseOptions>): Promise<Database>;
  }) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  const cacheDir = join(home, "cache");
  const { log, lines } = recordLog();
  try {
    await test({
      path: `${cacheDir}/cache.db`,
      lines,
      open: (options) => openDatabase(cacheDir, { log, ...options }),
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const get = (database: Database) => database.run(async (kv) => (await kv.get(["a"])).value);
const set = (database: Database, value: unknown) => database.run((kv) => kv.set(["a"], value));
const schema = (version: unknown) => (kv: Deno.Kv) => kv.set(["schema"], encodeRecord(version));
const inMemory = "credentials are kept in memory only, until this process ends";

Deno.test("a database is closed once, and opened for nobody any more", async () => {
  await inDirectory(async ({ open }) => {
    const database = await open();
    let known: Deno.Kv | undefined;
    await database.run((kv) => Promise.resolve(known = kv));
    await known!.set(["a"], 1);
    database[Symbol.dispose]();
    database[Symbol.dispose]();
    await assert.rejects(known!.get(["a"]));
    await assert.rejects(database.run((kv) => kv.get(["a"])));
  });
});

Deno.test("a new database lies in its directory and has no layout yet", async () => {
  await inDirectory(async ({ open, path, lines }) => {
    {
      using database = await open();
      assert.deepEqual(
        [
          `${database.directory}/cache.db`,
          database.generation,
          database.outdated,
          database.prefetched,
        ],
        [path, 0, true, undefined],
      );
      await set(database, "kept");
      await database.run(schema(2));
    }
    using again = await open();
    assert.equal(again.outdated, false);
    assert.equal(await get(again), "kept");
    assert.deepEqual(lines, []);
  });
});

Deno.test("a key is read in the same step, whether there is something or not", async () => {
  await inDirectory(async ({ open }) => {
    using database = await open();
    await set(database, "kept");
    using found = await open({ prefetch: Promise.resolve(["a"]) });
    assert.equal(found.prefetched?.value, "kept");
    using nothing = await open({ prefetch: Promise.resolve(["b"]) });
    assert.deepEqual([nothing.prefetched?.key, nothing.prefetched?.versionstamp], [["b"], null]);
  });
});

Deno.test("an older layout is told, a newer one or an unknown one is not touched", async () => {
  for (const [version, shown] of [[3, "3"], ["x", "x"], [undefined, "unknown"]] as const) {
    await inDirectory(async ({ open, path, lines }) => {
      {
        using database = await open();
        await set(database, "theirs");
        await database.run(schema(1));
      }
      {
        using older = await open();
        assert.deepEqual([older.outdated, await get(older)], [true, "theirs"]);
        await older.run((kv) =>
          kv.set(["schema"], version === undefined ? new Uint8Array([1]) : encodeRecord(version))
        );
      }
      const newer = `was written by a newer version of this program (layout ${shown})`;
      {
        using memory = await open({ prefetch: Promise.resolve(["a"]) });
        assert.deepEqual(
          [memory.directory, memory.generation, memory.outdated, memory.prefetched?.value],
          [undefined, 1, true, null],
        );
        assert.equal(await get(memory), null);
        await set(memory, "ours");
        await memory.scrub();
        assert.deepEqual(lines, [`[warn] the credential store ${path} ${newer}: ${inMemory}`]);
      }
      await assert.rejects(open({ requireFile: true }), {
        category: "System error",
        what:
          `the credential store ${path} ${newer}: a sign-in would be lost with the end of this ` +
          "process",
        fix: "install that version, or name another directory with --cache-dir",
        reason: "store_unusable",
      });
    });
  }
});

Deno.test("a database that cannot be written is left for memory, with what can still be read of it", async () => {
  await inDirectory(async ({ open, path, lines }) => {
    using database = await open();
    await set(database, "kept");
    await database.run((kv) => kv.set([2, "lease", "name"], "gone"));
    let runs = 0;
    const value = await database.run(async (kv) => {
      if (++runs === 1) throw new Error("attempt to write a readonly database");
      return (await kv.get(["a"])).value;
    });
    assert.deepEqual([value, runs], ["kept", 2]);
    assert.deepEqual([database.directory, database.generation], [undefined, 1]);
    assert.equal(
      await database.run(async (kv) => (await kv.get([2, "lease", "name"])).value),
      null,
    );
    assert.deepEqual(lines, [
      `[warn] the credential store ${path} is unusable (attempt to write a readonly database): ` +
      inMemory,
    ]);
    // In memory there is nothing that could take its place once more.
    await assert.rejects(
      database.run(() => Promise.reject(new Error("attempt to write a readonly database"))),
      /readonly/,
    );
    assert.equal(lines.length, 1);
  });
});

Deno.test("where there must be a file, one that cannot be written is an error", async () => {
  await inDirectory(async ({ open, path }) => {
    using database = await open({ requireFile: true });
    await assert.rejects(database.abandon(new Error("disk I/O error")), {
      what: `the credential store ${path} is unusable (disk I/O error): a sign-in would be lost ` +
        "with the end of this process",
      fix: "make the directory writable and see that there is room on its disk, or name another " +
        "directory with --cache-dir",
      reason: "store_unusable",
    });
  });
});

Deno.test("what is no fault of the database is thrown, and nothing is replaced", async () => {
  await inDirectory(async ({ open, lines }) => {
    using database = await open();
    await set(database, "kept");
    const error = new Error("something else");
    await assert.rejects(database.abandon(error), error);
    await assert.rejects(database.run(() => Promise.reject(error)), error);
    assert.deepEqual([database.generation, lines, await get(database)], [0, [], "kept"]);
  });
});

Deno.test("a fault that several meet at once is dealt with once", async () => {
  await inDirectory(async ({ open, lines }) => {
    using database = await open();
    const seen = new Map<Deno.Kv, number>();
    const fail = async (kv: Deno.Kv) => {
      const isFirst = seen.size === 0 || seen.has(kv) && seen.size === 1;
      seen.set(kv, (seen.get(kv) ?? 0) + 1);
      await Promise.resolve();
      if (isFirst) throw new Error("disk I/O error");
      return "done";
    };
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => database.run(fail))), [
      "done",
      "done",
      "done",
    ]);
    assert.deepEqual([[...seen.values()], database.generation, lines.length], [[3, 3], 1, 1]);
  });
});

Deno.test("a damaged database is set aside and replaced, which is told", async () => {
  await inDirectory(async ({ open, path, lines }) => {
    (await open())[Symbol.dispose]();
    for (const suffix of ["-wal", "-shm"]) await Deno.remove(path + suffix).catch(() => {});
    await Deno.writeTextFile(path, "x".repeat(20_000));
    using database = await open();
    assert.deepEqual([`${database.directory}/cache.db`, database.generation], [path, 1]);
    await set(database, "anew");
    assert.equal(await get(database), "anew");
    assert.equal(lines.length, 1);
    assert.match(
      lines[0],
      /^\[warn\] \S+cache\.db was damaged \(.*\) and moved to \S+cache\.db\.corrupt-\S+Z\. Fix: sign in again\.$/,
    );
  });
});

Deno.test("what cannot be overwritten is warned about", async () => {
  await inDirectory(async ({ open, path, lines }) => {
    using database = await open();
    await database.scrub();
    assert.deepEqual(lines, []);
    await Deno.remove(path);
    await Deno.mkdir(path);
    await database.scrub();
    assert.match(
      lines[0],
      /^\[warn\] what was removed could not be overwritten in \S+cache\.db \(.*\)$/,
    );
  });
});
