import assert from "node:assert/strict";
import { decodePages, encodePages } from "../../src/memory/page_file.ts";
import { bytes } from "./memory_room.ts";

const pages = [
  { cursor: undefined, content: bytes("first\nä"), at: 1 },
  { cursor: "2", content: bytes(""), at: 2 },
  { cursor: "3", content: bytes("third"), at: 3 },
];

Deno.test("pages are a line of JSON, then what was said, byte for byte", () => {
  assert.deepEqual(
    encodePages(pages),
    bytes(
      '{"version":1,"pages":[{"at":1,"length":8},{"cursor":"2","at":2,"length":0},' +
        '{"cursor":"3","at":3,"length":5}]}\nfirst\näthird',
    ),
  );
  assert.deepEqual(decodePages(encodePages(pages)), pages);
  assert.deepEqual(decodePages(encodePages([])), []);
});

for (
  const [what, text] of [
    ["nothing", ""],
    ["no line", '{"version":1,"pages":[]}'],
    ["an empty line", "\n"],
    ["no JSON", "{\n"],
    ["null", "null\n"],
    ["another version", '{"version":2,"pages":[]}\n'],
    ["no version", '{"pages":[]}\n'],
    ["no pages", '{"version":1}\n'],
    ["pages that are no list", '{"version":1,"pages":{"length":0}}\n'],
    ["a page that is cut", '{"version":1,"pages":[{"at":1,"length":3}]}\nab'],
    [
      "a second page that is cut",
      '{"version":1,"pages":[{"at":1,"length":1},{"at":1,"length":2}]}\nab',
    ],
    ["a length below 0", '{"version":1,"pages":[{"at":1,"length":-1}]}\nab'],
    ["a length that is a fraction", '{"version":1,"pages":[{"at":1,"length":0.5}]}\nab'],
    ["a length that is a text", '{"version":1,"pages":[{"at":1,"length":"1"}]}\nab'],
    ["no length", '{"version":1,"pages":[{"at":1}]}\nab'],
  ]
) {
  Deno.test(`a file with ${what} has no pages`, () => {
    assert.equal(decodePages(bytes(text)), undefined);
  });
}

Deno.test("a file of which the first line is not UTF-8 has no pages", () => {
  const file = encodePages([{ cursor: "x", content: bytes("a"), at: 1 }]);
  file[file.indexOf(0x78)] = 0xff;
  assert.equal(decodePages(file), undefined);
});

Deno.test("what stands behind the pages is left alone, and a page is a copy", () => {
  const file = bytes('{"version":1,"pages":[{"at":1,"length":2}]}\nabc');
  const [page] = decodePages(file)!;
  file.fill(0);
  assert.deepEqual(page, { cursor: undefined, at: 1, content: bytes("ab") });
});
