import assert from "node:assert/strict";
import { startTimer } from "../../src/base/timer.ts";
import { within } from "../support/within.ts";

function soon(milliseconds: number): Promise<number> {
  const began = performance.now();
  const run = new Promise<number>((resolve) =>
    startTimer(() => resolve(performance.now() - began), milliseconds)
  );
  return within(run, { what: `a timer of ${milliseconds} ms` });
}

Deno.test("startTimer: runs once, not before its time", async () => {
  assert(await soon(20) >= 19);
});

Deno.test("startTimer: timers run in their own order, whatever the order they were started in", async () => {
  const ran: number[] = [];
  await Promise.all([30, 10, 20].map((time) => soon(time).then(() => ran.push(time))));
  assert.deepEqual(ran, [10, 20, 30]);
});

Deno.test("startTimer: one that was stopped does not run, and those behind it do", async () => {
  const stopped = startTimer(() => assert.fail("it was stopped"), 5);
  stopped.stop();
  stopped.stop();
  await soon(20);
});

Deno.test("startTimer: runs although the time of one that was stopped has passed since", async () => {
  startTimer(() => assert.fail("it was stopped"), 5).stop();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(await soon(5) >= 4);
});

Deno.test("startTimer: a timer may stop another that is due with it, and start new ones", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const other = startTimer(() => assert.fail("it was stopped"), 10);
  startTimer(() => {
    other.stop();
    startTimer(resolve, 1);
  }, 5);
  // Nothing runs before both are due.
  const until = performance.now() + 20;
  while (performance.now() < until);
  await within(promise, { what: "the timer that was started by another" });
});

Deno.test("startTimer: disposing stops it, and a later one still runs", async () => {
  {
    using _timer = startTimer(() => assert.fail("it was disposed of"), 5);
  }
  await soon(15);
});

Deno.test("startTimer: one that throws does not take the others along", async () => {
  const fault = new Error("thrown on purpose");
  const seen = new Promise((resolve) => {
    addEventListener("error", (event) => {
      event.preventDefault();
      resolve(event.error);
    }, { once: true });
  });
  startTimer(() => {
    throw fault;
  }, 1);
  const later = soon(10);
  assert.equal(await within(seen, { what: "the error" }), fault);
  await later;
});
