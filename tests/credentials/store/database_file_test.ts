import assert from "node:assert/strict";
import { join } from "node:path";
import { openDatabaseFile } from "../../../src/credentials/store/database_file.ts";

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
