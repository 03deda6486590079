import assert from "node:assert/strict";
import {
  createAccountCipher,
  sealLength,
} from "../../../src/credentials/account_files/account_cipher.ts";
import type { AccountKeyRecord } from "../../../src/credentials/store/account_key_record.ts";

const record = (secret: string): AccountKeyRecord => ({
  version: 1,
  account: "a",
  id: "i",
  secret,
});
const secret = "00ff".repeat(16);
const cipher = await createAccountCipher(record(secret));
const other = await createAccountCipher(record("01ff".repeat(16)));
const bytes = Uint8Array.of(1, 2, 3);

/** The name as RFC 5869 has it, made another way. */
async function expectedName(name: string): Promise<string> {
  const { createHash, hkdfSync } = await import("node:crypto");
  const digest = createHash("sha256").update(name).digest("hex");
  const info = `authful-mcp-proxy account file 1 name ${digest}`;
  return toHex(hkdfSync("sha256", fromHex(secret), new Uint8Array(), info, 16));
}

const toHex = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text: string) =>
  Uint8Array.from(text.match(/../g)!, (pair) => Number.parseInt(pair, 16));

Deno.test("a file's name is derived from the key, and the same for everybody who has it", async () => {
  const name = await cipher.fileName("tools");
  assert.match(name, /^[\da-f]{32}$/);
  assert.equal(name, await expectedName("tools"));
  assert.equal(await (await createAccountCipher(record(secret))).fileName("tools"), name);
  assert.notEqual(await cipher.fileName("other"), name);
  assert.notEqual(await other.fileName("tools"), name);
});

Deno.test("what is sealed is opened by the same key under the same name only", async () => {
  const sealed = await cipher.seal(bytes, "tools");
  assert.equal(sealed.length, bytes.length + sealLength);
  assert.deepEqual([sealed[0], sealLength], [1, 29]);
  assert.deepEqual(await cipher.open(sealed, "tools"), bytes);
  assert.deepEqual(await (await createAccountCipher(record(secret))).open(sealed, "tools"), bytes);
  assert.equal(await cipher.open(sealed, "other"), undefined);
  assert.equal(await other.open(sealed, "tools"), undefined);
  for (const at of [0, 1, 12, 13, sealed.length - 1]) {
    const tampered = sealed.slice();
    tampered[at] ^= 2;
    assert.equal(await cipher.open(tampered, "tools"), undefined, `byte ${at}`);
  }
  assert.equal(await cipher.open(sealed.slice(0, -1), "tools"), undefined);
  assert.equal(await cipher.open(new Uint8Array(0), "tools"), undefined);
  assert.equal(await cipher.open(Uint8Array.of(1), "tools"), undefined);
});

Deno.test("the same bytes are sealed by another nonce each time", async () => {
  const [one, two] = [await cipher.seal(bytes, "tools"), await cipher.seal(bytes, "tools")];
  assert.notDeepEqual(one.slice(1, 13), two.slice(1, 13));
  assert.deepEqual(
    await cipher.open(await cipher.seal(new Uint8Array(0), "n"), "n"),
    new Uint8Array(0),
  );
});
