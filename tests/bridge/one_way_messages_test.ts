import assert from "node:assert/strict";
import { createOneWayMessages, type PostOneWay } from "../../src/bridge/one_way_messages.ts";
import { FakeTime } from "../credentials/fake_time.ts";

/** Messages on their way, which the test takes or refuses. */
function recorded() {
  const events: string[] = [];
  const messages = createOneWayMessages({
    orderTimeout: 1_000,
    onError: (error) => events.push(`error: ${error}`),
  });
  const taken = new Map<string, PromiseWithResolvers<void>>();
  const post = (name: string, leaves = true): PostOneWay => (onSend) => {
    events.push(`post ${name}`);
    if (leaves) onSend();
    const outcome = Promise.withResolvers<void>();
    taken.set(name, outcome);
    return outcome.promise;
  };
  const watch = (
    name: string,
    { taken, passed }: { taken: Promise<void>; passed: Promise<void> },
  ) => {
    taken.then(() => events.push(`${name} taken`));
    passed.then(() => events.push(`${name} passed`));
  };
  return {
    messages,
    post,
    watch,
    take: (name: string) => taken.get(name)!.resolve(),
    refuse: (name: string, why: string) => taken.get(name)!.reject(why),
    seen: () => events.splice(0),
  };
}

Deno.test("a notification leaves when the one before it is taken", async () => {
  using time = new FakeTime();
  const { messages, post, watch, take, seen } = recorded();
  watch("a", messages.inOrder(post("a")));
  watch("b", messages.inOrder(post("b")));
  watch("c", messages.atOnce(post("c")));
  await time.pass(0);
  assert.deepEqual(seen(), ["post c", "post a"]);
  take("a");
  await time.pass(0);
  assert.deepEqual(seen(), ["a passed", "post b", "a taken"]);
  take("b");
  take("c");
  await time.pass(60_000);
  assert.deepEqual(seen().sort(), ["b passed", "b taken", "c passed", "c taken"]);
});

Deno.test("what is taken leaves nothing to wait for", async () => {
  using time = new FakeTime();
  const { messages, post, take } = recorded();
  messages.inOrder(post("a"));
  await time.pass(0);
  assert.equal(time.isAwaited, true);
  take("a");
  await time.pass(0);
  assert.equal(time.isAwaited, false);
});

Deno.test("one that has had its time is waited for no more, and counts from when it leaves", async () => {
  using time = new FakeTime();
  const { messages, post, watch, take, seen } = recorded();
  let leave = () => {};
  watch(
    "a",
    messages.inOrder((onSend) => {
      leave = onSend;
      return post("a", false)(onSend);
    }),
  );
  messages.inOrder(post("b"));
  await time.pass(5_000);
  assert.deepEqual(seen(), ["post a"]);
  leave();
  await time.pass(900);
  // That it leaves once more gives it no new time.
  leave();
  await time.pass(99);
  assert.deepEqual(seen(), []);
  await time.pass(1);
  assert.deepEqual(seen(), ["a passed", "post b"]);
  take("a");
  await time.pass(0);
  assert.deepEqual(seen(), ["a taken"]);
});

Deno.test("one that fails is told, and holds up nothing", async () => {
  using time = new FakeTime();
  const { messages, post, watch, refuse, take, seen } = recorded();
  watch("a", messages.inOrder(post("a")));
  messages.inOrder(post("b"));
  await time.pass(0);
  seen();
  refuse("a", "no");
  await time.pass(0);
  assert.deepEqual(seen(), ["error: no", "a passed", "post b", "a taken"]);
  take("b");
});

Deno.test("all is settled when nothing is on its way, what came meanwhile included", async () => {
  using time = new FakeTime();
  const { messages, post, take, seen } = recorded();
  await messages.settled();
  messages.atOnce(post("a"));
  messages.inOrder(post("b"));
  let isSettled = false;
  messages.settled().then(() => isSettled = true);
  await time.pass(0);
  messages.atOnce(post("c"));
  for (const name of ["b", "a", "c"]) {
    assert.equal(isSettled, false, name);
    take(name);
    await time.pass(0);
  }
  assert.equal(isSettled, true);
  seen();
});
