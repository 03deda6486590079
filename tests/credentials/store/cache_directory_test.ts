import assert from "node:assert/strict";
import { join } from "node:path";
import { prepareCacheDirectory } from "../../../src/credentials/store/cache_directory.ts";

const ofUnix = { ignore: Deno.build.os === "windows" };

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const modeOf = async (path: string) => (await Deno.lstat(path)).mode! & 0o777;

/** What the system says of a directory, in place of the truth. */
async function seenAs(info: Partial<Deno.FileInfo>, test: () => Promise<void>): Promise<void> {
  const { lstat } = Deno;
  Deno.lstat = async (path) => ({ ...await lstat(path), ...info });
  try {
    await test();
  } finally {
    Deno.lstat = lstat;
  }
}

const refused = (path: string, what: string, fix: string, below = "") => ({
  category: "System error",
  reason: "unsafe_cache_dir",
  what: `the cache directory ${path} ${what}`,
  fix: `${fix}, or choose another one with --cache-dir${below}`,
});

Deno.test(
  "a directory that is not there is made, with those above it, for its owner alone",
  ofUnix,
  async () => {
    await inDirectory(async (directory) => {
      const path = join(directory, "a", "b");
      await prepareCacheDirectory(path);
      assert.equal(await modeOf(path), 0o700);
      await prepareCacheDirectory(path);
      assert.equal(await modeOf(path), 0o700);
    });
  },
);

Deno.test("a link, and what is no directory, are refused", ofUnix, async () => {
  await inDirectory(async (directory) => {
    const [link, file] = [join(directory, "link"), join(directory, "file")];
    await Deno.symlink(directory, link);
    await Deno.writeTextFile(file, "");
    await assert.rejects(
      prepareCacheDirectory(link),
      refused(link, "is a symbolic link", "remove it or name its target"),
    );
    await assert.rejects(
      prepareCacheDirectory(file),
      refused(file, "is not a directory", "remove it"),
    );
    await assert.rejects(prepareCacheDirectory(join(file, "below")), (error) => {
      assert.ok(!(error instanceof Deno.errors.NotFound));
      return true;
    });
  });
});

Deno.test(
  "a directory that others can write to is refused, with the command that mends it",
  ofUnix,
  async () => {
    await inDirectory(async (directory) => {
      const path = join(directory, "it's");
      await Deno.mkdir(path);
      for (const mode of [0o720, 0o702, 0o777]) {
        await Deno.chmod(path, mode);
        const quoted = `'${directory}/it'\\''s'`;
        await assert.rejects(
          prepareCacheDirectory(path),
          refused(path, "is writable by others", `run chmod 700 ${quoted}`),
        );
        assert.equal(await modeOf(path), mode);
      }
    });
  },
);

Deno.test(
  "a directory of somebody else is refused, and one below it advised where others may write",
  ofUnix,
  async () => {
    await inDirectory(async (path) => {
      const uid = Deno.uid()! + 1;
      const what = `belongs to user ${uid}`;
      const fix = `run sudo chown -R "$(id -u)" '${path}'`;
      const rows = [[0o040755, ""], [0o040775, `, such as '${path}/store'`]] as const;
      for (const [mode, below] of rows) {
        await seenAs(
          { uid, mode },
          () => assert.rejects(prepareCacheDirectory(path), refused(path, what, fix, below)),
        );
      }
    });
  },
);

Deno.test("a system without owners has nothing to be refused", ofUnix, async () => {
  await inDirectory(async (path) => {
    await Deno.chmod(path, 0o755);
    await seenAs({ mode: null, uid: 7 }, () => prepareCacheDirectory(path));
    assert.equal(await modeOf(path), 0o755);
  });
});

Deno.test(
  "a directory of our own files is narrowed, and in one of other files only ours are",
  ofUnix,
  async () => {
    const ours = ["account-a", "cache.db", "process-x.lock"];
    for (const mode of [0o740, 0o704, 0o755, 0o701]) {
      await inDirectory(async (path) => {
        for (const name of ours) await Deno.writeTextFile(join(path, name), "", { mode: 0o644 });
        await Deno.chmod(path, mode);
        await prepareCacheDirectory(path);
        assert.equal(await modeOf(path), 0o700);
        assert.equal(await modeOf(join(path, ours[0])), 0o644, "nobody can get there any more");
      });
    }
    await inDirectory(async (path) => {
      const theirs = ["notes.txt", "my-cache.db", "old.account-a"];
      for (const name of [...ours, ...theirs]) {
        await Deno.writeTextFile(join(path, name), "");
        await Deno.chmod(join(path, name), 0o644);
      }
      await Deno.chmod(path, 0o755);
      await prepareCacheDirectory(path);
      assert.equal(await modeOf(path), 0o755);
      for (const name of ours) assert.equal(await modeOf(join(path, name)), 0o600, name);
      for (const name of theirs) assert.equal(await modeOf(join(path, name)), 0o644, name);
    });
  },
);

Deno.test("a directory that is its owner's alone is not looked into", ofUnix, async () => {
  for (const mode of [0o700, 0o500]) {
    await inDirectory(async (path) => {
      const names = ["account-a", "notes.txt"];
      for (const name of names) {
        await Deno.writeTextFile(join(path, name), "");
        await Deno.chmod(join(path, name), 0o644);
      }
      await Deno.chmod(path, mode);
      await prepareCacheDirectory(path);
      assert.equal(await modeOf(path), mode);
      for (const name of names) assert.equal(await modeOf(join(path, name)), 0o644, name);
      await Deno.chmod(path, 0o700);
    });
  }
});
