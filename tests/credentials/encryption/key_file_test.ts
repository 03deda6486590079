import assert from "node:assert/strict";
import { join } from "node:path";
import { readKeyFile, writeKeyFile } from "../../../src/credentials/encryption/key_file.ts";

async function makeDirectory() {
  const path = await Deno.makeTempDir({ prefix: "authful-key-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("a key is read back as it was written, and no shorter or longer one is a key", async () => {
  await using directory = await makeDirectory();
  assert.equal(await readKeyFile(directory.path), undefined);
  const key = crypto.getRandomValues(new Uint8Array(32));
  await writeKeyFile(directory.path, key);
  assert.deepEqual(await readKeyFile(directory.path), key);
  for (const length of [0, 31, 33]) {
    await Deno.writeFile(join(directory.path, "cache.key"), new Uint8Array(length));
    assert.equal(await readKeyFile(directory.path), undefined);
  }
});

Deno.test("a key that is there and cannot be read is not taken for none, or it would be replaced", async () => {
  await using directory = await makeDirectory();
  await Deno.mkdir(join(directory.path, "cache.key"));
  await assert.rejects(readKeyFile(directory.path), { reason: "key_unreadable" });
});
