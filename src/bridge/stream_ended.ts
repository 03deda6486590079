import { ProxyError } from "../base/errors.ts";

/** The error for a request whose event stream `ended`, or was `broken`, before the answer came. */
export function streamEnded(ending: "ended" | "broken"): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: ending === "ended"
      ? "the backend ended its answer without a response to the request; the request may have been carried out"
      : "the connection broke while the backend was answering; the request may have been carried out",
    fix: "check what was done before you try again",
    reason: ending === "ended" ? "stream_ended" : "connection_lost",
    transient: ending === "broken",
  });
}
