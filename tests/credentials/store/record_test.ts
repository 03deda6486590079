import assert from "node:assert/strict";
import { decodeRecord, encodeRecord } from "../../../src/credentials/store/record.ts";

Deno.test("a record is its JSON in UTF-8, and nothing else is one", () => {
  const value = { text: "ä€", list: [1, null] };
  assert.deepEqual(encodeRecord(value), new TextEncoder().encode(JSON.stringify(value)));
  assert.deepEqual(decodeRecord(encodeRecord(value)), value);
  const others = [
    undefined,
    null,
    "{}",
    { a: 1 },
    new TextEncoder().encode("{"),
    new Uint8Array(0),
  ];
  for (const other of others) assert.equal(decodeRecord(other), undefined);
  // Half a character.
  assert.equal(decodeRecord(Uint8Array.of(0x22, 0xc3, 0x22)), undefined);
});
