import assert from "node:assert/strict";
import { compare } from "../../bench/counts/compare.ts";

const count = (value: number | undefined) => [{ name: "promises", value, room: 0.1 }];

Deno.test("compare: growth within the room passes, growth beyond it fails", () => {
  assert.equal(compare(count(109), { promises: 100 }).failed, false);
  const { lines, failed } = compare(count(111), { promises: 100 });
  assert.equal(failed, true);
  assert.match(lines[0], /^GREW {2}promises: 111 \(baseline 100, room 10 %\)$/);
});

Deno.test("compare: a count without a baseline fails, so that none is forgotten", () => {
  assert.equal(compare(count(1), {}).failed, true);
});

Deno.test("compare: what this machine cannot count is named and passes", () => {
  const { lines, failed } = compare(count(undefined), { promises: 100 });
  assert.equal(failed, false);
  assert.match(lines[0], /cannot be counted/);
});
