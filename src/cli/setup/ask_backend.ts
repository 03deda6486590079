import { asProxyError, type ProxyError } from "../../base/errors.ts";
import type { Settings } from "../../settings/settings.ts";
import { createFlows, withoutExchange } from "../../app/access.ts";
import { silentLog } from "../doctor/silent_log.ts";

/** What backend and provider say about signing in, before anybody has. */
export interface SignInOffer {
  /** The provider: the one of the settings, or the one that the backend trusts. */
  issuer?: string;
  /** Whether the provider would take this program as a client without anybody's doing. */
  registers: boolean;
  /** Why that could not be found out. */
  error?: ProxyError;
}

/** Backend and provider are waited for this long, in milliseconds. */
const patience = 20_000;

/**
 * Asks the backend for its provider, unless the settings name one, and the provider whether it
 * registers clients. Registers nothing.
 */
export async function askForOffer(settings: Settings): Promise<SignInOffer> {
  const signal = AbortSignal.timeout(patience);
  try {
    const flows = await createFlows({ ...withoutExchange(settings), oidcClientId: undefined }, {
      log: silentLog,
    });
    const { issuer } = await flows.metadata(signal);
    const { from } = await flows.clientOrigin!(signal);
    return { issuer, registers: from !== "nowhere" };
  } catch (error) {
    return { registers: false, error: asProxyError(error) };
  }
}
