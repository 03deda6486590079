import type { CredentialSource } from "../credentials/credential_source.ts";
import { asProxyError, ProxyError } from "../base/errors.ts";
import type { Settings } from "../settings/settings.ts";
import type { Access } from "./access.ts";
import { requireSettings } from "../settings/required_settings.ts";

/** What {@linkcode discoverConfiguration} works with. */
export interface ConfigureOptions extends Pick<Access, "configure"> {
  /** Where a credential may lie that makes it unnecessary. */
  source: CredentialSource;
  /** Ends the wait. */
  signal: AbortSignal;
}

/**
 * Finds out the issuer and the client id that no setting names. With a credential in the store that
 * waits until it is needed: a start does not depend on the provider being up.
 *
 * @throws {ProxyError} the configuration error of the missing settings, with why they cannot be found
 */
export async function discoverConfiguration(
  settings: Settings,
  { source, configure, signal }: ConfigureOptions,
): Promise<void> {
  try {
    await source.current({ interactive: false, signal });
    return;
  } catch (error) {
    signal.throwIfAborted();
    // A store that must not be used is reported by whoever waits for it.
    if (asProxyError(error).reason !== "signed_out") return;
  }
  try {
    await configure(signal);
  } catch (cause) {
    signal.throwIfAborted();
    const error = asProxyError(cause);
    const own = ["several_providers", "resource_mismatch", "issuer_mismatch"];
    if (error.category === "Internal error" || own.includes(error.reason)) throw error;
    try {
      requireSettings(settings, ["oidcIssuerUrl", "oidcClientId"]);
    } catch (missing) {
      if (!(missing instanceof ProxyError)) throw missing;
      throw new ProxyError({
        category: missing.category,
        what: `${missing.what}; the backend was asked for them: ${error.what}`,
        fix: missing.fix,
        reason: missing.reason,
        cause,
      });
    }
    throw error;
  }
}
