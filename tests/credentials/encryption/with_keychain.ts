/** What is done with a keychain that can be reached; run where one is, as a process of its own. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { listStoredIdentities } from "../../../src/credentials/stored_credentials.ts";
import { until } from "../../support/until.ts";
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
await room.closeAll();

// A keychain that is locked again while the program runs does not cost a renewal.
const source = room.source({ profile: "b" }, { encryption });
const { accessToken } = await source.current(background());
await endKeychain();
const renewed = await source.renewed(accessToken, background());
assert.notEqual(renewed.accessToken, accessToken);
assert.equal(room.flows.refreshes, 1);
await room.closeAll();
console.log("the keychain does");

/** Ends the Secret Service of this session bus; one that the bus starts in its place is locked. */
async function endKeychain(): Promise<void> {
  const bus = ["org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"];
  const { stdout } = await new Deno.Command("dbus-send", {
    args: [
      ...["--session", "--print-reply=literal", `--dest=${bus[0]}`, bus[1]],
      ...[`${bus[2]}.GetConnectionUnixProcessID`, "string:org.freedesktop.secrets"],
    ],
  }).output();
  const pid = Number(/uint32 (\d+)/.exec(new TextDecoder().decode(stdout))?.[1]);
  assert.ok(pid > 1);
  Deno.kill(pid, "SIGKILL");
  await until(() => !existsSync(`/proc/${pid}/stat`), "the end of the Secret Service");
}
