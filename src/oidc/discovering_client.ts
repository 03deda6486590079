import type { DiscoveringClientOptions } from "./registration/discovery_options.ts";
import type { Credential } from "../base/credential.ts";
import { ProxyError } from "../base/errors.ts";
import { createOidcClient, type OidcClient } from "./oidc_client.ts";
import { isUnattendedFlow, type SignInOptions } from "./client_options.ts";
import type { StepUpRequest } from "./step_up_request.ts";
import type { ClientOrigin } from "./registration/client_origin.ts";
import type { FoundConfiguration } from "./registration/find_configuration.ts";

/** An OIDC client that may have to find out first whom it talks to and as whom. */
export interface DiscoveringClient extends OidcClient {
  /** Finds out now, unless that is known since the last start. */
  configure(signal: AbortSignal): Promise<void>;
  /** Who a sign-in would be done as; registers nobody. */
  clientOrigin(signal: AbortSignal): Promise<ClientOrigin>;
  /** Asks the backend that refused the credential again; true when it names another provider now. */
  hasProviderChanged(credential: Credential, signal: AbortSignal): Promise<boolean>;
}

const longestUse = 24 * 60 * 60_000;

/**
 * An OIDC client for backends that follow the MCP authorization specification: it asks the backend
 * for its authorization server, and registers itself there, when either is not configured.
 */
export function createDiscoveringClient(
  options: DiscoveringClientOptions,
): DiscoveringClient {
  let stepUp: StepUpRequest = { scopes: [] };
  /** Whether it goes on with what was begun a moment ago, at the provider that was found then. */
  let isPrepared = false;
  let made: { configuration: string; client: OidcClient } | undefined;

  /** Without a client id it is that of the client to sign in as, which may have to be registered. */
  const find = async (signal: AbortSignal, how: { maxAge: number; clientId?: string }) => {
    const { findConfiguration } = await import("./registration/find_configuration.ts");
    return await findConfiguration(options, { signal, ...how });
  };
  const findIssuer = async (signal: AbortSignal, maxAge: number) => {
    const { findProvider } = await import("./registration/find_provider.ts");
    return (await findProvider(options, { signal, maxAge })).issuerUrl;
  };
  const clientFor = (found: FoundConfiguration): OidcClient => {
    const configuration = JSON.stringify(found);
    if (made?.configuration !== configuration) {
      const { issuerUrl, forget: _forget, registerFor: _registerFor, ...rest } = found;
      const client = createOidcClient({ ...options, ...rest, issuerUrl: new URL(issuerUrl) });
      made = { configuration, client };
    }
    made.client.setStepUp(stepUp);
    return made.client;
  };

  const signInAs = async (found: FoundConfiguration, signIn: SignInOptions) => {
    try {
      return await clientFor(found).signIn(signIn);
    } catch (error) {
      // A provider that forgot the client says so here, or shows the person a page without return.
      if (isOneOf(error, [...forgotten, "login_timeout"])) {
        await found.forget({ gone: isOneOf(error, forgotten) });
      }
      throw error;
    }
  };

  return {
    unattended: isUnattendedFlow(options.flow),
    async configure(signal) {
      await find(signal, { maxAge: longestUse });
    },
    async clientOrigin(signal) {
      const { clientOrigin } = await import("./registration/client_origin.ts");
      return await clientOrigin(options, { signal, maxAge: longestUse });
    },
    async hasProviderChanged(credential, signal) {
      return credential.issuer !== await findIssuer(signal, 0);
    },
    async prepareToResume(signal) {
      isPrepared = true;
      await clientFor(await find(signal, { maxAge: longestUse })).prepareToResume(signal);
    },
    setStepUp(wanted) {
      stepUp = wanted;
    },
    async signIn(signIn) {
      const found = await find(signIn.signal, { maxAge: isPrepared ? longestUse : 0 });
      // The answer of one provider must not be redeemed at another one.
      const resume = signIn.resume?.issuer === found.issuerUrl ? signIn.resume : undefined;
      const { resumeDevice: device } = signIn;
      const resumeDevice = device?.issuer === found.issuerUrl ? device : undefined;
      try {
        return await signInAs(found, { ...signIn, resume, resumeDevice });
      } catch (error) {
        const { registerFor } = found;
        if (!registerFor || !isOneOf(error, ["invalid_scope"])) throw error;
        const { signal } = signIn;
        // Some give a client no scope but those that it named when it registered.
        const other = await registerFor(stepUp.scopes, { refusal: error, signal });
        options.log.info("signing in again, as a client that is registered for these scopes");
        return await signInAs(other, { ...signIn, resume: undefined, resumeDevice: undefined });
      }
    },
    async exchange(subject, request) {
      const { clientId } = subject;
      const found = await find(request.signal, { maxAge: longestUse, clientId });
      return await clientFor(found).exchange(subject, request);
    },
    async backendServer(signal) {
      const found = await find(signal, { maxAge: longestUse, clientId: options.clientId ?? "" });
      return await clientFor(found).backendServer(signal);
    },
    async describeAssertion(signal) {
      return await clientFor(await find(signal, { maxAge: longestUse })).describeAssertion(signal);
    },
    async metadata(signal) {
      // No client is needed to hear what the provider says of itself, and none is registered.
      const found = await find(signal, { maxAge: longestUse, clientId: options.clientId ?? "" });
      return await clientFor(found).metadata(signal);
    },
    async refusedEndpoints(signal) {
      const found = await find(signal, { maxAge: longestUse, clientId: options.clientId ?? "" });
      return await clientFor(found).refusedEndpoints(signal);
    },
    async askSilently(request) {
      const { signal } = request;
      const { from, clientId } = await this.clientOrigin(signal);
      // Nobody is registered only to be asked about.
      const found = await find(signal, { maxAge: longestUse, clientId: clientId ?? "" });
      if (from === "nowhere" || from === "new registration") {
        return { kind: "unclear", status: 0 };
      }
      return await clientFor(found).askSilently(request);
    },
    async revoke(credential, signal) {
      const { clientId } = credential;
      const found = await find(signal, { maxAge: longestUse, clientId });
      if (credential.issuer !== found.issuerUrl) {
        const { nothingRevoked } = await import("./revocation/revoke_credential.ts");
        return nothingRevoked(credential);
      }
      return await clientFor(found).revoke(credential, signal);
    },
    async refresh(credential, signal) {
      const { clientId } = credential;
      const found = await find(signal, { maxAge: longestUse, clientId });
      // Whatever the backend says now, a refresh token is for whoever gave it.
      if (credential.issuer !== found.issuerUrl) {
        throw new ProxyError({
          category: "Authentication error",
          what: `${options.backendUrl.origin} trusts another provider now, ${found.issuerUrl}`,
          fix: "sign in at that provider",
          reason: "invalid_grant",
        });
      }
      try {
        return await clientFor(found).refresh(credential, signal);
      } catch (error) {
        if (!isOneOf(error, forgotten) || options.clientId) throw error;
        await found.forget({ gone: true });
        throw new ProxyError({
          category: "Authentication error",
          what: `${found.issuerUrl} has forgotten the client that was registered there`,
          fix: "sign in again, which registers a new client",
          // The refresh token was that client's.
          reason: "invalid_grant",
          cause: error,
        });
      }
    },
  };
}

/** How a provider says that it does not know a client. */
const forgotten = ["invalid_client", "unauthorized_client"];

function isOneOf(error: unknown, reasons: readonly string[]): error is ProxyError {
  return error instanceof ProxyError && reasons.includes(error.reason);
}
