import { ProxyError } from "../base/errors.ts";
import { isReadOnly } from "./retry_policy.ts";

/**
 * The error for a request whose event stream `ended`, or was `broken`, before the answer came.
 *
 * @param method the method of the request: where it only reads, there is nothing to check afterwards
 */
export function streamEnded(ending: "ended" | "broken", method?: string): ProxyError {
  const isHarmless = method !== undefined &&
    (isReadOnly(method) || method === "subscriptions/listen");
  const what = ending === "ended"
    ? "the backend ended its answer without a response to the request"
    : "the connection broke while the backend was answering";
  return new ProxyError({
    category: "Backend error",
    what: isHarmless ? what : `${what}; the request may have been carried out`,
    fix: isHarmless
      ? "send the request again, and look at the backend's log if it ends in the same way"
      : "check what was done before you try again",
    reason: ending === "ended" ? "stream_ended" : "connection_lost",
    transient: ending === "broken",
  });
}
