import assert from "node:assert/strict";
import { join } from "node:path";
import { identityDigest } from "../../../src/credentials/identity.ts";
import { asking, background, identity, Room } from "../room.ts";

async function withDatabase(room: Room, use: (kv: Deno.Kv) => Promise<unknown>): Promise<void> {
  await Deno.mkdir(room.cacheDir, { recursive: true, mode: 0o700 });
  const kv = await Deno.openKv(join(room.cacheDir, "cache.db"));
  await use(kv);
  kv.close();
}

Deno.test("credentials of layout 1 are taken over, and their plain text is gone", async () => {
  await using room = new Room();
  const credential = room.flows.grant({ accessToken: "plain-text-of-layout-1" });
  const digest = await identityDigest(identity);
  await withDatabase(room, async (kv) => {
    await kv.set([1, "credential", digest], { identity, credential });
    await kv.set([1, "lease", "credential"], { pid: 1 });
  });
  const sources = [room.source(), room.source()];
  for (const source of sources) {
    assert.equal((await source.current(background())).accessToken, "plain-text-of-layout-1");
  }
  await room.closeAll();
  for (const { name } of Deno.readDirSync(room.cacheDir)) {
    const bytes = new TextDecoder("latin1").decode(Deno.readFileSync(join(room.cacheDir, name)));
    assert.ok(!bytes.includes("plain-text-of-layout-1"), name);
  }
  await withDatabase(room, async (kv) => {
    assert.equal((await Array.fromAsync(kv.list({ prefix: [1] }))).length, 0);
  });
});

Deno.test("a newer layout is left untouched and reported; memory does meanwhile", async () => {
  await using room = new Room();
  await withDatabase(room, async (kv) => {
    await kv.set(["schema"], new TextEncoder().encode("99"));
    await kv.set([99, "credential", "x"], new TextEncoder().encode("of the future"));
  });
  const content = async () => {
    const entries: unknown[] = [];
    await withDatabase(room, async (kv) => {
      entries.push(...await Array.fromAsync(kv.list({ prefix: [] })));
    });
    return entries;
  };
  const before = await content();
  const source = room.source();
  assert.equal((await source.current(asking())).accessToken, "access-1");
  assert.equal((await source.renewed("access-1", asking())).accessToken, "access-2");
  await room.closeAll();
  assert.deepEqual(await content(), before);
  const warnings = room.logged("warn");
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /newer version of this program \(layout 99\)/);
});
