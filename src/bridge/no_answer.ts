import { ProxyError } from "../base/errors.ts";

/** The error for a request that the backend answered, but not with a response to it. */
export function noAnswer(how: string): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend answered the request ${how}`,
    fix: "check that MCP_BACKEND_URL is the backend's MCP endpoint, and look at its log",
    reason: "no_answer",
  });
}

/** The error for a request of our own that the backend has not answered within so many milliseconds. */
export function notAnswered(method: string, timeout: number): ProxyError {
  return new ProxyError({
    category: "Backend error",
    what: `the backend did not answer ${method} within ${timeout / 1000} s`,
    fix: "look at the backend's log",
    reason: "no_answer",
  });
}
