import assert from "node:assert/strict";
import { createUseNote } from "../../src/credentials/use_note.ts";
import { FakeTime } from "./fake_time.ts";

Deno.test("a use is noted a little after it, and then every ten minutes at most", async () => {
  using time = new FakeTime();
  const noted: number[] = [];
  const note = createUseNote((at) => Promise.resolve(void noted.push(at)));
  note.used(1_000);
  note.used(2_000);
  await time.pass(2_999);
  assert.deepEqual(noted, []);
  await time.pass(1);
  assert.deepEqual(noted, [2_000]);
  note.used(601_999);
  await time.pass(10_000);
  assert.deepEqual(noted, [2_000]);
  note.used(602_000);
  await time.pass(3_000);
  assert.deepEqual(noted, [2_000, 602_000]);
});

Deno.test("at the end what is not noted yet is, at once and once", async () => {
  using time = new FakeTime();
  const noted: number[] = [];
  const note = createUseNote((at) => Promise.resolve(void noted.push(at)));
  await note.finish();
  assert.deepEqual(noted, []);
  note.used(1_000);
  await note.finish();
  assert.deepEqual(noted, [1_000]);
  note.used(2_000);
  await note.finish();
  await time.pass(100_000);
  assert.deepEqual(noted, [1_000]);
  note.used(601_000);
  await note.finish();
  assert.deepEqual(noted, [1_000, 601_000]);
});

Deno.test("a use that cannot be noted disturbs nobody", async () => {
  using time = new FakeTime();
  let tries = 0;
  const note = createUseNote(() => Promise.reject(new Error(`failed ${++tries}`)));
  note.used(0);
  await note.finish();
  assert.equal(tries, 1);
  await time.pass(10_000);
});
