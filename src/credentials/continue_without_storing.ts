import { asProxyError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";

/**
 * Lets a new credential that could not be stored for the moment be used all the same: it may be the
 * only good one.
 *
 * @throws {ProxyError} when it never can be stored, or when it was to be stored above all
 */
export function continueWithoutStoring(
  cause: unknown,
  { log, mustStore }: { log: Log; mustStore: boolean },
): void {
  const error = asProxyError(cause);
  if (!error.transient || mustStore) throw error;
  log.warn(`${error.what}: the new credential could not be stored, this process uses it`);
}
