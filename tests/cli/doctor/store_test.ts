import assert from "node:assert/strict";
import { join } from "node:path";
import { checkStore } from "../../../src/cli/doctor/checks/store.ts";
import { asking, Room } from "../../credentials/room.ts";
import { examinationOf, inShort } from "./examination_of.ts";

const ofUnix = { ignore: Deno.build.os === "windows" };
const notInKeychain = ["ok", "encryption at rest: file; the keychain is not used"];

/** What doctor says of a cache directory. */
async function findings(cacheDir: string) {
  const found = await checkStore(
    await examinationOf({
      MCP_BACKEND_URL: "https://backend.test/mcp",
      MCP_PROXY_CACHE_DIR: cacheDir,
      MCP_PROXY_CREDENTIAL_ENCRYPTION: "file",
    }),
  );
  for (const { check } of found) assert.equal(check, "store");
  return inShort(found);
}

const namesIn = (path: string) => Array.from(Deno.readDirSync(path), ({ name }) => name).sort();

Deno.test("doctor: a store that is not there yet is looked for a place, which stays as it was", async () => {
  const home = await Deno.makeTempDir();
  try {
    const cacheDir = join(home, "a", "b");
    assert.deepEqual(await findings(cacheDir), [
      ["ok", `${cacheDir} is made at the first sign-in`],
      notInKeychain,
    ]);
    assert.deepEqual(namesIn(home), []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("doctor: credentials that nobody can decrypt any more are counted", ofUnix, async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.source({ profile: "other" }).current(asking());
  await room.closeAll();
  const before = namesIn(room.cacheDir);
  const found = (text: string) => ["ok", `${room.cacheDir} is yours alone; ${text} stored`];
  assert.deepEqual(await findings(room.cacheDir), [found("2"), notInKeychain]);
  assert.deepEqual(namesIn(room.cacheDir), before, "nothing is left behind");
  await Deno.remove(join(room.cacheDir, "cache.key"));
  assert.deepEqual(await findings(room.cacheDir), [
    found("2"),
    [
      "warning",
      "2 of them cannot be decrypted: their key is lost or another one",
      "sign in again, or forget them with authful-mcp-proxy logout --all",
    ],
    notInKeychain,
  ]);
});

Deno.test("doctor: a place that cannot be used is told with what helps", ofUnix, async () => {
  const home = await Deno.makeTempDir();
  try {
    const file = join(home, "file");
    await Deno.writeTextFile(file, "");
    assert.deepEqual(await findings(file), [
      [
        "failure",
        `the cache directory ${file} is not a directory`,
        "remove it, or choose another one with --cache-dir",
      ],
      notInKeychain,
    ]);
    const [[verdict, told, fix]] = await findings(join(file, "below"));
    assert.equal(verdict, "failure");
    assert.match(told!, /^credentials cannot be kept: /);
    assert.equal(
      fix,
      "make the directory writable, or choose another one with --cache-dir (MCP_PROXY_CACHE_DIR)",
    );
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
