import assert from "node:assert/strict";
import {
  elementsOf,
  notJson,
  PausableWalk,
  scanMembers,
  skipSpace,
  skipValue,
  stringOf,
  textOf,
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

Deno.test("white space is that of RFC 8259", () => {
  assert.equal(skipSpace(bytes(" \t\n\r1"), 0), 4);
  assert.equal(skipSpace(bytes("  1"), 1), 2);
  assert.equal(skipSpace(bytes("1 "), 0), 0);
  assert.equal(skipSpace(bytes("  "), 0), 2);
  for (const other of ["\v", "\f", "\x00", "\x21", "\u00a0", "\ufeff"]) {
    assert.equal(skipSpace(bytes(other), 0), 0, JSON.stringify(other));
  }
});

Deno.test("arrays and objects are those of RFC 8259, and end where they end", () => {
  const good = [
    "{}",
    "{ }",
    "[]",
    "[ ]",
    "[1]",
    "[ 1 , 2 ]",
    "[[],{}]",
    '{"a":1}',
    '{ "a" : { } }',
  ];
  good.push('{"a":[1,{"b":null}],"c":""}', '[{"a":1},{"b":2}]', "[[[1]]]", '{"a":{"b":{}}}');
  for (const text of good) {
    assert.equal(skipValue(bytes(text), 0), text.length, text);
    assert.equal(skipValue(bytes(`${text} x`), 0), text.length, text);
    assert.equal(skipValue(bytes(`x${text}`), 1), text.length + 1, text);
  }
  const bad = ["", "{", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{,}", "{1:2}", "{a:1}"];
  bad.push(
    '{"a"}',
    '{"a":}',
    '{"a" 1}',
    '{"a":1',
    '{"a":1,}',
    '{"a":1]',
    '{"a":1 "b":2}',
    '{"a":1,2}',
  );
  bad.push('{"a":1,"b"}', "]", "}", "[[]", '{"a":[}', "[tru]", '["a]', "[1}]", '{"a"::1}', "[01]");
  for (const text of bad) assert.equal(skipValue(bytes(text), 0), notJson, text);
});

Deno.test("texts are those of RFC 8259", () => {
  const good = [
    '""',
    '"a"',
    '"\\""',
    '"\\\\"',
    '"\\/\\b\\f\\n\\r\\t"',
    '"\\u00e9"',
    '"é😀"',
    '"\x7f"',
    '" !"',
  ];
  for (const text of good) assert.equal(skipValue(bytes(text), 0), bytes(text).length, text);
  const bad = [
    '"',
    '"a',
    '"\\"',
    '"\\',
    '"\\a"',
    '"\\U0000"',
    '"\x00"',
    '"\x1f"',
    '"\n"',
    "'a'",
    '"\\u',
  ];
  for (const text of bad) assert.equal(skipValue(bytes(text), 0), notJson, JSON.stringify(text));
});

/** The members that a scan visits, and where it ends. */
function visited(text: string, start = 0) {
  const data = bytes(text);
  const members: [string, number][] = [];
  const end = scanMembers(data, start, (name, at) => {
    members.push([name, at]);
    return skipValue(data, at);
  });
  return { members, end };
}

Deno.test("the members of an object are visited, each with its name and its value", () => {
  assert.deepEqual(visited(' { "a" : 1 ,\n"b\\u0063":[2] , "é":{} } x', 1), {
    members: [["a", 9], ["bc", 23], ["é", 34]],
    end: 38,
  });
  assert.deepEqual(visited("{ }"), { members: [], end: 3 });
  assert.deepEqual(visited('{"":1}'), { members: [["", 4]], end: 6 });
});

Deno.test("what is no object is told, at once", () => {
  const rows: [text: string, visits: number][] = [
    ["{1:2}", 0],
    ['{"a', 0],
    ['{"a"}', 0],
    ['{"a" 1}', 0],
    ['{"a":x}', 1],
    ['{"a":1', 1],
    ['{"a":1 "b":2}', 1],
    ['{"a":1,}', 1],
    ['{"a":1,"b"}', 1],
    ['{"a":1]', 1],
  ];
  for (const [text, visits] of rows) {
    const { members, end } = visited(text);
    assert.deepEqual([end, members.length], [notJson, visits], text);
  }
});

Deno.test("a name of more than 300 bytes is none that anybody looks for", () => {
  const named = (length: number) => visited(`{"${"n".repeat(length - 2)}":1}`).members[0]![0];
  assert.equal(named(300), "n".repeat(298));
  assert.equal(named(301), "");
});

Deno.test("texts and their values, short and long, plain and escaped", () => {
  for (const length of [0, 1, 61, 62, 63, 64, 65, 500]) {
    for (const character of ["x", "é", "\ufeff", '"', "\\", "\n", "\u0001"]) {
      for (const text of [character.repeat(length), character + "x".repeat(length)]) {
        const json = JSON.stringify(text);
        const data = bytes(`[${json}]`);
        assert.equal(textOf(data, 1, data.length - 1), json);
        assert.equal(stringOf(data, 1, data.length - 1), text);
      }
    }
  }
  assert.equal(stringOf(bytes('"\\u00e9\\/"'), 0, 10), "é/");
});

Deno.test("a walk learns of what is longer than a stretch, and no more when it is over", () => {
  const ends = (length: number) => {
    const walk = new PausableWalk(bytes('[[1,2],"xx"]'), 0);
    while (walk.goOn(length));
    assert.equal(walk.goOn(length), false);
    return [...walk.ends];
  };
  assert.deepEqual(ends(4), [[1, 6], [0, 12]]);
  assert.deepEqual(ends(5), [[0, 12]]);
  assert.deepEqual(ends(12), []);
  const at = new PausableWalk(bytes(" [1]"), 1);
  assert.deepEqual([at.goOn(1), at.isNotJson], [true, false]);
  assert.deepEqual([at.goOn(100), [...at.ends]], [false, []]);
  for (const text of ["7", "[]", "{}", '"x"']) {
    const walk = new PausableWalk(bytes(text), 0);
    assert.deepEqual([walk.goOn(100), walk.isNotJson], [false, false], text);
  }
});

Deno.test("elements whose ends are known are not walked again", () => {
  const text = "[[1,2],[3],x]";
  const known = new Map([[1, 6], [7, 10]]);
  const found: string[] = [];
  for (const [start, end] of elementsOf(bytes(text), 0, known)) {
    if (end === notJson) break;
    found.push(text.slice(start, end));
  }
  assert.deepEqual(found, ["[1,2]", "[3]"]);
  assert.equal(skipValue(bytes("[[1"), 0, new Map([[0, 3]])), 3);
});
