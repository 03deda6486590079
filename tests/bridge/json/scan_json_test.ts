import assert from "node:assert/strict";
import {
  elementsOf,
  notJson,
  PausableWalk,
  skipValue,
} from "../../../src/bridge/json/scan_json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Whether the whole text is one JSON value. */
const isValue = (text: string) => skipValue(bytes(text), 0) === text.length;

Deno.test("a space is a character of a text wherever a stretch of it ends", () => {
  for (const length of [4094, 4095, 4096, 4097, 8191, 8192]) {
    const text = `"${"x".repeat(length)} ${"y".repeat(10)}"`;
    assert.equal(skipValue(bytes(text), 0), text.length, `a space behind ${length} characters`);
    const broken = text.replace(" ", "\x1f");
    assert.equal(skipValue(bytes(broken), 0), notJson, `a control character behind ${length}`);
  }
});

Deno.test("an escape may lie across the end of a stretch", () => {
  for (let length = 4088; length < 4100; length++) {
    for (const escape of ["\\n", '\\"', "\\u00e9"]) {
      const text = `"${"x".repeat(length)}${escape}y"`;
      assert.equal(skipValue(bytes(text), 0), text.length, `${escape} behind ${length}`);
    }
  }
});

Deno.test("hexadecimal digits are those of RFC 8259, four of them", () => {
  for (const digits of ["0000", "9999", "aaaa", "ffff", "AAAA", "FFFF", "0aF9"]) {
    assert.ok(isValue(`"\\u${digits}"`), digits);
  }
  for (const digits of ["000", "000/", "000:", "000@", "000G", "000`", "000g", "g000", "00g0"]) {
    assert.ok(!isValue(`"\\u${digits}"`), digits);
  }
});

Deno.test("numbers are those of RFC 8259", () => {
  const good = [
    "0",
    "-0",
    "10",
    "19",
    "-9",
    "0.0",
    "1.09",
    "1e0",
    "1E9",
    "1e+90",
    "1e-09",
    "0.5e-7",
  ];
  for (const number of good) assert.ok(isValue(number), number);
  for (
    const number of ["00", "01", "-01", "-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "1e-", "e1"]
  ) {
    assert.ok(!isValue(number), number);
  }
});

Deno.test("words are whole", () => {
  for (const word of ["true", "false", "null"]) {
    assert.ok(isValue(word), word);
    for (let length = 1; length < word.length; length++) {
      assert.ok(!isValue(word.slice(0, length)), word.slice(0, length));
    }
  }
});

Deno.test("the elements of an array, whatever stands between them", () => {
  const text = ' [ 1 ,"a,]" ,[2, [3]],\n{"b":[4]}\t]';
  const found = [...elementsOf(bytes(text), 1)].map(([start, end]) => text.slice(start, end));
  assert.deepEqual(found, ["1", '"a,]"', "[2, [3]]", '{"b":[4]}']);
  assert.deepEqual([...elementsOf(bytes("[ ]"), 0)], []);
});

Deno.test("a walk in turns comes to the same end as one in one go, and says where long parts end", () => {
  const text = `{"a":[${"1,".repeat(500)}2],"b":{"c":"${"x".repeat(300)}"},"d":[]}`;
  const walk = new PausableWalk(bytes(text), 0);
  let turns = 1;
  while (walk.goOn(100)) turns++;
  assert.ok(turns > 3 && turns < 16, `${turns} turns`);
  assert.equal(walk.isNotJson, false);
  assert.deepEqual([...walk.ends].sort(([a], [b]) => a - b), [
    [0, text.length],
    [text.indexOf("[1"), text.indexOf("]") + 1],
    [text.indexOf('{"c"'), text.indexOf("}") + 1],
  ]);
  assert.equal(
    skipValue(bytes(text), 0, new Map([[0, 7]])),
    7,
    "what is known is not walked again",
  );
  const broken = new PausableWalk(bytes(text.replace('"b":', '"b"')), 0);
  while (broken.goOn(100));
  assert.equal(broken.isNotJson, true);
});
