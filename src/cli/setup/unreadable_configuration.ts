import { ProxyError } from "../../base/errors.ts";

/** The reason of the error for a configuration file that is not understood. */
export const unreadable = "unreadable_client_configuration";

/** What the error calls the file, where its path is not known. */
export const anyConfiguration = "the configuration file";

/** A configuration file that must not be touched, since it is not understood. */
export function unreadableConfiguration(what: string, cause?: unknown): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: `${anyConfiguration} ${what}`,
    fix: "correct it, or use --client json and paste the entry by hand",
    reason: unreadable,
    cause,
  });
}
