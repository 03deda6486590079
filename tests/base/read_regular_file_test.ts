import assert from "node:assert/strict";
import { join } from "node:path";
import { readRegularFile } from "../../src/base/read_regular_file.ts";

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("a file is read up to its limit, whatever link leads to it", async () => {
  await inDirectory(async (directory) => {
    const path = join(directory, "file");
    for (const content of ["", "1234567", "12345678"]) {
      await Deno.writeTextFile(path, content);
      assert.equal(text(await readRegularFile(path, { maxBytes: 8 })), content);
    }
    await Deno.writeTextFile(path, "123456789");
    await assert.rejects(readRegularFile(path, { maxBytes: 8 }), {
      message: `${path} is longer than 8 bytes`,
    });
    const link = join(directory, "link");
    await Deno.symlink(path, link);
    assert.equal(text(await readRegularFile(link, { maxBytes: 9 })), "123456789");
  });
});

Deno.test("a file that comes in pieces is put together", async () => {
  const { open } = Deno;
  await inDirectory(async (directory) => {
    const path = join(directory, "file");
    await Deno.writeTextFile(path, "abcdefg");
    Deno.open = async (...args) => {
      const file = await open(...args);
      const { read } = file;
      file.read = (buffer) => read.call(file, buffer.subarray(0, 3));
      return file;
    };
    try {
      assert.equal(text(await readRegularFile(path, { maxBytes: 100 })), "abcdefg");
    } finally {
      Deno.open = open;
    }
  });
});

Deno.test({
  name: "what is no file is named, and nobody waits for it",
  ignore: Deno.build.os === "windows",
  async fn() {
    await inDirectory(async (directory) => {
      const pipe = join(directory, "pipe");
      assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
      const kinds = [[directory, "directory"], [pipe, "pipe"], ["/dev/null", "device"]];
      for (const [path, kind] of kinds) {
        await assert.rejects(readRegularFile(path, { maxBytes: 8 }), {
          message: `${path} is a ${kind}, not a file`,
        });
      }
    });
  },
});

Deno.test("a file that is gone for a moment is looked for once more, and not a third time", async () => {
  const { stat } = Deno;
  await inDirectory(async (directory) => {
    const path = join(directory, "file");
    let looks = 0;
    Deno.stat = async (...args) => {
      if (++looks === 2) await Deno.writeTextFile(path, "there");
      return await stat(...args);
    };
    try {
      assert.equal(text(await readRegularFile(path, { maxBytes: 8 })), "there");
      assert.equal(looks, 2);
      looks = 2;
      await Deno.remove(path);
      await assert.rejects(readRegularFile(path, { maxBytes: 8 }), Deno.errors.NotFound);
      assert.equal(looks, 4);
      // Any other error is as good as the next one.
      looks = 2;
      await assert.rejects(readRegularFile(directory, { maxBytes: 8 }), /is a directory/);
      assert.equal(looks, 3);
    } finally {
      Deno.stat = stat;
    }
  });
});

Deno.test({
  name: "what is opened is what is looked at",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { stat } = Deno;
    await inDirectory(async (directory) => {
      const path = join(directory, "file");
      await Deno.writeTextFile(path, "");
      Deno.stat = async (...args) => {
        const info = await stat(...args);
        await Deno.remove(path);
        await Deno.symlink("/dev/null", path);
        return info;
      };
      try {
        await assert.rejects(readRegularFile(path, { maxBytes: 8 }), /is a device, not a file/);
      } finally {
        Deno.stat = stat;
      }
    });
  },
});
