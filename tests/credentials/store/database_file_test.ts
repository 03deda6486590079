import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  openDatabaseFile,
  scrubDatabaseFile,
} from "../../../src/credentials/store/database_file.ts";

const ofUnix = { ignore: Deno.build.os === "windows" };

Deno.test("whoever else could read the database can no more", ofUnix, async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "cache.db");
    const mode = () => Deno.lstatSync(path).mode! & 0o777;
    (await openDatabaseFile(path)).close();
    assert.equal(mode(), 0o600);
    for (const wide of [0o601, 0o602, 0o604, 0o610, 0o620, 0o640, 0o666]) {
      await Deno.chmod(path, wide);
      (await openDatabaseFile(path)).close();
      assert.equal(mode(), 0o600, wide.toString(8));
    }
    // What its owner alone may do is the owner's matter.
    await Deno.chmod(path, 0o700);
    (await openDatabaseFile(path)).close();
    assert.equal(mode(), 0o700);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a database is not made of what is no file", ofUnix, async () => {
  const directory = await Deno.makeTempDir();
  try {
    await assert.rejects(openDatabaseFile(directory), /unable to open what is not a file/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

async function inDirectory(test: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(join(directory, "cache.db"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test(
  "a database behind a link that leads to nothing is its owner's alone",
  ofUnix,
  async () => {
    await inDirectory(async (path) => {
      const target = `${path}.elsewhere`;
      await Deno.symlink(target, path);
      (await openDatabaseFile(path)).close();
      assert.equal((await Deno.lstat(target)).mode! & 0o777, 0o600);
      assert.ok((await Deno.lstat(path)).isSymlink);
    });
  },
);

/** What a file is known by when it has not changed. */
function stampOf(path: string): string {
  const { size, mtime, ino } = Deno.lstatSync(path);
  return `${size} ${mtime!.getTime()} ${ino}`;
}

Deno.test("a database is checked when it has changed since the last check, which is noted", async () => {
  await inDirectory(async (path) => {
    const note = `${path}.checked`;
    const open = async () => (await openDatabaseFile(path)).close();
    await open();
    await assert.rejects(Deno.lstat(note), Deno.errors.NotFound, "a new one is good");
    const before = stampOf(path);
    await open();
    assert.equal(await Deno.readTextFile(note), before);
    if (Deno.build.os !== "windows") assert.equal(Deno.lstatSync(note).mode! & 0o777, 0o600);

    const old = new Date(1_000_000_000_000);
    await Deno.writeTextFile(note, stampOf(path));
    await Deno.utime(note, old, old);
    await open();
    assert.equal(Deno.lstatSync(note).mtime!.getTime(), old.getTime(), "it was not checked again");

    await Deno.writeTextFile(note, "another stamp");
    const changed = stampOf(path);
    await open();
    assert.equal(await Deno.readTextFile(note), changed);
  });
});

Deno.test("a note that cannot be written has the next start check again", async () => {
  await inDirectory(async (path) => {
    (await openDatabaseFile(path)).close();
    await Deno.mkdir(`${path}.checked`);
    (await openDatabaseFile(path)).close();
  });
});

Deno.test("what is no database is found before it is used", async () => {
  await inDirectory(async (path) => {
    await Deno.writeTextFile(path, "x".repeat(5_000), { mode: 0o600 });
    await assert.rejects(openDatabaseFile(path), /not a database/);
    await assert.rejects(Deno.lstat(`${path}.checked`), Deno.errors.NotFound);
  });
});

Deno.test("a database whose pages are damaged is found by its check", async () => {
  await inDirectory(async (path) => {
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE a (text TEXT); CREATE INDEX b ON a (text); BEGIN");
    for (let row = 0; row < 500; row++) database.exec(`INSERT INTO a VALUES ('row number ${row}')`);
    database.exec("COMMIT");
    database.close();
    const bytes = await Deno.readFile(path);
    bytes.fill(0, bytes.length - 4_096);
    await Deno.writeFile(path, bytes);
    await assert.rejects(openDatabaseFile(path), /integrity|malformed/);
  });
});

Deno.test("a file that another process makes meanwhile is as good", async () => {
  await inDirectory(async (path) => {
    const { lstat } = Deno;
    Deno.lstat = async (asked) => {
      Deno.lstat = lstat;
      await Deno.writeTextFile(path, "", { mode: 0o600 });
      throw new Deno.errors.NotFound(String(asked));
    };
    try {
      (await openDatabaseFile(path)).close();
    } finally {
      Deno.lstat = lstat;
    }
  });
});

Deno.test("what was deleted is overwritten, and what is there stays", async () => {
  await inDirectory(async (path) => {
    const database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA secure_delete = OFF");
    database.exec('CREATE TABLE "with ""quotes""" (id INTEGER PRIMARY KEY, text TEXT)');
    database.exec("CREATE TABLE other (text TEXT)");
    const filler = "f".repeat(2_000);
    database.exec("BEGIN");
    for (let id = 0; id < 40; id++) {
      const text = id % 2 === 0 ? `kept-${id} ${filler}` : `deleted-${id} ${filler}`;
      database.exec(`INSERT INTO "with ""quotes""" VALUES (${id}, '${text}')`);
    }
    database.exec("INSERT INTO other VALUES ('deleted-other')");
    database.exec("INSERT INTO other VALUES ('kept-other')");
    database.exec('DELETE FROM "with ""quotes""" WHERE id % 2 = 1');
    database.exec("DELETE FROM other WHERE text = 'deleted-other'; COMMIT");
    database.close();
    const found = async () =>
      (await Promise.all(
        ["", "-wal"].map((suffix) =>
          Deno.readFile(path + suffix).then(
            (bytes) => new TextDecoder("latin1").decode(bytes).match(/deleted-\w+/g) ?? [],
            () => [],
          )
        ),
      )).flat().length;
    assert.ok(await found() > 0, "it could be read before");
    await scrubDatabaseFile(path);
    assert.equal(await found(), 0);
    const again = new DatabaseSync(path);
    const rows = again.prepare('SELECT id, text FROM "with ""quotes""" ORDER BY id').all();
    assert.deepEqual(
      rows.map(({ id, text }) => `${id} ${String(text).split(" ")[0]}`),
      Array.from({ length: 20 }, (_, at) => `${2 * at} kept-${2 * at}`),
    );
    assert.deepEqual(again.prepare("SELECT text FROM other").all().map(({ text }) => text), [
      "kept-other",
    ]);
    const tables = again.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    assert.deepEqual(tables.map(({ name }) => name), ['with "quotes"', "other"]);
    again.close();
  });
});
