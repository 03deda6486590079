import assert from "node:assert/strict";
import { formatTable } from "../../../src/cli/terminal/table.ts";

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
  assert.equal(
    formatTable(["name", "place"], rows, { width: 10, heading }),
    "name   ada\nplace  London\n\nname   grace\nplace  New York",
  );
});
