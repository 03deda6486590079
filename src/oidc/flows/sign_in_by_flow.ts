import type { Credential, PendingDevice } from "../../base/credential.ts";
import { asProxyError, oneLine, ProxyError } from "../../base/errors.ts";
import type { SignInOptions } from "../client_options.ts";
import type { ProviderConnection } from "../provider_connection.ts";
import { signInWithCode } from "./authorization_code_flow.ts";
import { signInAsClient } from "./client_credentials_flow.ts";
import { authorizeDevice } from "./device_authorization.ts";
import { signInByDevice } from "./device_flow.ts";
import { noTerminal } from "./no_terminal.ts";
import { personalScopes } from "./personal_scopes.ts";
import type { ControllingTerminal } from "./controlling_terminal.ts";

/** Signs in by the flow that the configuration names, or by the one that fits this machine. */
export async function signInByFlow(
  connection: ProviderConnection,
  signIn: SignInOptions,
): Promise<Credential> {
  const { options } = connection;
  const { flow = "auto", openBrowser, log } = options;
  const { signal, resumeDevice } = signIn;
  // A tab that is open already leads back here, whatever would be chosen now.
  if (signIn.resume) return withHints(await withBrowser(), connection);
  if (resumeDevice && resumeDevice.clientId === connection.client.client_id) {
    return withHints(
      await signInByDevice(connection, { ...signIn, device: resumeDevice }),
      connection,
    );
  }
  switch (flow) {
    case "client-credentials":
      return await signInAsClient(connection, signal);
    case "workload": {
      const { signInAsWorkload } = await import("../workload/sign_in_as_workload.ts");
      return await signInAsWorkload(connection, signal);
    }
    case "device": {
      const device = await authorizeDevice(connection, signal);
      return withHints(await signInByDevice(connection, { ...signIn, device }), connection);
    }
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
      return withHints(await signInAutomatically(), connection);
  }

  function withBrowser() {
    return signInWithCode(connection, signIn, { open: openBrowser });
  }

  async function signInAutomatically(): Promise<Credential> {
    const terminal = await options.openTerminal?.();
    if (!openBrowser) return await byUrl("opening a browser is switched off", terminal);
    const obstacle = await options.browserObstacle?.();
    if (obstacle) return await withoutBrowser(obstacle, terminal);
    try {
      return await signInWithCode(connection, signIn, {
        open: openBrowser,
        // Asked only then: a provider may have to be asked what it has.
        openOrFail: async () =>
          terminal !== undefined ||
          await connection.lookFor("device_authorization_endpoint", signal),
      });
    } catch (error) {
      if (!(error instanceof ProxyError) || error.reason !== "browser_failed") throw error;
      return await withoutBrowser(error.what, terminal);
    }
  }

  async function withoutBrowser(
    why: string,
    terminal: ControllingTerminal | undefined,
  ): Promise<Credential> {
    const device = await deviceCode(why);
    if (!device) return await byUrl(why, terminal);
    try {
      return await signInByDevice(connection, { ...signIn, device });
    } catch (error) {
      // Some find out only now that this client may not use the flow; no other way helps the rest.
      if (!(error instanceof ProxyError) || !notAllowed.includes(error.reason)) throw error;
      log.info(`${error.what}: going on without the device flow`);
      return await byUrl(why, terminal);
    }
  }

  /** A device code; none where the provider has no device flow, or not for this client. */
  async function deviceCode(why: string): Promise<PendingDevice | undefined> {
    try {
      if (!await connection.lookFor("device_authorization_endpoint", signal)) return undefined;
    } catch (error) {
      signal.throwIfAborted();
      // A document that cannot be had now, or is wrong there, is no reason to end what goes on without.
      log.info(`${oneLine(asProxyError(error).what)}: going on without the device flow`);
      return undefined;
    }
    log.info(`signing in by device code, because ${why}`);
    try {
      return await authorizeDevice(connection, signal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      log.info(`${error.what}: going on without the device flow`);
      return undefined;
    }
  }

  async function byUrl(
    why: string,
    terminal: ControllingTerminal | undefined,
  ): Promise<Credential> {
    log.info(`signing in by a ${terminal ? "pasted" : "printed"} URL, because ${why}`);
    if (terminal) return await signInWithCode(connection, signIn, { terminal });
    const redirectUrl = options.redirectUrls[0];
    log.info(
      `the browser must reach ${redirectUrl.origin} of this machine: if yours is on another one, ` +
        fromElsewhere(redirectUrl),
    );
    try {
      return await signInWithCode(connection, signIn, {});
    } catch (error) {
      if (!(error instanceof ProxyError) || error.reason !== "login_timeout") throw error;
      throw new ProxyError({
        ...error,
        what: `${error.what}; no browser was opened, because ${why}`,
        fix: `${fromElsewhere(redirectUrl)}; ${error.fix}`,
      });
    }
  }
}

/** How to sign in at a program that has neither a browser nor a terminal. */
function fromElsewhere({ hostname, port }: URL): string {
  const forward = port === "0" ? "" : `, or forward the port (ssh -L ${port}:${hostname}:${port})`;
  return "run authful-mcp-proxy login in a terminal of this machine, where the answer of a browser " +
    `on any machine can be pasted${forward}`;
}

/**
 * Whether a provider has refused a device authorization request for good, in whatever words and
 * with whatever status: some name the endpoint for clients, too, that may not use it.
 */
function isRefusal(error: unknown): error is ProxyError {
  return error instanceof ProxyError && error.category !== "Network error" &&
    // Whoever sends people to such a page is not to be trusted with another way to sign in.
    error.reason !== "unsafe_endpoint";
}

/** How a token endpoint says that this client may not use a flow. */
const notAllowed = ["unauthorized_client", "unsupported_grant_type", "invalid_request"];

/** Says what was not granted, and how not to have to sign in so often where the person can help it. */
function withHints(
  credential: Credential,
  connection: ProviderConnection,
): Credential {
  const { options } = connection;
  const granted = [
    ...personalScopes,
    ...(credential.scope ?? "").split(" "),
  ];
  const denied = options.scopes.filter((scope) => !granted.includes(scope));
  if (denied.length > 0) {
    options.log.info(
      `the provider did not grant ${denied.join(" ")}: see whether this client may have it`,
    );
  }
  if (credential.refreshToken !== undefined) return credential;
  options.log.info(
    "the provider gave no refresh token, so the next sign-in is due when the access token ends: " +
      refreshTokenAdvice(connection),
  );
  return credential;
}

/** How a person comes to have a refresh token, which providers give by rules of their own. */
function refreshTokenAdvice({ server, options, method }: ProviderConnection): string {
  const { scopes_supported: scopes, grant_types_supported: grants } = server;
  if (scopes?.includes("offline_access")) {
    return options.scopes.includes("offline_access")
      ? "offline_access was asked for, so see whether this client may have refresh tokens"
      : "add offline_access to OIDC_SCOPES";
  }
  // What a list leaves out is not there; a list that is absent says nothing.
  if (grants && !grants.includes("refresh_token")) return "its metadata knows no refresh tokens";
  return method === "none"
    ? "allow this client the refresh_token grant there, or, where only clients with a secret get " +
      "one, give it a secret and set OIDC_CLIENT_SECRET"
    : "allow this client the refresh_token grant there";
}
