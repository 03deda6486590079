/**
 * Credentials that are larger than a value of Deno KV lie in parts, and nobody finds half of one.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Credential } from "../../../src/base/credential.ts";
import { identityDigest } from "../../../src/credentials/identity.ts";
import {
  listStoredIdentities,
  removeStoredCredentials,
} from "../../../src/credentials/stored_credentials.ts";
import { keys } from "../../../src/credentials/store/keys.ts";
import { background, identity, Room } from "../room.ts";

/** A token of random text, which nothing makes shorter. */
function token(length: number): string {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 60_000) {
    crypto.getRandomValues(bytes.subarray(at, at + 60_000));
  }
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}

const digest = await identityDigest(identity);

function credential(length: number): Credential {
  return {
    issuer: identity.issuer,
    clientId: identity.clientId,
    accessToken: token(length),
    tokenType: "Bearer",
    obtainedAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
    refreshToken: token(40),
    claims: { sub: "ada", groups: "ä€😀\n\u0001".repeat(length / 100) },
  };
}

async function partsIn(room: Room): Promise<number> {
  using other = await room.otherProcess();
  const entries = await other.database.run((kv) =>
    Array.fromAsync(kv.list({ prefix: keys.parts(digest) }))
  );
  return entries.length;
}

for (const length of [100, 100 << 10, 300 << 10, 900 << 10, 1500 << 10]) {
  Deno.test(`a credential with a token of ${length} bytes is stored, replaced and removed`, async () => {
    await using room = new Room();
    using writer = await room.otherProcess();
    using reader = await room.otherProcess();
    const first = credential(length);
    await writer.credentials.complete(first);
    const read = await reader.credentials.read();
    assert.deepEqual(read?.credential, first);
    const parts = await partsIn(room);
    assert.equal(parts > 0, length > 60_000);

    const second = credential(length);
    assert.equal(await reader.credentials.replace(read, second), true);
    assert.equal(await writer.credentials.replace(read, first), false, "another one was faster");
    assert.deepEqual((await writer.credentials.read())?.credential, second);
    assert.equal(await partsIn(room), parts, "those of the first one are gone");

    const small = { ...second, accessToken: "small", claims: undefined };
    const stored = await writer.credentials.read();
    assert.equal(await writer.credentials.replace(stored!, small), true);
    assert.equal((await reader.credentials.read())?.credential.accessToken, "small");
    assert.equal(await partsIn(room), 0);

    await writer.credentials.complete(first);
    assert.equal(await writer.credentials.remove((await writer.credentials.read())!), true);
    assert.equal(await reader.credentials.read(), undefined);
    assert.equal(await partsIn(room), 0);
    assert.deepEqual(room.logged("warn"), []);
  });
}

Deno.test("no reader finds half of a large credential while others replace it", async () => {
  await using room = new Room();
  using one = await room.otherProcess();
  using two = await room.otherProcess();
  using reader = await room.otherProcess();
  const all = [100 << 10, 300 << 10, 900 << 10, 100].map((length) => credential(length));
  const known = new Set(all.map(({ accessToken }) => accessToken));
  await one.credentials.complete(all[0]);
  let writing = 2;
  const write = async (process: typeof one, from: number) => {
    for (let round = 0; round < 12; round++) {
      await process.credentials.complete(all[(from + round) % all.length]);
    }
    writing--;
  };
  let reads = 0;
  const read = async () => {
    for (; writing > 0; reads++) {
      const found = await reader.credentials.read();
      assert.ok(known.has(found?.credential.accessToken ?? ""), `read ${reads}`);
    }
  };
  await Promise.all([write(one, 0), write(two, 2), read()]);
  assert.ok(reads > 10, String(reads));
  assert.deepEqual(room.logged("warn"), []);
});

