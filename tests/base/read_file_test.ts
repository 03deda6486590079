import assert from "node:assert/strict";
import { join } from "node:path";
import { readFile, readTextFile } from "../../src/base/read_file.ts";

const onPipes = { ignore: Deno.build.os === "windows" };

async function makePipe() {
  const directory = await Deno.makeTempDir({ prefix: "authful-pipe-" });
  const path = join(directory, "pipe");
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert.ok(success, "mkfifo");
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

Deno.test("a file is read as it is, byte order mark included", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "\ufeffä");
    assert.equal(await readTextFile(path), "\ufeffä");
    assert.deepEqual([...await readFile(path)], [0xef, 0xbb, 0xbf, 0xc3, 0xa4]);
    await assert.rejects(readFile(path, { maxBytes: 4 }), /is longer than 4 bytes/);
  } finally {
    await Deno.remove(path);
  }
  await assert.rejects(readFile(path), Deno.errors.NotFound);
});

Deno.test({
  name: "what somebody writes into a pipe is read, and known when it is asked for again",
  ...onPipes,
  async fn() {
    await using pipe = await makePipe();
    const [text] = await Promise.all([
      readTextFile(pipe.path),
      Deno.writeTextFile(pipe.path, "OIDC_CLIENT_ID=abc\n"),
    ]);
    assert.equal(text, "OIDC_CLIENT_ID=abc\n");
    assert.equal(await readTextFile(pipe.path), text);
  },
});

Deno.test({
  name:
    "a pipe into which nobody writes is waited for in vain, not for ever, and no thread stays behind",
  ...onPipes,
  async fn() {
    await using pipe = await makePipe();
    await assert.rejects(
      readTextFile(pipe.path, { timeout: 50 }),
      /nobody wrote all of .*pipe within 0\.05 s: it is a pipe/,
    );
    // The next one is not given what the one before it was late for.
    const [text] = await Promise.all([
      readTextFile(pipe.path),
      Deno.writeTextFile(pipe.path, "late"),
    ]);
    assert.equal(text, "late");
  },
});

Deno.test({
  name: "a device that never ends is left at the limit",
  ...onPipes,
  async fn() {
    await assert.rejects(readFile("/dev/zero", { maxBytes: 1_000_000 }), /is longer than 1000000/);
  },
});

Deno.test({
  name: "a pipe in the place of a file that a program keeps for itself is refused at once",
  ...onPipes,
  async fn() {
    await using pipe = await makePipe();
    await assert.rejects(readFile(pipe.path, { pipes: false }), /pipe is a pipe, not a file/);
  },
});

Deno.test("nothing in the program reads a file in a way that a pipe could hold up", async () => {
  const root = new URL("../../src/", import.meta.url);
  const found: string[] = [];
  const visit = async (directory: URL) => {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      if (isDirectory) await visit(new URL(`${name}/`, directory));
      else if (name !== "read_file.ts") {
        const text = await Deno.readTextFile(new URL(name, directory));
        if (/Deno\.read(?:Text)?File(?:Sync)?\(/.test(text)) found.push(name);
      }
    }
  };
  await visit(root);
  assert.deepEqual(found, []);
});
