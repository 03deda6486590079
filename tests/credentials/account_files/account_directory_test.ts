import assert from "node:assert/strict";
import { join } from "node:path";
import {
  accountFilePath,
  makeRoom,
  readAccountFile,
  removeAccountFiles,
  writeAccountFile,
} from "../../../src/credentials/account_files/account_directory.ts";

const ofUnix = { ignore: Deno.build.os === "windows" };
const now = 1_800_000_000_000;

/** A directory with these files: their sizes in bytes, and how long ago they were written, in milliseconds. */
async function directoryWith(files: Record<string, { bytes?: number; age?: number }> = {}) {
  const path = await Deno.makeTempDir();
  for (const [name, { bytes = 1, age = 0 }] of Object.entries(files)) {
    const file = join(path, name);
    await Deno.writeTextFile(file, "");
    // Takes no room on the disk, however long it is.
    await Deno.truncate(file, bytes);
    await Deno.utime(file, new Date(now - age), new Date(now - age));
  }
  return {
    path,
    names: () => Array.from(Deno.readDirSync(path), ({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("what was left half written goes after a minute, and what is whole or another's stays", async () => {
  await using directory = await directoryWith({
    "account-a-whole": { age: 3_600_000 },
    "account-a-late.1": { age: 60_001 },
    "account-a-young.1": { age: 60_000 },
    "cache.db": { age: 3_600_000 },
    "other.1": { age: 3_600_000 },
  });
  await Deno.mkdir(join(directory.path, "account-directory.1"));
  await makeRoom(directory.path, { bytes: 0, now: now });
  assert.deepEqual(directory.names(), [
    "account-a-whole",
    "account-a-young.1",
    "account-directory.1",
    "cache.db",
    "other.1",
  ]);
});

Deno.test("the files written longest ago make room for what comes, in bytes", async () => {
  const mebibyte = 1 << 20;
  for (
    const [bytes, left] of [
      [24 * mebibyte, ["account-new", "account-old", "account-older"]],
      [24 * mebibyte + 1, ["account-new", "account-old"]],
      [44 * mebibyte + 1, ["account-new"]],
      [64 * mebibyte, []],
    ] as const
  ) {
    await using directory = await directoryWith({
      "account-older": { bytes: 10 * mebibyte, age: 3_000 },
      "account-new": { bytes: 10 * mebibyte, age: 1_000 },
      "account-old": { bytes: 20 * mebibyte, age: 2_000 },
    });
    await makeRoom(directory.path, { bytes, now });
    assert.deepEqual(directory.names(), left, `${bytes} bytes`);
  }
});

Deno.test("there are 1,000 files at most, that which comes among them", async () => {
  const files: Record<string, { age: number }> = {};
  for (let i = 0; i < 1_001; i++) files[`account-${String(i).padStart(4, "0")}`] = { age: i };
  await using directory = await directoryWith(files);
  await makeRoom(directory.path, { bytes: 0, now });
  assert.equal(directory.names().length, 999);
  assert.equal(directory.names().at(-1), "account-0998");
});

Deno.test("only a short file that nobody else can write is read", ofUnix, async () => {
  await using directory = await directoryWith();
  const path = join(directory.path, "account-a");
  const read = (maxBytes: number) => readAccountFile(path, { maxBytes });
  assert.equal(await read(10), undefined, "there is none");
  await writeAccountFile(path, Uint8Array.of(1, 2, 3));
  assert.deepEqual(directory.names(), ["account-a"]);
  assert.equal((await Deno.lstat(path)).mode! & 0o777, 0o600);
  assert.deepEqual(await read(3), Uint8Array.of(1, 2, 3));
  assert.equal(await read(2), undefined, "it is longer");
  for (const [mode, isRead] of [[0o644, true], [0o620, false], [0o602, false]] as const) {
    await Deno.chmod(path, mode);
    assert.equal(await read(3) !== undefined, isRead, mode.toString(8));
  }
  await Deno.chmod(path, 0o600);
  const link = join(directory.path, "account-link");
  await Deno.symlink(path, link);
  assert.equal(await readAccountFile(link, { maxBytes: 3 }), undefined, "a link is not followed");
  // What has the name is replaced, and what the link leads to stays as it is.
  await writeAccountFile(link, Uint8Array.of(4));
  assert.deepEqual(await readAccountFile(link, { maxBytes: 3 }), Uint8Array.of(4));
  assert.deepEqual(await read(3), Uint8Array.of(1, 2, 3));
});

Deno.test("a file that cannot be written leaves nothing behind", async () => {
  await using directory = await directoryWith();
  const path = join(directory.path, "account-a");
  await Deno.mkdir(join(path, "inside"), { recursive: true });
  await assert.rejects(writeAccountFile(path, Uint8Array.of(1)));
  assert.deepEqual(directory.names(), ["account-a"]);
});

Deno.test("files of accounts are removed by identity, but for those of one key", async () => {
  const digests = ["1".repeat(64), "2".repeat(64)];
  const [one, two] = digests.map((digest) => digest.slice(0, 32));
  assert.equal(
    accountFilePath("/d", { digest: digests[0], id: "k1", name: "n" }),
    `/d/account-${one}-k1-n`,
  );
  const all = [
    `account-${one}-k1-x`,
    `account-${one}-k10-x`,
    `account-${one}-k2-x`,
    `account-${two}-k1-x`,
    "cache.db",
  ];
  const cases: [Parameters<typeof removeAccountFiles>[1], string[]][] = [
    [undefined, ["cache.db"]],
    [{ digests: [digests[0]] }, [all[3], all[4]]],
    [{ digests: [digests[0]], exceptId: "k1" }, [all[0], all[3], all[4]]],
    [{ digests }, ["cache.db"]],
    [{ digests: [] }, all],
  ];
  for (const [removed, left] of cases) {
    await using directory = await directoryWith(Object.fromEntries(all.map((name) => [name, {}])));
    await removeAccountFiles(directory.path, removed);
    assert.deepEqual(directory.names(), [...left].sort(), JSON.stringify(removed));
  }
});
