import { ProxyError } from "../base/errors.ts";
import type { Cooldown, CooldownAction } from "./store/credential_store.ts";
import { toleratedSkew } from "./tolerated_skew.ts";

const pauses = {
  "sign-in": { first: 30_000, longest: 600_000 },
  "refresh": { first: 2_000, longest: 60_000 },
};

/** No provider is left alone for longer than this, whatever it asks for, in milliseconds. */
const longestRetryAfter = 3_600_000;

/**
 * The cooldown after an attempt that failed. The pause doubles with each failure in a row: for a
 * sign-in from 30 s to 10 min, for a refresh from 2 s to 1 min or, up to an hour, what the provider asked for.
 */
export function nextCooldown(
  action: CooldownAction,
  error: ProxyError,
  { previous, now }: { previous: Cooldown | undefined; now: number },
): Cooldown {
  const { first, longest } = pauses[action];
  const inARow = previous !== undefined && now - previous.until < longest;
  const failures = inARow ? previous.failures + 1 : 1;
  const pause = Math.min(first * 2 ** (failures - 1), longest);
  return {
    failures,
    until: now + Math.max(pause, Math.min(error.retryAfter ?? 0, longestRetryAfter)),
    failedAt: now,
    category: error.category,
    what: error.what,
    todo: error.fix,
  };
}

/** Whether nobody may try again yet. A failure in the future tells that the clock was set back. */
export function isActive(cooldown: Cooldown, now: number): boolean {
  return now < cooldown.until && cooldown.failedAt - now < toleratedSkew;
}

/**
 * What a request is told while the cooldown of a sign-in without a person lasts: no person can help
 * by signing in.
 */
export function refusalPause(cooldown: Cooldown, now: number): ProxyError {
  const wait = seconds(cooldown.until - now);
  return new ProxyError({
    category: cooldown.category,
    what: `${cooldown.what}; that was ${seconds(now - cooldown.failedAt)} s ago, and nothing is ` +
      `sent again for ${wait} s`,
    fix: `${cooldown.todo}; then run "authful-mcp-proxy login", or wait for the next attempt`,
    reason: "refusal_paused",
    retryAfter: Math.max(0, cooldown.until - now),
  });
}

/** What a request is told while the cooldown lasts: what happened, and how to go on by hand. */
export function cooldownError(action: CooldownAction, cooldown: Cooldown, now: number): ProxyError {
  const wait = seconds(cooldown.until - now);
  const ago = seconds(now - cooldown.failedAt);
  const retryAfter = Math.max(0, cooldown.until - now);
  return action === "sign-in"
    ? new ProxyError({
      category: "Authentication error",
      what:
        `the sign-in ${ago} s ago did not succeed (${cooldown.what}); the next attempt may start in ${wait} s`,
      fix: `${cooldown.todo}; then run "authful-mcp-proxy login", or wait for the next attempt`,
      reason: "sign_in_paused",
      retryAfter,
    })
    : new ProxyError({
      category: cooldown.category,
      what:
        `the access token could not be renewed ${ago} s ago (${cooldown.what}); the next attempt may start in ${wait} s`,
      fix: cooldown.todo,
      reason: "refresh_paused",
      transient: true,
      retryAfter,
    });
}

function seconds(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds / 1000));
}
