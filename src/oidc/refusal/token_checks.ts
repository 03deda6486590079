import { isSameUrl } from "./audience_advice.ts";
import type { TokenFacts } from "./token_facts.ts";
import type { TokenRefusal } from "./token_refusal.ts";

/** Whether the token has run out. */
export function isPast({ token: { exp }, now }: TokenRefusal): boolean {
  return exp !== undefined && exp * 1000 <= now;
}

/** Whether the backend says that it trusts others than who gave the token. */
export function isOfAnotherIssuer({ advertised, token, issuer }: TokenRefusal): boolean {
  const issuers = advertised?.issuers ?? [];
  return issuers.length > 0 && !trusts(issuers, token.iss ?? issuer);
}

/** Whether the issuer is among those. */
export function trusts(issuers: readonly string[], iss: string | undefined): boolean {
  return iss === undefined || issuers.some((issuer) => isSameUrl(issuer, iss));
}

/** Whether the token is for this resource. */
export function isFor({ aud }: TokenFacts, resource: string): boolean {
  return aud.some((audience) => isSameUrl(audience, resource));
}

/** A smaller difference of clocks refuses no token, in milliseconds. */
export const noticeable = 30_000;

/** How far the backend's clock is ahead of ours by the `Date` of its answer, in milliseconds. */
export function clockDifference(headers: Headers, now: number): number {
  const date = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(date) ? 0 : date - now;
}
