import assert from "node:assert/strict";
import {
  isStoredAccountKey,
  obtainAccountKey,
  readAccountKey,
} from "../../../src/credentials/account_files/account_key.ts";
import { accountOf } from "../../../src/credentials/identity.ts";
import { keys, placeOf } from "../../../src/credentials/store/keys.ts";
import { identity, Room } from "../room.ts";

Deno.test("what is no key of an account is none, and another one takes its place", async () => {
  await using room = new Room();
  using process = await room.otherProcess();
  const { credentials: store, database, seal } = process;
  const options = { store, database, seal, identity };
  const grant = room.flows.grant({ claims: { sub: "ada" } });
  await store.complete(grant);
  const account = accountOf(grant, identity)!;
  const place = keys.accountKey(store.digest);
  const whole = { version: 1 as const, account, id: "0123456789abcdef", secret: "0a".repeat(32) };
  const write = async (record: unknown) => {
    const value = await seal.seal(record, placeOf(place));
    await database.run((kv) => kv.set(place, value));
  };
  await write(whole);
  const { versionstamp, ...read } = (await readAccountKey(options))!;
  assert.deepEqual(read, whole);
  assert.equal(await isStoredAccountKey({ ...whole, versionstamp }, options), true);
  assert.equal((await obtainAccountKey(account, options))?.isNew, false);
  const wrong: Record<string, unknown>[] = [
    { version: 2 },
    { account: 1 },
    { account: undefined },
    { id: "0123456789abcde" },
    { id: "0123456789abcdef0" },
    { id: "0123456789ABCDEF" },
    { id: "../3456789abcdef" },
    { secret: "0a".repeat(31) },
    { secret: "0a".repeat(33) },
    { secret: "xy".repeat(32) },
    { secret: undefined },
  ];
  for (const members of wrong) {
    const what = JSON.stringify(members);
    await write({ ...whole, ...members });
    assert.equal(await readAccountKey(options), undefined, what);
    const obtained = await obtainAccountKey(account, options);
    assert.equal(obtained?.isNew, true, what);
    assert.match(obtained!.key.id, /^[0-9a-f]{16}$/);
    assert.match(obtained!.key.secret, /^[0-9a-f]{64}$/);
    assert.notEqual(obtained!.key.secret, whole.secret, what);
    assert.deepEqual(await readAccountKey(options), obtained!.key);
  }
  assert.equal(await isStoredAccountKey({ ...whole, versionstamp }, options), false);
});
