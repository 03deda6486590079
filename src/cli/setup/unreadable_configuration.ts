import { ProxyError } from "../../errors.ts";

/** A configuration file of a client that must not be touched, since it is not understood. */
export function unreadableConfiguration(what: string, cause?: unknown): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `the client's configuration ${what}`,
    fix: "correct it, or use --client json and paste the entry by hand",
    reason: "unreadable_client_configuration",
    cause,
  });
}