for (const when of ["before the head", "after the head"] as const) {
  Deno.test(`a process killed between its parts, ${when}, loses nothing and leaves nothing`, async () => {
    await using room = new Room();
    const before = credential(300 << 10);
    {
      using other = await room.otherProcess();
      await other.credentials.complete(before);
    }
    const next = { ...credential(900 << 10), accessToken: "n".repeat(900 << 10) };
    const path = join(room.home, "next.json");
    await Deno.writeTextFile(path, JSON.stringify(next));
    const { signal } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        "--config",
        new URL("../../deno.json", import.meta.url).pathname,
        new URL("killed_between_parts.ts", import.meta.url).pathname,
        room.cacheDir,
        path,
        when,
      ],
    }).output();
    assert.equal(signal, "SIGKILL");
    const parts = await partsIn(room);
    using other = await room.otherProcess();
    const found = await other.credentials.read();
    assert.deepEqual(found?.credential, when === "before the head" ? before : next);
    // The next one who writes takes what was left with it.
    if (when === "before the head") assert.ok(parts > 10, String(parts));
    await other.credentials.replace(found, credential(100));
    assert.equal(await partsIn(room), 0);
  });
}

Deno.test("parts that a program left which knows none are gone with the next write", async () => {
  await using room = new Room();
  using other = await room.otherProcess();
  await other.credentials.complete(credential(300 << 10));
  const small = credential(100);
  const key = keys.credential(digest);
  const sealed = await other.seal.seal({ identity, credential: small }, key.join(" "));
  await other.database.run((kv) => kv.set(key, sealed));
  const read = await other.credentials.read();
  assert.deepEqual(read?.credential, small);
  assert.ok(await partsIn(room) > 0);
  await other.credentials.replace(read, credential(100));
  assert.equal(await partsIn(room), 0);
});

Deno.test("a large credential of which a part is lost counts as none, and says so", async () => {
  await using room = new Room();
  using other = await room.otherProcess();
  await other.credentials.complete(credential(300 << 10));
  const { value: [lost] } = await other.database.run((kv) =>
    Array.fromAsync(kv.list({ prefix: keys.parts(digest) })).then((value) => ({ value }))
  );
  await other.database.run((kv) => kv.delete(lost.key));
  assert.equal(await other.credentials.read(), undefined);
  assert.equal(room.logged("warn").length, 1);
  assert.match(room.logged("warn")[0], /Fix: sign in again/);
});

Deno.test("no file holds a piece of a large credential in the clear", async () => {
  await using room = new Room();
  const source = room.source();
  const large = credential(300 << 10);
  const pieces = large.accessToken.match(/.{1000}/g)!.map((piece) => piece.slice(0, 40));
  {
    using other = await room.otherProcess();
    await other.credentials.complete(large);
  }
  await source.ready;
  for await (const { name } of Deno.readDir(room.cacheDir)) {
    const bytes = await Deno.readFile(join(room.cacheDir, name));
    const text = new TextDecoder("latin1").decode(bytes);
    assert.deepEqual(pieces.filter((piece) => text.includes(piece)), [], name);
    assert.ok(!text.includes(large.refreshToken!));
  }
});

Deno.test("a large credential is listed, is at hand at a start, and logout removes all of it", async () => {
  await using room = new Room();
  const large = credential(300 << 10);
  {
    using other = await room.otherProcess();
    await other.credentials.complete(large);
  }
  const { cacheDir, log } = room;
  assert.equal((await room.source().current(background())).accessToken, large.accessToken);
  const [listed] = await listStoredIdentities({ cacheDir, log });
  assert.equal(listed.renewable, true);
  assert.deepEqual(listed.claims, large.claims);
  const [removed] = await removeStoredCredentials({ cacheDir, log, identity });
  assert.deepEqual(removed.credential, large);
  assert.equal(await partsIn(room), 0);
});

Deno.test("a large credential is sealed anew when another protection is asked for", async () => {
  await using room = new Room();
  const large = credential(300 << 10);
  {
    using other = await room.otherProcess();
    await other.credentials.complete(large);
  }
  const source = room.source({}, { encryption: "none" });
  assert.equal((await source.current(background())).accessToken, large.accessToken);
  using other = await room.otherProcess();
  const parts = await other.database.run((kv) =>
    Array.fromAsync(kv.list<Uint8Array>({ prefix: keys.parts(digest) }))
  );
  assert.ok(parts.length > 0);
  assert.ok(parts.every(({ value }) => value[0] === 0), "none of them is encrypted");
});
