import assert from "node:assert/strict";
import { formatTable, type TableRow } from "../../../src/cli/terminal/table.ts";

const heading = (text: string) => text;
const rows = [
  { name: "ada", place: "London" },
  { name: "grace", place: "New York" },
];

Deno.test("formatTable lines columns up, colours not counted", () => {
  const coloured = [{ name: "\u001b[32mada\u001b[39m", place: "London" }, rows[1]];
  assert.equal(
    formatTable(["name", "place"], coloured, { width: 80, heading }),
    "NAME   PLACE\n\u001b[32mada\u001b[39m    London\ngrace  New York",
  );
});

Deno.test("formatTable makes blocks where the rows do not fit", () => {
  const blocks = "name   ada\nplace  London\n\nname   grace\nplace  New York";
  assert.equal(formatTable(["name", "place"], rows, { width: 10, heading }), blocks);
  // "grace", two columns between, and "New York".
  assert.equal(formatTable(["name", "place"], rows, { width: 14, heading }), blocks);
  assert.equal(
    formatTable(["name", "place"], rows, { width: 15, heading }),
    "NAME   PLACE\nada    London\ngrace  New York",
  );
});

Deno.test("formatTable leaves empty what a row does not have, and no space behind a line", () => {
  const holes: TableRow[] = [{ name: "a" }, { place: "b" }];
  assert.equal(
    formatTable(["name", "place"], holes, { width: 80, heading }),
    "NAME  PLACE\na\n      b",
  );
  assert.equal(
    formatTable(["name", "place"], holes, { width: 5, heading }),
    "name   a\nplace\n\nname\nplace  b",
  );
});

Deno.test("formatTable marks the heading, or the names in blocks, with their space", () => {
  const marked = { heading: (text: string) => `<${text}>` };
  assert.equal(
    formatTable(["a", "long"], [{ a: "1", long: "2" }], { width: 80, ...marked }),
    "<A  LONG>\n1  2",
  );
  assert.equal(
    formatTable(["a", "long"], [{ a: "1", long: "2" }], { width: 1, ...marked }),
    "<a   >  1\n<long>  2",
  );
});

Deno.test("formatTable counts characters, and the words of headings, too", () => {
  assert.equal(
    formatTable(["long heading", "b"], [{ "long heading": "🐌", b: "x" }], { width: 80, heading }),
    "LONG HEADING  B\n🐌             x",
  );
});
