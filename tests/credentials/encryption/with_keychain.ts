/** What is done with a keychain that can be reached; run where one is, as a process of its own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { listStoredIdentities } from "../../../src/credentials/stored_credentials.ts";
import { asking, background, reasonOf, Room } from "../room.ts";

await using room = new Room();
const encryption = "keychain";
await Promise.all(
  ["a", "b"].map((profile) => room.source({ profile }, { encryption }).current(asking())),
);
await room.closeAll();
for (const { name } of Deno.readDirSync(room.cacheDir)) {
  assert.notEqual(name, "cache.key");
  const bytes = new TextDecoder("latin1").decode(Deno.readFileSync(join(room.cacheDir, name)));
  assert.ok(!/(access|refresh)-\d|ada@example/.test(bytes), name);
}
for (const profile of ["a", "b"]) {
  const source = room.source({ profile }, { encryption });
  assert.equal(await reasonOf(source.current(background())), "no error");
}
await room.closeAll();

// They can be listed without a setting that says how they are protected.
const listed = await listStoredIdentities(room);
assert.deepEqual(listed.map((stored) => stored.identity?.profile).toSorted(), ["a", "b"]);
assert.deepEqual(listed.map((stored) => stored.encryption), ["keychain", "keychain"]);

// Another encryption takes it over, and back.
const file = room.source({ profile: "a" }, { encryption: "file" });
assert.equal(await reasonOf(file.current(background())), "no error");
assert.ok([...Deno.readDirSync(room.cacheDir)].some(({ name }) => name === "cache.key"));
console.log("the keychain does");
