import assert from "node:assert/strict";
import { join } from "node:path";
import { finishSignIn } from "../../src/app/finish_sign_in.ts";

const digest = "0123456789abcdef".repeat(4);

Deno.test("a process that is not told what to finish touches nothing", async () => {
  const directory = await Deno.makeTempDir();
  const cacheDir = join(directory, "cache");
  try {
    const wrong = [
      [],
      ["", "file", digest],
      [cacheDir, "", digest],
      [cacheDir, "other", digest],
      [cacheDir, "file"],
      [cacheDir, "file", digest.slice(1)],
      [cacheDir, "file", `${digest}0`],
      [cacheDir, "file", digest.toUpperCase()],
    ];
    for (const args of wrong) await finishSignIn(args);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
