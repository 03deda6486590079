import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import { createRetryPolicy, isReadOnly, isSharedFailure } from "../../src/bridge/retry_policy.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { fixedRandom } from "../support/fixed_random.ts";

const failure = (
  reason: string,
  more: { transient?: boolean; retryAfter?: number } = { transient: true },
) => new ProxyError({ category: "Backend error", what: "no", fix: "yes", reason, ...more });

const readOnly = [
  "initialize",
  "ping",
  "server/discover",
  "tools/list",
  "prompts/list",
  "prompts/get",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "completion/complete",
  "tasks/list",
  "tasks/get",
  "tasks/result",
];

Deno.test("methods that change nothing are known, and no others", () => {
  for (const method of readOnly) assert.equal(isReadOnly(method), true, method);
  for (
    const method of ["tools/call", "tasks/cancel", "logging/setLevel", "resources/subscribe", ""]
  ) {
    assert.equal(isReadOnly(method), false, method);
  }
});

/** Whether, and after how long, another attempt follows an error. */
async function waitBehind(
  error: unknown,
  { time, method = "tools/call", window = 20_000, signal = new AbortController().signal }: {
    time: FakeTime;
    method?: string;
    window?: number;
    signal?: AbortSignal;
  },
): Promise<number | "none"> {
  const policy = createRetryPolicy({ method, window, signal });
  const since = time.now;
  let outcome: number | "none" | undefined;
  policy.afterFailure(error).then(() => outcome = time.now - since, (thrown) => {
    assert.equal(thrown, error);
    outcome = "none";
  });
  for (let step = 0; outcome === undefined && step < 100; step++) await time.pass(100);
  return outcome!;
}

Deno.test("only what cannot have had an effect is tried again, and only what may pass", async () => {
  using time = new FakeTime();
  const rows: [unknown, string, boolean][] = [
    [failure("backend_unreachable"), "tools/call", true],
    [failure("proxy_unreachable"), "tools/call", true],
    [failure("backend_busy"), "tools/call", true],
    [failure("not_taken"), "tools/call", true],
    [failure("connection_lost"), "tools/call", false],
    [failure("connect_timeout"), "tools/call", false],
    [failure("backend_down"), "tools/call", false],
    [failure("connection_lost"), "tools/list", true],
    [failure("backend_unreachable", {}), "tools/list", false],
    [new Error("a defect"), "tools/list", false],
  ];
  for (const [error, method, isTried] of rows) {
    const wait = await waitBehind(error, { time, method });
    assert.equal(wait !== "none", isTried, `${error} behind ${method}`);
  }
});

Deno.test("the pauses begin at 200 ms, grow to four seconds, and are as long as was asked for", async () => {
  using time = new FakeTime();
  using _longest = fixedRandom(1);
  const told: unknown[] = [];
  const policy = createRetryPolicy({
    method: "ping",
    window: 30_000,
    signal: new AbortController().signal,
    onRetry: (error) => told.push(error),
  });
  const error = failure("backend_busy");
  const waits: number[] = [];
  for (let count = 0; count < 7; count++) {
    const since = time.now;
    let isOver = false;
    policy.afterFailure(error).then(() => isOver = true);
    assert.equal(told.length, count + 1, "it is told before the wait");
    while (!isOver) await time.pass(100);
    waits.push(time.now - since);
  }
  assert.deepEqual(waits, [200, 400, 800, 1_600, 3_200, 4_000, 4_000]);
  assert.equal(
    await waitBehind(failure("backend_busy", { transient: true, retryAfter: 700 }), { time }),
    700,
  );
  assert.equal(
    await waitBehind(failure("backend_busy", { transient: true, retryAfter: 100 }), { time }),
    200,
  );
});

Deno.test("the window begins with the first failure, and a wait may end exactly with it", async () => {
  using time = new FakeTime();
  const busy = (retryAfter: number) => failure("backend_busy", { transient: true, retryAfter });
  assert.equal(await waitBehind(busy(1_000), { time, window: 1_000 }), 1_000);
  assert.equal(await waitBehind(busy(1_001), { time, window: 1_000 }), "none");
  const policy = createRetryPolicy({
    method: "ping",
    window: 1_000,
    signal: new AbortController().signal,
  });
  const first = policy.afterFailure(busy(600));
  await time.pass(600);
  await first;
  await assert.rejects(policy.afterFailure(busy(600)), { reason: "backend_busy" });
});

Deno.test("what ends the request ends the wait, too", async () => {
  using _time = new FakeTime();
  const ending = new AbortController();
  const policy = createRetryPolicy({ method: "ping", window: 20_000, signal: ending.signal });
  const waiting = policy.afterFailure(failure("backend_busy"));
  ending.abort(new Error("over"));
  await assert.rejects(waiting, { message: "over" });
});

Deno.test("a failure is shared when the wait for it was as long as the attempts would have been", async () => {
  using time = new FakeTime();
  await time.pass(1_000);
  const since = performance.now();
  await time.pass(16_000);
  const at = { since, window: 20_000 };
  for (const reason of ["backend_unreachable", "connect_timeout", "proxy_unreachable"]) {
    assert.equal(isSharedFailure(failure(reason), at), true, reason);
  }
  assert.equal(isSharedFailure(failure("backend_unreachable"), { since, window: 20_001 }), false);
  for (const error of [undefined, new Error("no"), failure("backend_busy")]) {
    assert.equal(isSharedFailure(error, at), false);
  }
});
