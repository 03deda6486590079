import assert from "node:assert/strict";
import {
  encryptionOf,
  importDataKey,
  openRecord,
  sealRecord,
} from "../../../src/credentials/encryption/sealed_record.ts";

const bytesOf = (value: number) => new Uint8Array(32).fill(value);
const dataKey = await importDataKey(bytesOf(1));
const other = await importDataKey(bytesOf(2));
const place = "2 credential d";
const value = { accessToken: "token", list: [1, "ä"] };

Deno.test("a key is known by the beginning of its digest, and cannot be read out again", async () => {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(1)));
  assert.deepEqual(dataKey.id, digest.slice(0, 8));
  assert.equal(dataKey.key.extractable, false);
  assert.deepEqual(dataKey.key.algorithm, { name: "AES-GCM", length: 256 });
});

for (const [encryption, kind] of [["file", 1], ["keychain", 2]] as const) {
  Deno.test(`a record of kind ${encryption} is opened by its key, at its place only`, async () => {
    const sealed = await sealRecord(value, { encryption, dataKey, place });
    assert.equal(sealed[0], kind);
    assert.equal(encryptionOf(sealed), encryption);
    assert.deepEqual(sealed.slice(1, 9), dataKey.id);
    const plain = new TextEncoder().encode(JSON.stringify(value)).length;
    assert.equal(sealed.length, 1 + 8 + 12 + plain + 16, "kind, key, nonce, text, tag");
    assert.deepEqual(await openRecord(sealed, { dataKey, place }), value);
    assert.equal(await openRecord(sealed, { dataKey, place: "2 credential e" }), undefined);
    assert.equal(await openRecord(sealed, { dataKey: other, place }), undefined);
    assert.equal(await openRecord(sealed, { place }), undefined);
    assert.equal(
      await openRecord(sealed, { dataKey: { ...other, id: dataKey.id }, place }),
      undefined,
    );
    for (const at of [1, 8, 9, 20, 21, sealed.length - 1]) {
      const tampered = sealed.slice();
      tampered[at] ^= 1;
      assert.equal(await openRecord(tampered, { dataKey, place }), undefined, `byte ${at}`);
    }
    assert.equal(await openRecord(sealed.slice(0, 15), { dataKey, place }), undefined);
  });
}

Deno.test("no two records are sealed with the same nonce", async () => {
  const seal = () => sealRecord(value, { encryption: "file", dataKey, place });
  const [one, two] = await Promise.all([seal(), seal()]);
  assert.notDeepEqual(one.slice(9, 21), two.slice(9, 21));
});

Deno.test("without encryption a record is what it is, behind its kind", async () => {
  const sealed = await sealRecord(value, { encryption: "none", place });
  assert.equal(encryptionOf(sealed), "none");
  assert.equal(new TextDecoder().decode(sealed), `\0${JSON.stringify(value)}`);
  assert.deepEqual(await openRecord(sealed, { place: "anywhere" }), value);
  assert.equal(await openRecord(Uint8Array.of(0, 1), { place }), undefined);
});

Deno.test("what is none of our records has no kind, and is not opened", async () => {
  for (const bytes of [new Uint8Array(0), Uint8Array.of(3), Uint8Array.of(255, 1, 2)]) {
    assert.equal(encryptionOf(bytes), undefined);
    assert.equal(await openRecord(bytes, { dataKey, place }), undefined);
  }
});
