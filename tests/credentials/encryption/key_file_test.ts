import assert from "node:assert/strict";
import { join } from "node:path";
import {
  readKeyFile,
  removeKeyFile,
  writeKeyFile,
} from "../../../src/credentials/encryption/key_file.ts";

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
  const path = `${directory.path}/cache.key`;
  await Deno.mkdir(path);
  await assert.rejects(readKeyFile(directory.path), {
    category: "System error",
    what: /^cannot read the key of the stored credentials: .*(directory|denied)/,
    fix: `make ${path} readable for you, or remove it and sign in again`,
    reason: "key_unreadable",
  });
});

Deno.test({
  name: "a pipe in the place of a key is not waited for",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using directory = await makeDirectory();
    const args = [join(directory.path, "cache.key")];
    assert.ok((await new Deno.Command("mkfifo", { args }).output()).success);
    await assert.rejects(readKeyFile(directory.path), /is a pipe, not a file/);
  },
});

Deno.test("a key is its owner's alone, takes the place of another one, and leaves nothing beside it", async () => {
  await using directory = await makeDirectory();
  const path = join(directory.path, "cache.key");
  const names = () => Array.from(Deno.readDirSync(directory.path), ({ name }) => name);
  for (const value of [1, 2]) {
    await writeKeyFile(directory.path, new Uint8Array(32).fill(value));
    assert.deepEqual(await readKeyFile(directory.path), new Uint8Array(32).fill(value));
    assert.deepEqual(names(), ["cache.key"]);
    if (Deno.build.os !== "windows") assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  }
  const missing = join(directory.path, "missing");
  await assert.rejects(writeKeyFile(missing, new Uint8Array(32)), Deno.errors.NotFound);
});

Deno.test("a key that could not be written whole leaves nothing", async () => {
  await using directory = await makeDirectory();
  const { write } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.write = () => Promise.reject(new Error("no space left"));
  try {
    await assert.rejects(writeKeyFile(directory.path, new Uint8Array(32)), /no space left/);
  } finally {
    Deno.FsFile.prototype.write = write;
  }
  assert.deepEqual([...Deno.readDirSync(directory.path)], []);
});

Deno.test("a key is removed, and one that is not there is no error", async () => {
  await using directory = await makeDirectory();
  await writeKeyFile(directory.path, new Uint8Array(32));
  await removeKeyFile(directory.path);
  assert.equal(await readKeyFile(directory.path), undefined);
  await removeKeyFile(directory.path);
  await Deno.mkdir(join(directory.path, "cache.key", "inside"), { recursive: true });
  await assert.rejects(removeKeyFile(directory.path));
});
