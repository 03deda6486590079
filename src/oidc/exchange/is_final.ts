import type { ProxyError } from "../../base/errors.ts";

/** Whether the same request would be refused again. */
export function isFinal({ transient, category }: ProxyError): boolean {
  return !transient && category !== "Network error" && category !== "Internal error";
}
