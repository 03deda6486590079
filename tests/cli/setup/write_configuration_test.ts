import assert from "node:assert/strict";
import { join } from "node:path";
import {
  readConfiguration,
  writeConfiguration,
} from "../../../src/cli/setup/write_configuration.ts";

const onUnix = { ignore: Deno.build.os === "windows" };
const asRoot = { ignore: Deno.build.os !== "linux" || Deno.uid() !== 0 };

async function makeDirectory() {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "authful-client-" }));
  return {
    path,
    names: () => Array.from(Deno.readDirSync(path), ({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("a file is replaced, and what was there is next to it", async () => {
  await using directory = await makeDirectory();
  const path = join(directory.path, "mcp.json");
  assert.equal(await writeConfiguration(await readConfiguration(path), "{}\n"), undefined);
  const file = await readConfiguration(path);
  assert.equal(file.text, "{}\n");
  const backup = await writeConfiguration(file, '\ufeff{"ä": 1}\r\n');
  assert.equal(await Deno.readTextFile(path), '\ufeff{"ä": 1}\r\n');
  assert.equal(await Deno.readTextFile(backup!), "{}\n");
  assert.equal(directory.names().length, 2, "nothing else is left");
});

Deno.test({
  name: "a link stays a link, also one that leads to nothing yet",
  ...onUnix,
  async fn() {
    await using directory = await makeDirectory();
    const target = join(directory.path, "dotfiles", "mcp.json");
    const link = join(directory.path, "mcp.json");
    await Deno.symlink("dotfiles/mcp.json", link);
    for (const text of ["{}", "[]"]) {
      await writeConfiguration(await readConfiguration(link), text);
      assert.equal(await Deno.readLink(link), "dotfiles/mcp.json");
      assert.equal(await Deno.readTextFile(target), text);
    }
  },
});

Deno.test({
  name: "a link that leads round in circles is told",
  ...onUnix,
  async fn() {
    await using directory = await makeDirectory();
    const link = join(directory.path, "a");
    await Deno.symlink("b", link);
    await Deno.symlink("a", join(directory.path, "b"));
    await assert.rejects(readConfiguration(link), /a cannot be read: /);
  },
});

Deno.test({
  name: "mode and owner stay, whoever runs it (needs root)",
  ...asRoot,
  async fn() {
    await using directory = await makeDirectory();
    const path = join(directory.path, "mcp.json");
    await Deno.writeTextFile(path, "{}");
    await Deno.chown(path, 1234, 2345);
    await Deno.chmod(path, 0o664);
    const backup = await writeConfiguration(await readConfiguration(path), "[]");
    for (const each of [path, backup!]) {
      const { uid, gid, mode } = await Deno.stat(each);
      assert.deepEqual([uid, gid, mode! & 0o7777], [1234, 2345, 0o664], each);
    }
  },
});

Deno.test({
  name: "where the owner cannot stay, nothing is written (needs root)",
  ...asRoot,
  async fn() {
    await using directory = await makeDirectory();
    const path = join(directory.path, "mcp.json");
    await Deno.writeTextFile(path, "{}");
    await Deno.chown(path, 1234, 2345);
    const file = await readConfiguration(path);
    const { chown } = Deno;
    Deno.chown = () => Promise.reject(new Deno.errors.PermissionDenied("EPERM"));
    try {
      await assert.rejects(
        writeConfiguration(file, "[]"),
        {
          reason: "configuration_unwritable",
          message: /cannot be written: it belongs to user 1234, which would not stay so/,
        },
      );
    } finally {
      Deno.chown = chown;
    }
    assert.equal(await Deno.readTextFile(path), "{}");
    assert.deepEqual(directory.names(), ["mcp.json"]);
  },
});

Deno.test("a file that is not UTF-8 is refused: its bytes would not survive", async () => {
  await using directory = await makeDirectory();
  const path = join(directory.path, "mcp.json");
  // A comment in Latin-1, as old editors write it.
  await Deno.writeFile(path, new Uint8Array([0x2f, 0x2f, 0xe4, 0x0a, 0x7b, 0x7d]));
  await assert.rejects(readConfiguration(path), /it is not in UTF-8/);
});
