import { ProxyError } from "../base/errors.ts";

/** What is known of a request that is pending when the bridge ends. */
export interface PendingAtEnd {
  /** Whether an attempt is under way, of which it is not known whether it is carried out. */
  isSent: boolean;
  /** What the last attempt failed with, of this request or of one that it waits for. */
  failure?: ProxyError;
  /** Whether requests wait for a credential. */
  isUnauthorized: boolean;
}

/**
 * What a request is answered with that is still pending when the bridge ends: why it is, as far as
 * that is known, since that is what the person can do something about.
 */
export function bridgeEnded({ isSent, failure, isUnauthorized }: PendingAtEnd): ProxyError {
  if (!failure) {
    const isWaiting = isUnauthorized && !isSent;
    return new ProxyError({
      category: "System error",
      what: isWaiting
        ? "the proxy ended while the request waited for a sign-in, or for a token to be renewed"
        : "the proxy ended before the backend answered",
      fix: isWaiting ? "sign in, then restart the client" : "restart the client",
      reason: "proxy_ended",
    });
  }
  const { category, what, fix, reason, httpStatus } = failure;
  if (!isSent) {
    const ended = `${what}; the client left before another attempt`;
    return new ProxyError({ category, what: ended, fix, reason, httpStatus, cause: failure });
  }
  return new ProxyError({
    category,
    what: `the proxy ended before the backend answered; the attempt before had failed: ${what}`,
    fix,
    reason: "proxy_ended",
    cause: failure,
  });
}
