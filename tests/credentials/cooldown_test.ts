import assert from "node:assert/strict";
import {
  cooldownError,
  isActive,
  nextCooldown,
  refusalPause,
} from "../../src/credentials/cooldown.ts";
import type { Cooldown } from "../../src/credentials/store/credential_store.ts";
import { flowError } from "./scripted_flows.ts";

function pauses(act: "sign-in" | "refresh", count: number, error = flowError({})): number[] {
  let previous: Cooldown | undefined;
  let now = 0;
  return Array.from({ length: count }, () => {
    previous = nextCooldown(act, error, { previous, now });
    const pause = previous.until - now;
    now = previous.until;
    return pause / 1_000;
  });
}

Deno.test("the pause after a failed sign-in grows from 30 s to 10 min", () => {
  assert.deepEqual(pauses("sign-in", 7), [30, 60, 120, 240, 480, 600, 600]);
});

Deno.test("the pause after a failed refresh grows from 2 s to 1 min", () => {
  assert.deepEqual(pauses("refresh", 7), [2, 4, 8, 16, 32, 60, 60]);
});

Deno.test("it is as long as the provider asks for, at least", () => {
  assert.deepEqual(pauses("refresh", 3, flowError({ retryAfter: 5_000 })), [5, 5, 8]);
});

Deno.test("but an hour at most", () => {
  assert.deepEqual(pauses("refresh", 1, flowError({ retryAfter: 86_400_000 })), [3_600]);
});

Deno.test("it holds until then, but not for ever when the clock was set back", () => {
  const cooldown = nextCooldown("refresh", flowError({}), {
    previous: undefined,
    now: 1_000_000_000,
  });
  assert.ok(isActive(cooldown, 1_000_001_999));
  assert.ok(!isActive(cooldown, 1_000_002_000));
  assert.ok(isActive(cooldown, 1_000_000_000 - 59_999), "another machine's clock");
  assert.ok(!isActive(cooldown, 1_000_000_000 - 60_000));
});

Deno.test("a failure long after the last one is the first again", () => {
  const previous = nextCooldown("sign-in", flowError({}), { previous: undefined, now: 0 });
  const soon = nextCooldown("sign-in", flowError({}), { previous, now: previous.until + 599_000 });
  const late = nextCooldown("sign-in", flowError({}), { previous, now: previous.until + 601_000 });
  assert.equal(soon.failures, 2);
  assert.equal(late.failures, 1);
});

Deno.test("the error while it holds says what happened, how to go on and when", () => {
  const error = flowError({ what: "nobody signed in within 300 s", fix: "raise --login-timeout" });
  const cooldown = nextCooldown("sign-in", error, { previous: undefined, now: 0 });
  const told = cooldownError("sign-in", cooldown, 12_000);
  assert.equal(
    told.message,
    "Authentication error: the sign-in 12 s ago did not succeed (nobody signed in within 300 s); " +
      "the next attempt may start in 18 s. " +
      'Fix: raise --login-timeout; then run "authful-mcp-proxy login", or wait for the next attempt.',
  );
  assert.equal(told.retryAfter, 18_000);
});

Deno.test("a cooldown is what happened and until when; its limit counts from the end of the last one", () => {
  const error = flowError({ category: "Network error", what: "no answer", fix: "wait" });
  const cooldown = nextCooldown("refresh", error, { previous: undefined, now: 1_000 });
  assert.deepEqual(cooldown, {
    failures: 1,
    until: 3_000,
    failedAt: 1_000,
    category: "Network error",
    what: "no answer",
    todo: "wait",
  });
  const failures = (after: number) =>
    nextCooldown("refresh", error, { previous: cooldown, now: cooldown.until + after }).failures;
  assert.deepEqual([failures(59_999), failures(60_000)], [2, 1]);
});

Deno.test("the error of a refresh that waits is one of a moment, and says when it goes on", () => {
  const error = flowError({ category: "Network error", what: "no answer", fix: "wait" });
  const cooldown = nextCooldown("refresh", error, { previous: undefined, now: 0 });
  const { category, what, fix, reason, transient, retryAfter } = cooldownError(
    "refresh",
    cooldown,
    500,
  );
  assert.deepEqual({ category, what, fix, reason, transient, retryAfter }, {
    category: "Network error",
    what:
      "the access token could not be renewed 1 s ago (no answer); the next attempt may start in 2 s",
    fix: "wait",
    reason: "refresh_paused",
    transient: true,
    retryAfter: 1_500,
  });
  const late = cooldownError("refresh", cooldown, 5_000);
  assert.equal(late.retryAfter, 0);
  assert.match(late.what, /renewed 5 s ago .* in 1 s$/);
  const signIn = cooldownError("sign-in", cooldown, 5_000);
  assert.deepEqual([signIn.reason, signIn.transient, signIn.retryAfter], [
    "sign_in_paused",
    false,
    0,
  ]);
});

Deno.test("what the provider refused for good is not sent again for a while", () => {
  const error = flowError({ what: "the assertion was refused", fix: "correct it" });
  const cooldown = nextCooldown("sign-in", error, { previous: undefined, now: 0 });
  const { category, what, fix, reason, transient, retryAfter } = refusalPause(cooldown, 12_000);
  assert.deepEqual({ category, what, fix, reason, transient, retryAfter }, {
    category: "Authentication error",
    what: "the assertion was refused; that was 12 s ago, and nothing is sent again for 18 s",
    fix: 'correct it; then run "authful-mcp-proxy login", or wait for the next attempt',
    reason: "refusal_paused",
    transient: false,
    retryAfter: 18_000,
  });
  assert.equal(refusalPause(cooldown, 40_000).retryAfter, 0);
});
