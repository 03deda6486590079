import type { Credential } from "../../credential.ts";
import { ProxyError } from "../../errors.ts";
import type { SignInOptions } from "../oidc_client.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { signInWithCode } from "./authorization_code_flow.ts";
import { signInAsClient } from "./client_credentials_flow.ts";
import { signInByDevice } from "./device_flow.ts";
import { requestedScope } from "./requested_scope.ts";
import type { Terminal } from "./terminal.ts";

/** Signs in by the flow that the configuration names, or by the one that fits this machine. */
export async function signInByFlow(
  connection: ProviderConnection,
  signIn: SignInOptions,
): Promise<Credential> {
  const { options } = connection;
  const { flow = "auto", openBrowser, log } = options;
  const { signal } = signIn;
  // A tab that is open already leads back here, whatever would be chosen now.
  if (signIn.resume) return withHints(await withBrowser(), connection);
  switch (flow) {
    case "client-credentials":
      return await signInAsClient(connection, signal);
    case "device":
      return withHints(await signInByDevice(connection, signal), connection);
    case "paste": {
      const terminal = await options.openTerminal?.();
      if (!terminal) throw noTerminal();
      return withHints(
        await signInWithCode(connection, signIn, { terminal }),
        connection,
      );
    }
    case "browser":
      return withHints(await withBrowser(), connection);
    case "auto":
      return withHints(await byWhatThereIs(), connection);
  }

  function withBrowser() {
    return signInWithCode(connection, signIn, { open: openBrowser });
  }

  async function byWhatThereIs(): Promise<Credential> {
    const terminal = await options.openTerminal?.();
    if (!openBrowser) return await byUrl("opening a browser is switched off", terminal);
    const obstacle = await options.browserObstacle?.();
    if (obstacle) return await withoutBrowser(obstacle, terminal);
    const hasDeviceFlow = Boolean(connection.server.device_authorization_endpoint);
    try {
      return await signInWithCode(connection, signIn, {
        open: openBrowser,
        openOrFail: hasDeviceFlow || terminal !== undefined,
      });
    } catch (error) {
      if (!(error instanceof ProxyError) || error.reason !== "browser_failed") throw error;
      return await withoutBrowser(error.what, terminal);
    }
  }

  async function withoutBrowser(
    why: string,
    terminal: Terminal | undefined,
  ): Promise<Credential> {
    if (connection.server.device_authorization_endpoint) {
      log.info(`signing in by device code, because ${why}`);
      try {
        return await signInByDevice(connection, signal);
      } catch (error) {
        // Some providers name the endpoint for clients, too, that may not use it.
        if (!(error instanceof ProxyError) || !notAllowed.includes(error.reason)) throw error;
        log.info(`${error.what}: going on without it`);
      }
    }
    return await byUrl(why, terminal);
  }

  async function byUrl(why: string, terminal: Terminal | undefined): Promise<Credential> {
    log.info(`signing in by a ${terminal ? "pasted" : "printed"} URL, because ${why}`);
    return await signInWithCode(connection, signIn, { terminal });
  }
}

/** How a provider says that this client may not use a flow. */
const notAllowed = ["unauthorized_client", "unsupported_grant_type", "invalid_request"];

/** Scopes that providers grant without saying so. */
const unnamed = ["openid", "profile", "email", "address", "phone", "offline_access"];

/** Says what was not granted, and how not to have to sign in so often where the person can help it. */
function withHints(
  credential: Credential,
  { server, options }: ProviderConnection,
): Credential {
  const granted = [
    ...unnamed,
    ...(credential.scope ?? requestedScope(options.scopes) ?? "").split(" "),
  ];
  const denied = options.scopes.filter((scope) => !granted.includes(scope));
  if (denied.length > 0) {
    options.log.info(
      `the provider did not grant ${denied.join(" ")}: see whether this client may have it`,
    );
  }
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
    fix: "run authful-mcp-proxy login in a terminal, or set OIDC_FLOW to browser or device",
    reason: "no_terminal",
  });
}
