import { ProxyError } from "../../base/errors.ts";

/** The error of a sign-in whose answer is to be pasted where there is no terminal for that. */
export function noTerminal(): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: "the flow paste needs a terminal, and there is none",
    fix: "run authful-mcp-proxy login in a terminal, or set OIDC_FLOW to browser or device",
    reason: "no_terminal",
  });
}
