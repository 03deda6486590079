import { deepEqual } from "node:assert/strict";
import type { Outcome } from "./measurement.ts";
import { tryInRounds } from "./try_in_rounds.ts";

const works: Outcome = { ok: true };
const fails: Outcome = { ok: false, why: "the stream broke" };

/** What comes of rounds of which those with these numbers fail, counted from one. */
const tryWith = (failing: readonly number[], { least, most }: { least: number; most: number }) => {
  let number = 0;
  const round = () => Promise.resolve(failing.includes(++number) ? fails : works);
  return tryInRounds(round, { least, most });
};

Deno.test("something is tried so often at least, and counted", async () => {
  deepEqual(await tryWith([2, 3], { least: 4, most: 9 }), {
    count: 4,
    failed: 2,
    why: "the stream broke",
  });
});

Deno.test("what has not failed is tried again until it does", async () => {
  deepEqual(await tryWith([6, 7], { least: 4, most: 9 }), {
    count: 6,
    failed: 1,
    why: "the stream broke",
  });
});

Deno.test("what never fails is tried so often at most", async () => {
  deepEqual(await tryWith([], { least: 4, most: 9 }), { count: 9, failed: 0 });
  deepEqual(await tryWith([], { least: 4, most: 0 }), { count: 4, failed: 0 });
});

Deno.test("without a round there is nothing to tell", async () => {
  deepEqual(await tryWith([], { least: 0, most: 0 }), undefined);
});
