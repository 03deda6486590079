import assert from "node:assert/strict";
import { join } from "node:path";
import { readKeyFile, writeKeyFile } from "../../../src/credentials/encryption/key_file.ts";
import {
  createSeal,
  loadKeyFile,
  type SealOptions,
} from "../../../src/credentials/encryption/seal.ts";
import { encryptionOf } from "../../../src/credentials/encryption/sealed_record.ts";
import type { Database } from "../../../src/credentials/store/database.ts";

const place = "2 credential d";
const value = { accessToken: "token" };

/** A directory with a database that seals ask whether it is one in memory. */
class Place implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();
  directory: string | undefined = this.path;
  /** What happens while the right to make a key is waited for. */
  meanwhile: () => Promise<void> = () => Promise.resolve();
  exclusive = 0;
  readonly abandoned: unknown[] = [];

  seal(options: Partial<SealOptions> = {}) {
    const read = () => this.directory;
    const database = {
      get directory() {
        return read();
      },
      abandon: (error) => {
        this.abandoned.push(error);
        this.directory = undefined;
        return Promise.resolve();
      },
    } as Pick<Database, "directory" | "abandon"> as Database;
    return createSeal({
      database,
      directory: this.path,
      encryption: "file",
      exclusively: async (create) => {
        this.exclusive++;
        await this.meanwhile();
        return await create();
      },
      ...options,
    });
  }

  async [Symbol.asyncDispose]() {
    await Deno.remove(this.path, { recursive: true });
  }
}

Deno.test("the first seal makes the key of this installation, which others then use", async () => {
  await using place_ = new Place();
  const first = place_.seal();
  const sealed = await first.seal(value, place);
  assert.equal(encryptionOf(sealed), "file");
  assert.equal((await readKeyFile(place_.path))?.length, 32);
  const second = place_.seal();
  assert.deepEqual(await second.open(sealed, place), value);
  assert.equal(await second.open(sealed, "elsewhere"), undefined);
  await second.seal(value, place);
  assert.equal(place_.exclusive, 1);
  assert.deepEqual(await first.open(sealed, place), value);
});

Deno.test("a key that another process made meanwhile is taken", async () => {
  await using place_ = new Place();
  const other = new Uint8Array(32).fill(7);
  place_.meanwhile = () => writeKeyFile(place_.path, other);
  await place_.seal().reach();
  assert.deepEqual(await readKeyFile(place_.path), other);
});

Deno.test("what is reached for is there, and what needs no key makes none", async () => {
  await using place_ = new Place();
  await place_.seal({ encryption: "none" }).reach();
  assert.equal(place_.exclusive, 0);
  await place_.seal().reach();
  assert.equal(place_.exclusive, 1);
  assert.ok(await readKeyFile(place_.path));
});

Deno.test("a key that was replaced seals what comes, and the old one still opens what it sealed", async () => {
  await using place_ = new Place();
  const seal = place_.seal();
  const old = await seal.seal(value, place);
  await writeKeyFile(place_.path, new Uint8Array(32).fill(9));
  const anew = await seal.seal(value, place);
  assert.deepEqual(await place_.seal().open(anew, place), value);
  assert.equal(await place_.seal().open(old, place), undefined);
  // The key that this process knows is asked first, and then the file.
  await writeKeyFile(place_.path, new Uint8Array(32).fill(10));
  const other = await place_.seal().seal(value, place);
  assert.deepEqual(await seal.open(other, place), value);
});

Deno.test("a key file that is being read already is waited for", async () => {
  await using place_ = new Place();
  const sealed = await place_.seal().seal(value, place);
  const keyFile = loadKeyFile(place_.path);
  await keyFile;
  await Deno.remove(join(place_.path, "cache.key"));
  assert.deepEqual(await place_.seal({ keyFile }).open(sealed, place), value);
  assert.equal(await place_.seal().open(sealed, place), undefined);
  assert.equal(await loadKeyFile(place_.path), undefined);
});

Deno.test("without encryption, and in memory, nothing is sealed by a key", async () => {
  await using place_ = new Place();
  const plain = await place_.seal({ encryption: "none" }).seal(value, place);
  assert.equal(encryptionOf(plain), "none");
  assert.deepEqual(await place_.seal().open(plain, place), value);
  place_.directory = undefined;
  assert.equal(encryptionOf(await place_.seal().seal(value, place)), "none");
  await place_.seal().reach();
  assert.equal(place_.exclusive, 0);
});

Deno.test("a database that turns out to be in memory while a key is made gets none", async () => {
  await using place_ = new Place();
  place_.meanwhile = () => Promise.resolve(place_.directory = undefined).then(() => {});
  assert.equal(encryptionOf(await place_.seal().seal(value, place)), "none");
  assert.equal(await readKeyFile(place_.path), undefined);
});

Deno.test("where no key can be written, the database is left for memory", async () => {
  await using place_ = new Place();
  const directory = join(place_.path, "missing");
  assert.equal(encryptionOf(await place_.seal({ directory }).seal(value, place)), "none");
  assert.equal(place_.abandoned.length, 1);
  assert.ok(place_.abandoned[0] instanceof Deno.errors.NotFound);
});

Deno.test("what is no record is not opened", async () => {
  await using place_ = new Place();
  const seal = place_.seal();
  for (const other of [undefined, null, "text", new Uint8Array(0), Uint8Array.of(9, 9)]) {
    assert.equal(await seal.open(other, place), undefined);
    assert.equal(seal.isCurrent(other), false);
  }
});

Deno.test("a record is current when it is protected as it should be now", async () => {
  await using place_ = new Place();
  const [file, none] = [place_.seal(), place_.seal({ encryption: "none" })];
  const [sealed, plain] = [await file.seal(value, place), await none.seal(value, place)];
  assert.deepEqual(
    [sealed, plain].map((record) => [file.isCurrent(record), none.isCurrent(record)]),
    [[true, false], [false, true]],
  );
  place_.directory = undefined;
  assert.deepEqual([file.isCurrent(sealed), file.isCurrent(plain)], [false, true]);
});

Deno.test({
  name: "a keychain that cannot be reached is told, and nothing goes on without it",
  permissions: { read: true, write: true, ffi: false },
  async fn() {
    await using place_ = new Place();
    const seal = place_.seal({ encryption: "keychain" });
    await assert.rejects(seal.reach(), { reason: "keychain_unreachable" });
    await assert.rejects(seal.seal(value, place), { reason: "keychain_unreachable" });
    assert.deepEqual(place_.abandoned, []);
  },
});
