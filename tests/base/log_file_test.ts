import assert from "node:assert/strict";
import { join } from "node:path";
import { ProxyError } from "../../src/base/errors.ts";
import { openLogFile } from "../../src/base/log_file.ts";
import { rememberSecret } from "../../src/base/redactor.ts";

async function inDirectory(test: (path: string) => Promise<void> | void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(join(directory, "state", "log"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const names = (path: string) =>
  Array.from(Deno.readDirSync(join(path, "..")), ({ name }) => name).sort();

Deno.test("a log file and its directory are their owner's alone, whatever was there before", async () => {
  await inDirectory(async (path) => {
    openLogFile(path)("first\n");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.equal((await Deno.stat(join(path, ".."))).mode! & 0o777, 0o700);
    await Deno.chmod(path, 0o644);
    openLogFile(path)("second\n");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.equal(await Deno.readTextFile(path), "first\nsecond\n");
  });
});

Deno.test("a log file that is full is put aside, and the oldest goes", async () => {
  await inDirectory(async (path) => {
    const append = openLogFile(path, { maxBytes: 10, kept: 2 });
    await Deno.writeTextFile(`${path}.0`, "of somebody else\n");
    const lines = ["one 12345\n", "two\n", "three 123\n", "four 1\n", "five 12\n", "six\n", "7\n"];
    for (const line of lines) append(line);
    assert.deepEqual(names(path), ["log", "log.0", "log.1", "log.2"]);
    const read = (suffix: string) => Deno.readTextFile(path + suffix);
    assert.deepEqual([await read(""), await read(".1"), await read(".2")], [
      "7\n",
      "five 12\nsix\n",
      "three 123\nfour 1\n",
    ]);
    for (const suffix of ["", ".1", ".2"]) {
      assert.equal((await Deno.stat(path + suffix)).mode! & 0o777, 0o600);
    }
  });
});

Deno.test("processes that write to one file lose no line, whoever puts it aside", async () => {
  await inDirectory(async (path) => {
    const module = new URL("../../src/base/log_file.ts", import.meta.url);
    const code = `
      const { openLogFile } = await import(${JSON.stringify(module.href)});
      const append = openLogFile(${JSON.stringify(path)}, { maxBytes: 8000, kept: 50 });
      for (let i = 0; i < 500; i++) append(Deno.args[0] + " " + i + " " + "x".repeat(60) + "\\n");`;
    const writers = ["a", "b", "c", "d"];
    await Promise.all(writers.map(async (writer) => {
      const { code: exit, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["eval", "--quiet", code, writer],
      }).output();
      assert.equal(exit, 0, new TextDecoder().decode(stderr));
    }));
    const texts = await Promise.all(
      names(path).map((name) => Deno.readTextFile(join(path, "..", name))),
    );
    const lines = texts.join("").trimEnd().split("\n");
    const wanted = writers.flatMap((writer) =>
      Array.from({ length: 500 }, (_, i) => `${writer} ${i} ${"x".repeat(60)}`)
    );
    assert.deepEqual(lines.sort(), wanted.sort());
    assert.ok(texts.length > 10, `${texts.length} files`);
  });
});

Deno.test("no secret gets into a log file", async () => {
  await inDirectory(async (path) => {
    const secret = "log-file-secret-4711";
    rememberSecret(secret);
    openLogFile(path)(`it said ${secret} and "Bearer ${secret}"\n`);
    const text = await Deno.readTextFile(path);
    assert.ok(!text.includes(secret), text);
  });
});

Deno.test("what cannot be a log file is told at once", async () => {
  await inDirectory(async (path) => {
    await Deno.mkdir(path, { recursive: true });
    assert.throws(() => openLogFile(path), (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(error.reason, "log_file_unwritable");
      assert.match(error.message, /the log file \S+log cannot be written: .*it is no file/);
      return true;
    });
    assert.throws(() => openLogFile(join(path, "..", "file", "log", "\0")), ProxyError);
  });
});

Deno.test({
  name: "a link of another user is not followed",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn() {
    await inDirectory(async (path) => {
      await Deno.mkdir(join(path, ".."));
      const target = join(path, "..", "target");
      await Deno.writeTextFile(target, "as it was");
      await Deno.symlink(target, path);
      const { success } = await new Deno.Command("chown", { args: ["-h", "12345", path] }).output();
      assert.ok(success);
      assert.throws(() => openLogFile(path), /belongs to user 12345/);
      assert.equal(await Deno.readTextFile(target), "as it was");
    });
  },
});

Deno.test("a file that cannot be written any more is told once and ends nothing", async () => {
  await inDirectory(async (path) => {
    const told: unknown[] = [];
    const append = openLogFile(path, { onFailure: (error) => told.push(error) });
    await Deno.remove(path);
    await Deno.mkdir(path);
    append("lost\n");
    append("lost, too\n");
    assert.equal(told.length, 1);
  });
});

Deno.test("a log file may be named without a directory", async () => {
  const name = `log-${crypto.randomUUID()}.txt`;
  try {
    openLogFile(name)("line\n");
    assert.equal(await Deno.readTextFile(name), "line\n");
  } finally {
    await Deno.remove(name);
  }
});

Deno.test("a file of 10 MiB is put aside with the next byte, and three older ones are kept", async () => {
  await inDirectory(async (path) => {
    const append = openLogFile(path);
    const mebibytes = 10 << 20;
    for (let round = 1; round <= 5; round++) {
      await Deno.truncate(path, mebibytes - 2);
      append("a\n");
      assert.equal((await Deno.stat(path)).size, mebibytes);
      append(`${round}\n`);
      assert.deepEqual(
        names(path),
        ["log.1", "log.2", "log.3"].slice(0, round),
        `after round ${round}`,
      );
      append("first\n");
    }
    const end = async (suffix: string) => {
      using file = await Deno.open(path + suffix);
      await file.seek(mebibytes, Deno.SeekMode.Start);
      const rest = new Uint8Array(10);
      return new TextDecoder().decode(rest.subarray(0, (await file.read(rest)) ?? 0));
    };
    assert.deepEqual([await end(".1"), await end(".2"), await end(".3")], ["5\n", "4\n", "3\n"]);
  });
});

Deno.test("what cannot be a log file is told with what to do, as is a broken one that is not listened to", async () => {
  await inDirectory(async (path) => {
    await Deno.mkdir(path, { recursive: true });
    assert.throws(() => openLogFile(path), {
      category: "Configuration error",
      what: `the log file ${path} cannot be written: it is no file`,
      fix: "name a file that this user can write with --log-file, or leave the setting out",
      reason: "log_file_unwritable",
    });
    const other = join(path, "..", "other");
    const append = openLogFile(other);
    await Deno.remove(other);
    await Deno.mkdir(other);
    append("lost\n");
  });
});

Deno.test({
  name: "a link of one's own is followed",
  ignore: Deno.build.os === "windows",
  async fn() {
    await inDirectory(async (path) => {
      await Deno.mkdir(join(path, ".."));
      const target = join(path, "..", "target");
      await Deno.writeTextFile(target, "before\n");
      await Deno.symlink(target, path);
      openLogFile(path)("line\n");
      assert.equal(await Deno.readTextFile(target), "before\nline\n");
    });
  },
});

Deno.test("whoever finds the file put aside already puts aside no other", async () => {
  await inDirectory(async (path) => {
    const { lockSync } = Deno.FsFile.prototype;
    const append = openLogFile(path, { maxBytes: 4, kept: 2 });
    try {
      // Another process was quicker, while this one waited for the lock.
      Deno.FsFile.prototype.lockSync = function (exclusive) {
        assert.equal(exclusive, true);
        Deno.FsFile.prototype.lockSync = lockSync;
        Deno.renameSync(path, `${path}.1`);
        Deno.writeTextFileSync(path, "another's line\n");
        lockSync.call(this, exclusive);
      };
      append("too long\n");
    } finally {
      Deno.FsFile.prototype.lockSync = lockSync;
    }
    assert.deepEqual(names(path), ["log", "log.1"]);
    assert.equal(await Deno.readTextFile(path), "another's line\n");
  });
  await inDirectory((path) => {
    const { lockSync } = Deno.FsFile.prototype;
    const failures: unknown[] = [];
    const append = openLogFile(path, { maxBytes: 4, onFailure: (error) => failures.push(error) });
    try {
      Deno.FsFile.prototype.lockSync = function (exclusive) {
        Deno.renameSync(path, `${path}.1`);
        lockSync.call(this, exclusive);
      };
      append("too long\n");
    } finally {
      Deno.FsFile.prototype.lockSync = lockSync;
    }
    assert.deepEqual([names(path), failures], [["log.1"], []]);
  });
});
