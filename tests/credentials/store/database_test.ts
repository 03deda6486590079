import assert from "node:assert/strict";
import { openDatabase } from "../../../src/credentials/store/database.ts";
import { silentLog } from "../../../src/cli/doctor/silent_log.ts";

Deno.test("a database is closed once, and opened for nobody any more", async () => {
  const cacheDir = await Deno.makeTempDir();
  try {
    const database = await openDatabase(cacheDir, { log: silentLog });
    let known: Deno.Kv | undefined;
    await database.run((kv) => Promise.resolve(known = kv));
    await known!.set(["a"], 1);
    database[Symbol.dispose]();
    database[Symbol.dispose]();
    await assert.rejects(known!.get(["a"]));
    await assert.rejects(database.run((kv) => kv.get(["a"])));
  } finally {
    await Deno.remove(cacheDir, { recursive: true });
  }
});
