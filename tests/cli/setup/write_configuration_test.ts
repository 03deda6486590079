import assert from "node:assert/strict";
import { join } from "node:path";
import { ProxyError } from "../../../src/base/errors.ts";
import {
  readBackups,
  readConfiguration,
  removeConfiguration,
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

Deno.test({
  name: "what a file is, is read: where it lies, its text with its mark, mode and owner",
  ...onUnix,
  async fn() {
    await using directory = await makeDirectory();
    const path = join(directory.path, "mcp.json");
    await Deno.writeTextFile(path, "\ufeff{}");
    await Deno.chmod(path, 0o1640);
    const { uid, gid } = await Deno.stat(path);
    const file = { path, text: "\ufeff{}", mode: 0o1640, owner: { uid, gid } };
    assert.deepEqual(await readConfiguration(path), { ...file, isLink: false });
    const link = join(directory.path, "link.json");
    await Deno.symlink("mcp.json", link);
    assert.deepEqual(await readConfiguration(link), { ...file, isLink: true });
    assert.deepEqual(await readConfiguration(join(directory.path, "none")), {
      path: join(directory.path, "none"),
      ...{ text: undefined, mode: undefined, owner: undefined },
    });
  },
});

Deno.test({
  name: "what is no file is not read",
  ...onUnix,
  async fn() {
    await assert.rejects(readConfiguration("/dev/null"), (error) => {
      assert.ok(error instanceof ProxyError);
      assert.match(error.what, /^\/dev\/null cannot be read: .*not a file/);
      assert.equal(error.category, "System error");
      assert.equal(error.fix, "check its permissions, or name another file with --file");
      assert.equal(error.reason, "configuration_unwritable");
      return true;
    });
  },
});

Deno.test("a file is made with the directories that it needs, for the person only", async () => {
  await using directory = await makeDirectory();
  const path = join(directory.path, "a", "b", "mcp.json");
  assert.equal(await writeConfiguration(await readConfiguration(path), "{}"), undefined);
  assert.equal(await Deno.readTextFile(path), "{}");
  if (Deno.build.os !== "windows") assert.equal((await Deno.stat(path)).mode! & 0o7777, 0o600);
});

Deno.test("a backup is named by when it was made, and lies beside the file", async () => {
  await using directory = await makeDirectory();
  const path = join(directory.path, "mcp.json");
  await Deno.writeTextFile(path, "1");
  const backup = await writeConfiguration(await readConfiguration(path), "2");
  assert.match(
    backup!.slice(path.length),
    /^\.backup-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/,
  );
  assert.deepEqual(directory.names(), ["mcp.json", backup!.slice(directory.path.length + 1)]);
});

Deno.test("what cannot be written leaves nothing behind, and is told", async () => {
  await using directory = await makeDirectory();
  const path = join(directory.path, "mcp.json");
  await Deno.writeTextFile(path, "1");
  const file = await readConfiguration(path);
  // What is to be replaced is a directory by now.
  await Deno.remove(path);
  await Deno.mkdir(join(path, "x"), { recursive: true });
  await assert.rejects(writeConfiguration(file, "2"), (error) => {
    assert.ok(error instanceof ProxyError);
    assert.ok(error.what.startsWith(`${path} cannot be written: `), error.what);
    return true;
  });
  assert.deepEqual(directory.names(), ["mcp.json"]);
  const below = join(directory.path, "mcp.json", "x", "y");
  await Deno.writeTextFile(below, "");
  await assert.rejects(
    writeConfiguration({ ...file, path: join(below, "mcp.json") }, "2"),
    { reason: "configuration_unwritable" },
  );
});

Deno.test({
  name: "a part that cannot be taken away again does not hide why it was to be",
  ...onUnix,
  async fn() {
    await using directory = await makeDirectory();
    const path = join(directory.path, "mcp.json");
    await Deno.writeTextFile(path, "1");
    const file = await readConfiguration(path);
    const { chmod, remove } = Deno;
    Deno.chmod = () => Promise.reject(new Error("no mode"));
    Deno.remove = () => Promise.reject(new Error("no removal"));
    try {
      await assert.rejects(writeConfiguration(file, "2"), /cannot be written: no mode/);
    } finally {
      Object.assign(Deno, { chmod, remove });
    }
  },
});

Deno.test("the backups of a file are read, and no other file", async () => {
  await using directory = await makeDirectory();
  const path = join(directory.path, "mcp.json");
  assert.deepEqual(await readBackups(path), new Set());
  const files: Record<string, string | Uint8Array> = {
    "mcp.json": "now",
    "mcp.json.backup-1": "one",
    "mcp.json.backup-2": "\ufefftwo",
    "mcp.json.backup-3": new Uint8Array([0xe4]),
    "other.json.backup-1": "other",
    "x-mcp.json.backup-": "other",
    ".mcp.json.backup-1": "other",
  };
  for (const [name, text] of Object.entries(files)) {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    await Deno.writeFile(join(directory.path, name), bytes);
  }
  await Deno.mkdir(join(directory.path, "mcp.json.backup-4"));
  assert.deepEqual(await readBackups(path), new Set(["", "one", "\ufefftwo"]));
});

Deno.test("a file is removed, and one that is not there is told", async () => {
  await using directory = await makeDirectory();
  const path = join(directory.path, "mcp.json");
  await Deno.writeTextFile(path, "{}");
  const file = await readConfiguration(path);
  await removeConfiguration(file);
  assert.deepEqual(directory.names(), []);
  await assert.rejects(removeConfiguration(file), (error) => {
    assert.ok(error instanceof ProxyError);
    assert.ok(error.what.startsWith(`${path} cannot be removed: `), error.what);
    return true;
  });
});

Deno.test({
  name: "a group that cannot stay gets no rights, and the owner keeps theirs (needs root)",
  ...asRoot,
  async fn() {
    await using directory = await makeDirectory();
    const path = join(directory.path, "mcp.json");
    await Deno.writeTextFile(path, "{}");
    await Deno.chown(path, Deno.uid()!, 2345);
    await Deno.chmod(path, 0o674);
    const file = await readConfiguration(path);
    const { chown } = Deno;
    Deno.chown = () => Promise.reject(new Deno.errors.PermissionDenied("EPERM"));
    try {
      await writeConfiguration(file, "[]");
    } finally {
      Deno.chown = chown;
    }
    const { uid, gid, mode } = await Deno.stat(path);
    assert.deepEqual([uid, gid, mode! & 0o7777], [Deno.uid(), Deno.gid(), 0o604]);
  },
});

Deno.test({
  name: "nobody is asked for an owner that the file has anyway",
  ...onUnix,
  async fn() {
    await using directory = await makeDirectory();
    const path = join(directory.path, "mcp.json");
    await Deno.writeTextFile(path, "{}");
    const file = await readConfiguration(path);
    const { chown } = Deno;
    Deno.chown = () => Promise.reject(new Error("asked"));
    try {
      await Deno.chmod(path, 0o664);
      await writeConfiguration({ ...file, mode: 0o664 }, "[]");
      assert.equal((await Deno.stat(path)).mode! & 0o7777, 0o664);
      await writeConfiguration({ ...file, owner: undefined }, "[]");
    } finally {
      Deno.chown = chown;
    }
    assert.equal((await Deno.stat(path)).mode! & 0o7777, file.mode);
  },
});

Deno.test({
  name: "an owner stays whose group is ours (needs root)",
  ...asRoot,
  async fn() {
    await using directory = await makeDirectory();
    const path = join(directory.path, "mcp.json");
    await Deno.writeTextFile(path, "{}");
    await Deno.chown(path, 1234, Deno.gid()!);
    await writeConfiguration(await readConfiguration(path), "[]");
    const { uid, gid } = await Deno.stat(path);
    assert.deepEqual([uid, gid], [1234, Deno.gid()]);
  },
});

Deno.test({
  name: "nobody else can read what is written before it has its owner",
  ...onUnix,
  async fn() {
    await using directory = await makeDirectory();
    const path = join(directory.path, "mcp.json");
    await Deno.writeTextFile(path, "{}");
    await Deno.chmod(path, 0o755);
    const file = await readConfiguration(path);
    const { open } = Deno;
    const opened: (Deno.OpenOptions | undefined)[] = [];
    Deno.open = (path, options) => {
      opened.push(options);
      return open(path, options);
    };
    try {
      await writeConfiguration(file, "[]");
      await writeConfiguration({ ...file, mode: undefined }, "[]");
    } finally {
      Deno.open = open;
    }
    const once = { write: true, createNew: true };
    assert.deepEqual(opened, [0o700, 0o700, 0o600, 0o600].map((mode) => ({ ...once, mode })));
  },
});
