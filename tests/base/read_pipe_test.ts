import assert from "node:assert/strict";
import { join } from "node:path";
import { readPipe } from "../../src/base/read_pipe.ts";
import { within } from "../support/within.ts";

const onPipes = { ignore: Deno.build.os === "windows" };

async function withPipe(test: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "pipe");
    assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success, "mkfifo");
    await test(path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const tooLong = (path: string, maxBytes: number) => new Error(`${path}: more than ${maxBytes}`);
const read = (path: string, { timeout = 20_000, maxBytes = 1_000 } = {}) =>
  within(readPipe(path, { timeout, maxBytes, tooLong }), { what: "the end of the pipe" });
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test({
  name: "a pipe is read to its end, up to a limit",
  ...onPipes,
  async fn() {
    await withPipe(async (path) => {
      for (const content of ["", "a", "x".repeat(999), "x".repeat(1_000)]) {
        const [found] = await Promise.all([read(path), Deno.writeTextFile(path, content)]);
        assert.equal(text(found), content);
      }
      const writing = Deno.writeTextFile(path, "x".repeat(1_001)).catch(() => {});
      await assert.rejects(read(path), { message: `${path}: more than 1000` });
      await writing;
    });
  },
});

Deno.test({
  name: "what is written in pieces is put together in order",
  ...onPipes,
  async fn() {
    await withPipe(async (path) => {
      const write = async () => {
        using file = await Deno.open(path, { write: true });
        for (let piece = 0; piece < 5; piece++) {
          await file.write(new TextEncoder().encode(String(piece).repeat(65_536)));
        }
      };
      const [found] = await Promise.all([read(path, { maxBytes: 1 << 20 }), write()]);
      assert.equal(text(found).replace(/(.)\1+/g, "$1"), "01234");
      assert.equal(found.length, 5 * 65_536);
    });
  },
});

Deno.test({
  name: "a pipe into which nobody writes is given up, and its reader with it",
  ...onPipes,
  async fn() {
    await withPipe(async (path) => {
      const late = { message: `nobody wrote all of ${path} within 0.03 s: it is a pipe` };
      await assert.rejects(read(path, { timeout: 30 }), late);
      // The reader is gone: nothing takes what is meant for the next one.
      const [found] = await Promise.all([read(path), Deno.writeTextFile(path, "late")]);
      assert.equal(text(found), "late");
    });
  },
});

Deno.test({
  name: "a pipe that is written to without end is given up, too",
  ...onPipes,
  async fn() {
    await withPipe(async (path) => {
      const opening = Deno.open(path, { write: true });
      const reading = readPipe(path, { timeout: 200, maxBytes: 1_000, tooLong });
      using file = await opening;
      await file.write(new TextEncoder().encode("not all"));
      await assert.rejects(within(reading, { what: "the end of patience" }), /within 0\.2 s/);
    });
  },
});

Deno.test({
  name: "a pipe that is gone is told as the system does, whoever is late",
  ...onPipes,
  async fn() {
    await assert.rejects(read("/nowhere/pipe"), Deno.errors.NotFound);
    await withPipe(async (path) => {
      const reading = readPipe(path, { timeout: 30, maxBytes: 1_000, tooLong });
      // Its reader still has it, and nobody can write to it any more.
      const { open } = Deno;
      Deno.open = () => Promise.reject(new Deno.errors.NotFound("gone"));
      try {
        await assert.rejects(within(reading, { what: "the end of patience" }), /nobody wrote all/);
      } finally {
        Deno.open = open;
        await Deno.writeTextFile(path, "");
      }
    });
  },
  sanitizeResources: false,
});
