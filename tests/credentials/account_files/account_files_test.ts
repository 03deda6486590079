import assert from "node:assert/strict";
import { join } from "node:path";
import {
  createAccountFiles,
  mostFileBytes,
} from "../../../src/credentials/account_files/account_files.ts";
import { accountOf, type Identity } from "../../../src/credentials/identity.ts";
import { keys } from "../../../src/credentials/store/keys.ts";
import { identity, Room } from "../room.ts";

const bytes = Uint8Array.of(1, 2, 3);

/** One process with the files of the account, and what it takes to sign in and out. */
async function open(room: Room, { as = identity }: { as?: Identity } = {}) {
  const process = await room.otherProcess();
  const { credentials: store } = process;
  const files = createAccountFiles({ ...process, store, identity: as, now: room.now });
  const grant = (sub: string) => room.flows.grant({ claims: { sub } });
  return {
    ...process,
    files,
    account: (sub: string) => accountOf(grant(sub), identity)!,
    signIn: async (sub: string) => await store.complete(grant(sub)),
    signOut: async () => await store.remove((await store.read())!),
    names: () =>
      Array.from(Deno.readDirSync(room.cacheDir), ({ name }) => name)
        .filter((name) => name.startsWith("account-")),
    [Symbol.dispose]: () => process[Symbol.dispose](),
  };
}

Deno.test("a file is written for whoever is signed in, and read by every process", async () => {
  await using room = new Room();
  using one = await open(room);
  using two = await open(room);
  assert.equal(await one.files.read("tools"), undefined);
  await one.signIn("ada");
  const account = one.account("ada");
  assert.equal(await one.files.read("tools"), undefined);
  assert.equal(await one.files.write("tools", { bytes, account }), true);
  assert.deepEqual(await one.files.read("tools"), bytes);
  assert.deepEqual(await two.files.read("tools"), bytes);
  assert.equal(await two.files.read("other"), undefined);
  assert.equal(await two.files.write("tools", { bytes: Uint8Array.of(4), account }), true);
  assert.deepEqual(await one.files.read("tools"), Uint8Array.of(4));
  assert.equal(one.names().length, 1);
  await two.files.remove("tools", { account });
  assert.equal(await one.files.read("tools"), undefined);
  assert.deepEqual(one.names(), []);
  await two.files.remove("tools", { account });
});

Deno.test("another account neither reads, writes nor removes it, and gets a key of its own", async () => {
  await using room = new Room();
  using one = await open(room);
  await one.signIn("ada");
  const [ada, bob] = ["ada", "bob"].map(one.account);
  assert.equal(await one.files.write("tools", { bytes, account: bob }), false);
  assert.equal(await one.files.write("tools", { bytes, account: ada }), true);
  await one.files.remove("tools", { account: bob });
  assert.deepEqual(await one.files.read("tools"), bytes);
  await one.signIn("bob");
  assert.equal(await one.files.read("tools"), undefined);
  assert.equal(await one.files.write("tools", { bytes, account: ada }), false);
  const before = one.names();
  assert.equal(await one.files.write("list", { bytes: Uint8Array.of(9), account: bob }), true);
  const after = one.names();
  assert.equal(after.length, 1, "what the old key sealed is gone");
  assert.ok(!before.includes(after[0]));
  assert.deepEqual(await one.files.read("list"), Uint8Array.of(9));
});

Deno.test("after signing out the key that is there goes on, and none is made", async () => {
  await using room = new Room();
  using one = await open(room);
  const account = one.account("ada");
  assert.equal(await one.files.write("tools", { bytes, account }), false, "nobody is signed in");
  await one.signIn("ada");
  await one.files.write("tools", { bytes, account });
  await one.signOut();
  assert.deepEqual(await one.files.read("tools"), bytes);
  assert.equal(await one.files.write("tools", { bytes: Uint8Array.of(4), account }), true);
});

Deno.test("a file has 5 MiB at most", async () => {
  await using room = new Room();
  using one = await open(room);
  await one.signIn("ada");
  const account = one.account("ada");
  assert.equal(mostFileBytes, 5_242_880);
  const largest = new Uint8Array(mostFileBytes);
  assert.equal(await one.files.write("tools", { bytes: largest, account }), true);
  assert.equal((await one.files.read("tools"))?.length, mostFileBytes);
  const more = new Uint8Array(mostFileBytes + 1);
  assert.equal(await one.files.write("tools", { bytes: more, account }), false);
});

Deno.test("a file that was tampered with, or whose key is gone, is none", async () => {
  await using room = new Room();
  using one = await open(room);
  await one.signIn("ada");
  const account = one.account("ada");
  await one.files.write("tools", { bytes, account });
  const path = join(room.cacheDir, one.names()[0]);
  const sealed = await Deno.readFile(path);
  sealed[20] ^= 1;
  await Deno.writeFile(path, sealed);
  assert.equal(await one.files.read("tools"), undefined);
  await one.files.write("tools", { bytes, account });
  await one.database.run((kv) => kv.delete(keys.accountKey(one.credentials.digest)));
  assert.equal(await one.files.read("tools"), undefined);
});

Deno.test("a store in memory has no files", async () => {
  await using room = new Room();
  using one = await open(room);
  await one.signIn("ada");
  const account = one.account("ada");
  await one.files.write("tools", { bytes, account });
  const inMemory = { ...one, database: { ...one.database, directory: undefined } };
  const files = createAccountFiles({
    ...inMemory,
    store: one.credentials,
    identity,
    now: room.now,
  });
  assert.equal(await files.read("tools"), undefined);
  assert.equal(await files.write("tools", { bytes, account }), false);
  await files.remove("tools", { account });
  assert.deepEqual(await one.files.read("tools"), bytes);
});

Deno.test("a key that lies in the clear is replaced by one that does not", async () => {
  await using room = new Room();
  using one = await open(room);
  await one.signIn("ada");
  const account = one.account("ada");
  const key = keys.accountKey(one.credentials.digest);
  await one.files.write("tools", { bytes, account });
  const plain = { version: 1, account, id: "0123456789abcdef", secret: "00".repeat(32) };
  const text = new TextEncoder().encode(`\0${JSON.stringify(plain)}`);
  await one.database.run((kv) => kv.set(key, text));
  assert.equal(await one.files.write("list", { bytes, account }), true);
  const { value } = await one.database.run((kv) => kv.get(key));
  assert.equal((value as Uint8Array)[0], 1);
  assert.ok(!one.names().some((name) => name.includes("0123456789abcdef")));
  assert.deepEqual(await one.files.read("list"), bytes);
});
