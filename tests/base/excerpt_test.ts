import assert from "node:assert/strict";
import { excerpt, excerpts } from "../../src/base/excerpt.ts";

Deno.test("an excerpt is cut behind its limit, and not through a character", () => {
  assert.equal(excerpt("x".repeat(200)), "x".repeat(200));
  assert.equal(excerpt("x".repeat(201)), `${"x".repeat(200)}…`);
  assert.equal(excerpt("abc", { max: 3 }), "abc");
  assert.equal(excerpt("a\nbc", { max: 3 }), "a b…");
  assert.equal(excerpt("ab😀c", { max: 3 }), "ab…");
  assert.equal(excerpt("ab😀c", { max: 4 }), "ab😀…");
  assert.equal(excerpt("😀😀😀", { max: 5 }), "😀😀…");
});

Deno.test("of a list, five entries are shown, and how many more there are", () => {
  const letters = [..."abcdef"];
  assert.equal(excerpts([]), "");
  assert.equal(excerpts(letters.slice(0, 5)), "a, b, c, d, e");
  assert.equal(excerpts(letters), "a, b, c, d, e and 1 more");
  assert.equal(excerpts(letters, { maxCount: 2, joint: "; " }), "a; b and 4 more");
  assert.equal(excerpts(["abc", "d"], { max: 2 }), "ab…, d");
  assert.equal(excerpts(["x".repeat(201)]), `${"x".repeat(200)}…`);
});
