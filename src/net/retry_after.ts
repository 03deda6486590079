/**
 * How long an answer asks to wait before the next attempt (`Retry-After`, RFC 9110 section 10.2.3),
 * in milliseconds; `undefined` when it does not say.
 *
 * @example
 * ```ts
 * import { retryAfterOf } from "./retry_after.ts";
 *
 * retryAfterOf(new Headers({ "retry-after": "2" }), Date.now()); // 2000
 * ```
 */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (!text) return undefined;
  // V8 takes even "-3" for a date.
  const wait = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /[a-z]/i.test(text)
    ? Date.parse(text) - now
    : NaN;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
