import { ProxyError } from "../base/errors.ts";
import { pause } from "../base/abortable.ts";
import { backoff } from "./backoff.ts";

/** Methods that change nothing, so that doing them twice does no harm. */
const readOnlyMethods: ReadonlySet<string> = new Set([
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
]);

/** Whether a request changes nothing, so that the backend may be asked it twice. */
export function isReadOnly(method: string): boolean {
  return readOnlyMethods.has(method);
}

/** The error reasons after which a request certainly was not carried out. */
const neverSent: ReadonlySet<string> = new Set([
  "backend_unreachable",
  "proxy_unreachable",
  "backend_busy",
  "not_taken",
]);

/** The error reasons that hold for every request alike. */
const unreachable: ReadonlySet<string> = new Set([
  "backend_unreachable",
  "connect_timeout",
  "proxy_unreachable",
]);

/** The longest pause before another attempt, in milliseconds. */
const longestPause = 4_000;

/**
 * Whether what another request failed with holds for one that waited for it, too: the backend could
 * not be reached for as long as this one would have been tried again.
 *
 * @param since when the wait began, in milliseconds of `performance.now()`
 */
export function isSharedFailure(
  error: unknown,
  { since, window }: { since: number; window: number },
): boolean {
  return error instanceof ProxyError && unreachable.has(error.reason) &&
    performance.now() - since + longestPause >= window;
}

/** Decides, for one request, whether a failed attempt is followed by another. */
export interface RetryPolicy {
  /** Waits until the next attempt is due; throws the error when there must be none. */
  afterFailure(error: unknown): Promise<void>;
}

/** What {@linkcode createRetryPolicy} needs. */
export interface RetryPolicyOptions {
  /** The request's method. */
  method: string;
  /** How long after the first failure attempts go on, in milliseconds. */
  window: number;
  /** Ends the wait. */
  signal: AbortSignal;
  /** Called with the error of an attempt that another one follows, before the wait for it. */
  onRetry?: (error: ProxyError) => void;
}

/**
 * A policy that never lets a request be carried out twice: it tries again only when the failed
 * attempt cannot have had an effect, or when the method has none.
 */
export function createRetryPolicy(options: RetryPolicyOptions): RetryPolicy {
  const { method, window, signal } = options;
  const pauses = backoff(200, longestPause);
  let until = 0;
  return {
    async afterFailure(error) {
      if (!(error instanceof ProxyError) || !error.transient) throw error;
      if (!neverSent.has(error.reason) && !isReadOnly(method)) throw error;
      const now = performance.now();
      until ||= now + window;
      // Even "at once" is not to be taken so literally that it makes a busy loop.
      const wait = Math.max(error.retryAfter ?? 0, pauses.next());
      if (now + wait > until) throw error;
      options.onRetry?.(error);
      await pause(wait, signal);
    },
  };
}
