import type { Credential } from "../base/credential.ts";

const margin = 60_000;

/** What ends sooner, in milliseconds, would have the provider asked without a pause. */
const shortestAhead = 1_000;

/**
 * Whether the access token may be used without refreshing first: until 60 s before its end, or a fifth of
 * its lifetime when that is shorter. A token whose end is unknown is valid until it is refused.
 */
export function isValid(credential: Credential, now: number): boolean {
  if (credential.expiresAt === undefined) return true;
  return now < credential.expiresAt - Math.min(margin, lifetime(credential) / 5);
}

/** Whether the backend would likely still accept the access token; good enough when renewal has to wait. */
export function isUnexpired(credential: Credential, now: number): boolean {
  if (credential.expiresAt === undefined) return true;
  return now < credential.expiresAt - Math.min(margin / 12, lifetime(credential) / 20);
}

/**
 * When to renew ahead of need: when 80 % of the lifetime are gone, a little earlier by chance so
 * that processes which share the credential do not all begin at once, and so that renewal of a
 * short-lived token ends before {@linkcode isValid} does; never when a token lives for less than a
 * second, and is renewed when it is needed.
 *
 * @param random from 0 to 1
 */
export function renewalTime(credential: Credential, random: number): number | undefined {
  if (credential.expiresAt === undefined || lifetime(credential) < shortestAhead) return undefined;
  return credential.obtainedAt + lifetime(credential) * (0.78 - 0.06 * random);
}

function lifetime(credential: Credential): number {
  return Math.max(0, (credential.expiresAt ?? Infinity) - credential.obtainedAt);
}
