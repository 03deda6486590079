import assert from "node:assert/strict";
import { wrapText } from "../../../src/cli/terminal/wrap_text.ts";

Deno.test("lines are broken between words, and what follows stands deeper", () => {
  assert.equal(
    wrapText("  ✓ the backend can be reached\nshort", 20),
    "  ✓ the backend can\n    be reached\nshort",
  );
  assert.equal(wrapText("a b c d e f", 4), "a b\n  c\n  d\n  e\n  f");
  assert.equal(wrapText("a b c d e f", 5), "a b c\n  d e\n  f");
  assert.equal(wrapText("a b c", 5), "a b c", "what fits stays");
  assert.equal(wrapText("a b\nc d", 3), "a b\nc d");
});

Deno.test("a word that does not fit stays whole", () => {
  const url = "https://auth.company.com/authorize?client_id=abc&state=1234567890";
  assert.equal(wrapText(`open ${url} now`, 20), `open\n  ${url}\n  now`);
  assert.equal(wrapText(`  ${url} now`, 20), `  ${url}\n    now`);
});

Deno.test("space within a line stays, and none ends a broken one", () => {
  assert.equal(wrapText("a  b", 80), "a  b");
  assert.equal(wrapText("one  two", 6), "one\n  two");
});

Deno.test("colours have no width, and a character of two code units is one", () => {
  const green = (text: string) => `\u001b[32m${text}\u001b[39m`;
  const line = `${green("one")} ${green("two")} three`;
  assert.equal(wrapText(line, 13), line);
  assert.equal(wrapText(line, 12), `${green("one")} ${green("two")}\n  three`);
  assert.equal(wrapText("🐌🐌 🐌", 4), "🐌🐌 🐌");
});
