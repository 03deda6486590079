import assert from "node:assert/strict";
import { wrapText } from "../../../src/cli/terminal/wrap_text.ts";

Deno.test("lines are broken between words, and what follows stands deeper", () => {
  assert.equal(
    wrapText("  ✓ the backend can be reached\nshort", 20),
    "  ✓ the backend can\n    be reached\nshort",
  );
});

Deno.test("a word that does not fit stays whole", () => {
  const url = "https://auth.company.com/authorize?client_id=abc&state=1234567890";
  assert.equal(wrapText(`open ${url} now`, 20), `open\n  ${url}\n  now`);
});

Deno.test("colours have no width", () => {
  const green = (text: string) => `\u001b[32m${text}\u001b[39m`;
  const line = `${green("one")} ${green("two")} three`;
  assert.equal(wrapText(line, 13), line);
  assert.equal(wrapText(line, 12), `${green("one")} ${green("two")}\n  three`);
});
