import type { Credential } from "../../credential.ts";
import { ProxyError } from "../../errors.ts";
import type { OidcClientOptions, SignInOptions } from "../oidc_client.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { signInWithCode } from "./authorization_code_flow.ts";
import { signInAsClient } from "./client_credentials_flow.ts";
import { signInByDevice } from "./device_flow.ts";

/** Signs in by the flow that the configuration names, or by the one that fits this machine. */
export async function signInByFlow(
  connection: ProviderConnection,
  options: OidcClientOptions,
  signIn: SignInOptions,
): Promise<Credential> {
  const { flow = "auto", openBrowser, log } = options;
  const { signal } = signIn;
  // A tab that is open already leads back here, whatever would be chosen now.
  if (signIn.resume) return hintAtOfflineAccess(await withBrowser(), connection);
  switch (flow) {
    case "client-credentials":
      return await signInAsClient(connection, signal);
    case "device":
      return hintAtOfflineAccess(await signInByDevice(connection, signal), connection);
    case "paste": {
      const terminal = await options.openTerminal?.();
      if (!terminal) throw noTerminal();
      return hintAtOfflineAccess(
        await signInWithCode(connection, signIn, { terminal }),
        connection,
      );
    }
    case "browser":
      return hintAtOfflineAccess(await withBrowser(), connection);
    case "auto":
      return hintAtOfflineAccess(await byWhatThereIs(), connection);
  }

  function withBrowser() {
    return signInWithCode(connection, signIn, { open: openBrowser });
  }

  async function byWhatThereIs(): Promise<Credential> {
    const obstacle = openBrowser
      ? await options.browserObstacle?.()
      : "opening a browser is switched off";
    if (!obstacle) {
      const other = connection.server.device_authorization_endpoint !== undefined;
      try {
        return await signInWithCode(connection, signIn, { open: openBrowser, openOrFail: other });
      } catch (error) {
        if (!(error instanceof ProxyError) || error.reason !== "browser_failed") throw error;
        return await withoutBrowser(error.what);
      }
    }
    return await withoutBrowser(obstacle);
  }

  async function withoutBrowser(why: string): Promise<Credential> {
    if (connection.server.device_authorization_endpoint) {
      log.info(`signing in by device code, because ${why}`);
      return await signInByDevice(connection, signal);
    }
    const terminal = await options.openTerminal?.();
    log.info(
      terminal
        ? `signing in by a pasted URL, because ${why}`
        : `signing in by a printed URL, because ${why}`,
    );
    return await signInWithCode(connection, signIn, { terminal });
  }
}

/** Says how not to have to sign in so often, when that is in the person's hands. */
function hintAtOfflineAccess(
  credential: Credential,
  { server, options }: ProviderConnection,
): Credential {
  if (credential.refreshToken !== undefined) return credential;
  if (!server.scopes_supported?.includes("offline_access")) return credential;
  options.log.info(
    options.scopes.includes("offline_access")
      ? "the provider gave no refresh token although offline_access was asked for: some want " +
        "--oidc-auth-param prompt=consent with it"
      : "the provider gave no refresh token, so the next sign-in is due when the access token " +
        "ends: add offline_access to OIDC_SCOPES",
  );
  return credential;
}

function noTerminal(): ProxyError {
  return new ProxyError({
    category: "Configuration error",
    what: "the flow paste needs a terminal, and there is none",
    todo: "run authful-mcp-proxy login in a terminal, or set OIDC_FLOW to browser or device",
    reason: "no_terminal",
  });
}
