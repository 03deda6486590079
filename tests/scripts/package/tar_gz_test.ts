import { deepEqual, equal, notDeepEqual } from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../../scripts/build/run.ts";
import type { PackedFile } from "../../../scripts/package/packed_file.ts";
import { tarGz } from "../../../scripts/package/tar_gz.ts";

const date = new Date("2026-11-23T09:00:00Z");
const files: PackedFile[] = [
  { name: "program", content: new Uint8Array([0, 255, 10]), executable: true },
  { name: "completions/é.fish", content: "grüße\n" },
];

Deno.test("tar.gz: what is packed comes out again, byte for byte", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "archive.tar.gz");
    await Deno.writeFile(path, await tarGz(files, { date }));
    await run(["tar", "-xzf", path], { cwd: directory });
    deepEqual(await Deno.readFile(join(directory, "program")), new Uint8Array([0, 255, 10]));
    equal(await Deno.readTextFile(join(directory, "completions", "é.fish")), "grüße\n");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("tar.gz: the same files and date give the same bytes, another date does not", async () => {
  const first = await tarGz(files, { date });
  deepEqual(await tarGz(files, { date }), first);
  notDeepEqual(await tarGz(files, { date: new Date("2020-01-01T00:00:00Z") }), first);
});

Deno.test("tar.gz: only the program can be started, and everything belongs to root", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "archive.tar.gz");
    await Deno.writeFile(path, await tarGz(files, { date }));
    const listing = (await run(["tar", "--numeric-owner", "-tvzf", path])).trim().split("\n");
    deepEqual(listing.map((line) => line.split(/\s+/).slice(0, 2)), [
      ["-rwxr-xr-x", "0/0"],
      ["-rw-r--r--", "0/0"],
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
