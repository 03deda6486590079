import assert from "node:assert/strict";
import { join } from "node:path";
import { databaseFault } from "../../../src/credentials/store/database_fault.ts";

// Each error is one that the SQLite inside of this Deno really gives: its words are all that tells
// them apart, and another version may choose others. (A table that is gone
// makes Deno's own clearing of old entries panic, so that is not tried.)

/** The error of opening what `prepare` leaves at a path, and of writing to it after `meddle`. */
async function errorOf(
  { prepare = create, meddle }: {
    prepare?(path: string): Promise<void>;
    meddle?(path: string): Promise<AsyncDisposable> | void;
  },
): Promise<unknown> {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "kv");
    await prepare(path);
    using kv = await Deno.openKv(path);
    await using _other = await meddle?.(path) ?? { async [Symbol.asyncDispose]() {} };
    await kv.set(["a"], 1);
  } catch (error) {
    return error;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  assert.fail("the database could be written");
}

async function create(path: string): Promise<void> {
  using kv = await Deno.openKv(path);
  for (let index = 0; index < 200; index++) await kv.set(["a", index], "x".repeat(1000));
}

/** Holds the right to write in a process of its own: locks of one process are no locks to itself. */
async function writeElsewhere(path: string): Promise<AsyncDisposable> {
  const script = `
    import { DatabaseSync } from "node:sqlite";
    const database = new DatabaseSync(${JSON.stringify(path)});
    database.exec("BEGIN IMMEDIATE");
    console.log("writing");
    await Deno.stdin.read(new Uint8Array(1));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.getReader();
  await output.read();
  return {
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await output.cancel();
      await child.status;
    },
  };
}

Deno.test("SQLite's words for a database that somebody else writes to", async () => {
  const error = await errorOf({ meddle: writeElsewhere });
  assert.equal(databaseFault(error), "locked", String(error));
});

Deno.test("SQLite's words for a file that is no database", async () => {
  const error = await errorOf({
    prepare: (path) => Deno.writeTextFile(path, "no database\n".repeat(1000)),
  });
  assert.equal(databaseFault(error), "corrupt", String(error));
});

Deno.test("SQLite's words for a database whose pages are damaged", async () => {
  const error = await errorOf({
    prepare: async (path) => {
      await create(path);
      await Deno.writeFile(path, (await Deno.readFile(path)).fill(0xa5, 4096));
    },
  });
  assert.equal(databaseFault(error), "corrupt", String(error));
});

Deno.test("SQLite's words for a path that it cannot open", async () => {
  const error = await errorOf({ prepare: (path) => Deno.mkdir(path) });
  assert.equal(databaseFault(error), "unwritable", String(error));
});

Deno.test("an error of anything else is no fault of the database", () => {
  assert.equal(databaseFault(new Error("key must not be empty")), undefined);
  assert.equal(databaseFault("database is locked"), undefined);
});
