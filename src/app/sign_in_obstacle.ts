import { ProxyError } from "../base/errors.ts";
import { openControllingTerminal } from "../oidc/flows/controlling_terminal.ts";
import { noTerminal } from "../oidc/flows/no_terminal.ts";
import type { Settings } from "../settings/settings.ts";

/** What {@linkcode signInObstacle} looks at besides the settings. */
export interface SignInObstacleOptions {
  /** Finds the terminal of the person, if there is one. */
  openTerminal?: () => Promise<unknown>;
}

/** Why no person can sign in at this program, whatever they do; `undefined` when one can. */
export async function signInObstacle(
  { oidcFlow }: Pick<Settings, "oidcFlow">,
  { openTerminal = openControllingTerminal }: SignInObstacleOptions = {},
): Promise<ProxyError | undefined> {
  if (oidcFlow === "workload") {
    return new ProxyError({
      category: "Authentication error",
      what:
        "the program signs in by the JWT of its platform (workload), and nobody can do that for it",
      fix: "see whether the platform gives it a JWT that the provider accepts, " +
        "or set OIDC_FLOW to auto for a person to sign in",
      reason: "unattended",
    });
  }
  if (oidcFlow === "client-credentials") {
    return new ProxyError({
      category: "Authentication error",
      what: "the client signs in by itself (client-credentials), and nobody can do that for it",
      fix: "see whether the provider accepts its client id and secret, " +
        "or set OIDC_FLOW to auto for a person to sign in",
      reason: "unattended",
    });
  }
  if (oidcFlow === "paste" && !await openTerminal()) return noTerminal();
  return undefined;
}
