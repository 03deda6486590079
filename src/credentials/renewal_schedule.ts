import type { Credential } from "../base/credential.ts";
import { asProxyError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { startTimer, type Timer } from "../base/timer.ts";
import { renewalTime } from "./validity.ts";

/** Renews a credential ahead of need, so that no request waits for it. */
export interface RenewalSchedule {
  /** From now on this credential is renewed; `undefined` for none. */
  follow(credential: Credential | undefined): void;
  /** A request needed the credential just now. */
  used(): void;
  /** No renewal begins after this. */
  stop(): void;
}

/** What {@linkcode createRenewalSchedule} is made from. */
export interface RenewalScheduleOptions {
  /** Renews; the new credential comes back through {@linkcode RenewalSchedule.follow}. */
  renew: () => Promise<unknown>;
  /** Where a renewal that failed is told. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now: () => number;
  /** From 0 to 1; spreads the renewals of processes that share a credential. */
  random?: () => number;
}

/** Nobody needs a fresh token after so many milliseconds without a request. */
const idleAfter = 600_000;
const longestTimer = 2 ** 31 - 1;
const retryPause = 5_000;

/**
 * A schedule that renews at about 80 % of the lifetime while requests are made, and at the next
 * request after a time without.
 */
export function createRenewalSchedule(options: RenewalScheduleOptions): RenewalSchedule {
  const { renew, log, now, random = Math.random } = options;
  let dueAt = Infinity;
  let usedAt = -Infinity;
  let timer: Timer | undefined;
  let renewing = false;
  let stopped = false;

  function arm(at: number): void {
    timer?.stop();
    dueAt = at;
    if (at === Infinity) return;
    timer = startTimer(tick, Math.min(Math.max(0, at - now()), longestTimer));
  }

  function tick(): void {
    if (renewing || dueAt === Infinity) return;
    if (now() < dueAt) return arm(dueAt);
    if (now() - usedAt > idleAfter) return;
    renewing = true;
    arm(Infinity);
    renew().then(() => retryPause, (cause) => {
      const error = asProxyError(cause);
      log.debug(`renewal ahead of time: ${error.message}`);
      return error.transient ? Math.max(error.retryAfter ?? 0, retryPause) : Infinity;
    }).then((pause) => {
      renewing = false;
      // Unless a new credential came: try again, the old one is still in use.
      if (dueAt === Infinity && !stopped) arm(now() + pause);
    });
  }

  return {
    follow(credential) {
      arm((credential && renewalTime(credential, random())) ?? Infinity);
    },
    used() {
      usedAt = now();
      if (usedAt >= dueAt && !renewing) tick();
    },
    stop() {
      stopped = true;
      arm(Infinity);
    },
  };
}
