import type { Credential } from "../base/credential.ts";
import { asProxyError, ProxyError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { createCredentialSource, type CredentialSource } from "../credentials/credential_source.ts";
import type { Identity } from "../credentials/identity.ts";
import type { ProviderFlows, SignInContext } from "../credentials/provider_flows.ts";
import type { OidcClient } from "../oidc/oidc_client.ts";
import type { StepUpRequest } from "../oidc/step_up_request.ts";
import type { Settings } from "../settings/settings.ts";
import { cacheDirectory } from "./cache_directory.ts";

/** What {@linkcode createExchangeFlows} works with. */
export interface ExchangeFlowsOptions {
  /** The identity of the sign-in. */
  base: Identity;
  /** Signs in, and exchanges. */
  client: OidcClient;
  /** Whether a sign-in that is not stored is of no use. */
  mustStore?: boolean;
  /** Where it says what it does. */
  log: Log;
}

/** Flows whose sign-in is an exchange of the token of another one. */
export interface ExchangeFlows extends ProviderFlows {
  /** Makes later exchanges and sign-ins ask for this besides what is configured. */
  setStepUp(stepUp: StepUpRequest): void;
  /** See {@linkcode ProviderFlows}. */
  handedOver(): Promise<void>;
  /** See {@linkcode ProviderFlows}. */
  personSignIn(): CredentialSource | undefined;
  /** See {@linkcode ProviderFlows}. */
  close(): Promise<void>;
}

/** A token that is younger than this is not the cause of a refusal by its age, in milliseconds. */
const fresh = 60_000;

/** How a provider says that there is something about the token that is to be exchanged. */
const aboutSubject = ["invalid_grant", "invalid_request", "invalid_token", "subject_expired"];

/**
 * Gets the token of a backend by exchanging that of the one sign-in, which is shared by all backends
 * and got as any other one: from the store, by refresh, or by a person. It is looked up in the store
 * for each exchange, so that whoever signs out, or in as somebody else, is heard by all of them.
 */
export function createExchangeFlows(
  settings: Settings,
  { base, client, mustStore, log }: ExchangeFlowsOptions,
): ExchangeFlows {
  let stepUp: StepUpRequest = { scopes: [] };
  let current: CredentialSource | undefined;

  const open = () =>
    createCredentialSource({
      cacheDir: cacheDirectory(settings.cacheDir),
      identity: base,
      flows: client,
      log,
      encryption: settings.credentialEncryption,
      mustStore,
    });

  const exchange = async (subject: Credential, signal: AbortSignal) =>
    await client.exchange(subject, { moreScopes: stepUp.scopes, signal });

  const signIn = async (source: CredentialSource, context: SignInContext) => {
    const { interactive, byHand, force, signal } = context;
    const wantsPerson = stepUp.acrValues !== undefined || stepUp.maxAge !== undefined;
    const signingIn = byHand || force && wantsPerson
      ? source.signIn({ force, byHand, signal })
      : source.current({ interactive, signal });
    if (signingIn instanceof Promise && interactive) {
      source.invitation(signal).then((found) => found && context.onInvitation(found), () => {});
    }
    const signedIn = await signingIn;
    try {
      return await exchange(signedIn, signal);
    } catch (error) {
      const next = await renewed(source, { signedIn, error: asProxyError(error), context });
      if (!next) throw error;
      return await exchange(next, signal);
    }
  };

  return {
    unattended: true,
    setStepUp(wanted) {
      stepUp = wanted;
      const { scopes: _, ...authentication } = wanted;
      client.setStepUp({ scopes: [], ...authentication });
    },
    async signIn(context) {
      const source = current = open();
      try {
        const credential = await signIn(source, context);
        log.debug("exchanged the token of the sign-in for one of the backend");
        await context.onCredential(credential);
        return credential;
      } finally {
        current = undefined;
        await source.close();
      }
    },
    refresh() {
      return Promise.reject(
        new ProxyError({
          category: "Internal error",
          what: "a token that came of an exchange was to be refreshed",
          fix: "run again with --debug and report what it prints",
          reason: "internal",
        }),
      );
    },
    // Before there is a sign-in, none can be anybody else's.
    handedOver: async () => await (current?.settled() ?? never()),
    personSignIn: () => current,
    close: async () => await current?.close(),
  };
}

function never(): Promise<never> {
  return new Promise(() => {});
}

/**
 * A newer token of the sign-in, when that may be what an exchange was refused for; nobody is asked
 * for one that is new already.
 */
async function renewed(
  source: CredentialSource,
  { signedIn, error, context: { interactive, signal } }: {
    signedIn: Credential;
    error: ProxyError;
    context: SignInContext;
  },
): Promise<Credential | undefined> {
  const hasEnded = error.reason === "subject_expired";
  if (!aboutSubject.includes(error.reason)) return undefined;
  if (!hasEnded && Date.now() - signedIn.obtainedAt < fresh) return undefined;
  const next = await source.renewed(signedIn.accessToken, { interactive, signal });
  const isNew = hasEnded ? next.idToken !== signedIn.idToken : true;
  if (isNew) return next;
  // A refresh brought no new ID token: the draft of ID-JAG has the person sign in then.
  return interactive ? await source.signIn({ force: true, byHand: false, signal }) : undefined;
}
