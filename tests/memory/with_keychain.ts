/** What is remembered with a keychain that can be reached; run where one is, as a process of its own. */
import assert from "node:assert/strict";
import { encryptionOf } from "../../src/credentials/encryption/sealed_record.ts";
import { identityDigest } from "../../src/credentials/identity.ts";
import { keys } from "../../src/credentials/store/keys.ts";
import { asking, identity } from "../credentials/room.ts";
import { bytes, initialize, MemoryRoom, recalled } from "./memory_room.ts";

await using room = new MemoryRoom();
const encryption = "keychain";
const source = room.source({}, { encryption });
await source.current(asking());
const memory = room.memory(source);
memory.note(initialize, bytes("remembered"));
assert.equal(await recalled(memory, initialize), "remembered");
await source.close();
assert.equal(room.files().length, 1);
for (const { name } of Deno.readDirSync(room.cacheDir)) assert.notEqual(name, "cache.key");

assert.equal(
  await recalled(room.memory(room.source({}, { encryption })), initialize),
  "remembered",
);
await room.closeAll();

// Another protection takes it over.
const file = room.source({}, { encryption: "file" });
await file.current(asking());
const taken = room.memory(file);
assert.equal(await recalled(taken, initialize), "remembered");
const [before] = room.files();
taken.note(initialize, bytes("protected by a file"));
await taken.flush();
assert.ok(!room.files().includes(before));
await file.close();

// And back: the key of the files is protected as the credential is.
const back = room.source({}, { encryption });
await back.current(asking());
const again = room.memory(back);
again.note(initialize, bytes("back in the keychain"));
assert.equal(await recalled(again, initialize), "back in the keychain");
await back.close();
const kv = await Deno.openKv(`${room.cacheDir}/cache.db`);
const places = [keys.accountKey, keys.credential].map(async (key) =>
  key(await identityDigest(identity))
);
for (const { value } of await kv.getMany<Uint8Array[]>(await Promise.all(places))) {
  assert.equal(encryptionOf(value!), encryption);
}
kv.close();
assert.deepEqual(room.logged("warn"), []);
console.log("the keychain seals what backends said");
