import assert from "node:assert/strict";
import { FakeTime } from "../credentials/fake_time.ts";
import { bounded } from "./bounded.ts";
import { within } from "./within.ts";

const never = new Promise<never>(() => {});

Deno.test("a wait that takes too long is an error that says what was waited for", async () => {
  const late = within(never, { what: "the letter", patience: 10 });
  await assert.rejects(late, /^Error: not within 10 ms: the letter$/);
  assert.equal(await within(Promise.resolve(7), { what: "the letter" }), 7);
  await assert.rejects(
    within(Promise.reject(new Error("lost")), { what: "the letter" }),
    /^Error: lost$/,
  );
});

Deno.test("a limit is real time although a test moves the clock", async () => {
  using _time = new FakeTime();
  await assert.rejects(within(never, { what: "the letter", patience: 10 }), /not within 10 ms/);
});

Deno.test("a bounded object settles all that it promises, and changes nothing else", async () => {
  class Post {
    #letters = 3;
    readonly ready = never;
    get count() {
      return this.#letters;
    }
    fetch() {
      return never;
    }
    take() {
      return this.#letters--;
    }
  }
  const post = bounded(new Post(), "the post", 10);
  await assert.rejects(post.ready, /^Error: not within 10 ms: ready of the post$/);
  await assert.rejects(post.fetch(), /^Error: not within 10 ms: fetch\(\) of the post$/);
  assert.equal(post.take(), 3);
  assert.equal(post.count, 2);
});

Deno.test("timers that set each other off for ever are an error", async () => {
  using time = new FakeTime();
  const again = () => void setTimeout(again, 0);
  again();
  await assert.rejects(time.pass(1), /timers set each other off for ever at 0 ms/);
});
