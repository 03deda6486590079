import { rememberSecret } from "../base/redactor.ts";
import type {
  AuthorizationFields,
  Authorizer,
  OutgoingRequest,
  Refusal,
} from "../bridge/authorizer.ts";
import type { Credential } from "../base/credential.ts";
import type { CredentialSource } from "../credentials/credential_source.ts";
import { ProxyError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { DpopProver } from "../oidc/dpop/dpop_prover.ts";
import type { RefusalExplainer } from "./refusal_explainer.ts";
import type { StepUp } from "./step_up.ts";

/** What {@linkcode createAuthorizer} needs besides the credential source. */
export interface AuthorizerOptions {
  /** Signs in again when the backend wants more than the token has. */
  stepUp: StepUp;
  /** Asks a backend that named its provider again; true when it names another one now. */
  hasProviderChanged(credential: Credential, signal: AbortSignal): Promise<boolean>;
  /** Whether a new token comes without a person, and without a refresh token; no by default. */
  unattended?: boolean;
  /** Says why a fresh token is refused. */
  explain: RefusalExplainer;
  /** Where it says what it does. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/** Tokens that live for seconds may run out on their way; one message has this many at most. */
const maxRenewals = 4;

/** A token younger than this that was never accepted is not the cause of its own refusal by age. */
const fresh = 60_000;

/**
 * By how much a token may end before `expires_in` says, in milliseconds: `exp` counts whole seconds,
 * and providers cut off the rest (RFC 7519 section 2).
 */
const rounding = 1_000;

/** So long nobody signs in again because of a refusal when the last new token was refused, too. */
const refusalCooldown = 600_000;

/** For so long an answer of 403 that a new token did not change is not taken for one about the token. */
const forbiddenFor = 600_000;

/** So seldom a token is renewed because it is refused to what no message of the client is behind. */
const backgroundPause = 600_000;

/**
 * Authorizes the bridge's requests with the credential of one identity: the token when there is one
 * at hand (with a proof when it is bound to a key), renewed once when the backend refuses it, with
 * more scopes when the backend wants them, and an explanation after that.
 */
export function createAuthorizer(
  source: CredentialSource,
  { stepUp, hasProviderChanged, explain: explainRefusal, unattended = false, log, now = Date.now }:
    AuthorizerOptions,
): Authorizer {
  // Which token a request went out with is asked only when it is refused: remembering the last few
  // field objects is cheaper than parsing them, and keeps the token out of the seam.
  const sent = new WeakMap<AuthorizationFields, Credential>();
  // When a message was refused first: a token that is older than that is no answer to it.
  const firstRefused = new WeakMap<OutgoingRequest, number>();
  let latest: { credential: Credential; fields: AuthorizationFields } | undefined;
  let accepted: Credential | undefined;
  let inVainAt = -Infinity;
  let forbiddenAt = -Infinity;
  let backgroundAt = -Infinity;
  let prover: { key: JsonWebKey; made: Promise<DpopProver> } | undefined;

  const fieldsFor = (
    request: OutgoingRequest,
    credential: Credential,
  ): AuthorizationFields | Promise<AuthorizationFields> => {
    if (credential.tokenType === "DPoP" && credential.dpopKey) {
      return provenFields(request, credential, credential.dpopKey);
    }
    if (latest?.credential.accessToken !== credential.accessToken) {
      latest = { credential, fields: { authorization: `Bearer ${credential.accessToken}` } };
      sent.set(latest.fields, credential);
    }
    return latest.fields;
  };

  const provenFields = async (
    { method, url }: OutgoingRequest,
    credential: Credential,
    key: JsonWebKey,
  ): Promise<AuthorizationFields> => {
    if (prover?.key.x !== key.x) {
      prover = {
        key,
        made: import("../oidc/dpop/dpop_prover.ts").then((module) => module.createDpopProver(key)),
      };
    }
    const { accessToken } = credential;
    const dpop = await (await prover!.made).proof({ method, url, accessToken });
    rememberSecret(dpop, { isPassing: true });
    const fields = { authorization: `DPoP ${accessToken}`, dpop };
    sent.set(fields, credential);
    latest = { credential, fields };
    return fields;
  };

  const credentialRequest = (request: OutgoingRequest) => ({
    interactive: request.purpose === "client",
    signal: request.signal,
  });

  const explain = (refusal: Refusal, credential: Credential, note?: string) =>
    explainRefusal(refusal, { credential, accepted, note });

  return {
    authorize(request) {
      const credential = source.current(credentialRequest(request));
      return credential instanceof Promise
        ? credential.then((credential) => fieldsFor(request, credential))
        : fieldsFor(request, credential);
    },
    async refused(refusal) {
      const { request, headers, status, attempt } = refusal;
      const credential = sent.get(refusal.fields);
      if (!credential) {
        throw new ProxyError({
          category: "Internal error",
          what: `${request.url.origin} refused a request that nobody authorized`,
          fix: "run again with --debug and report what it prints",
          reason: "internal",
        });
      }
      const bound = refusal.fields.dpop !== undefined;
      if (bound) {
        const { asksForDpopNonce } = await import("../oidc/dpop/dpop_prover.ts");
        (await prover?.made)?.answered(request.url, headers);
        if (asksForDpopNonce(headers) && attempt < 3) return;
      }
      // Another request may have brought a newer one, which costs nothing.
      const isOutdated = latest?.credential.accessToken !== credential.accessToken;
      // With a nonce to be fetched first, the token itself is refused one attempt later.
      const isRenewed = attempt > (bound ? 2 : 1);
      const needsPerson = credential.refreshToken === undefined && !unattended;
      const isSessionLost = async () => await refusal.isSessionLost?.();
      const wanted = await stepUp.wantedBy(refusal, credential);
      // A refresh brings no scope, but a 401 may be about anything, and a refresh costs nobody a tab.
      const isCertain = status === 403 || wanted?.scopes.length === 0;
      let note: string | undefined;
      if (wanted && (isCertain || isRenewed || needsPerson)) {
        if (isOutdated && !isRenewed) return;
        if (status === 401 && await isSessionLost()) return "answer";
        note = await stepUp.signIn(wanted, { refusal, credential });
        if (note === undefined) return;
      }
      if (isCertain) {
        if (!wanted && await isSessionLost()) return "answer";
        throw await explain(refusal, credential, note);
      }
      const { expiresAt, obtainedAt } = credential;
      const hasRunOut = mayHaveRunOut(expiresAt, now()) && !needsPerson;
      if (attempt === 1) firstRefused.set(request, now());
      if (isRenewed) {
        // One that has run out on its way says nothing of those that come after it, and neither does
        // one that another process got before this refusal: all of those may have been revoked at once.
        const isOlder = !needsPerson && obtainedAt < (firstRefused.get(request) ?? -Infinity);
        if ((hasRunOut || isOlder) && attempt < maxRenewals) {
          await source.renewed(credential.accessToken, credentialRequest(request));
          return;
        }
        if (await isSessionLost()) return "answer";
        inVainAt = now();
        throw await explain(refusal, credential, note);
      }
      // A sign-in would bring the same token once more, and a tab each time; a refresh would cost a
      // grant for each call. Even a backend that takes no token may answer some requests, so that
      // alone does not tell a good one.
      const age = now() - credential.obtainedAt;
      const isFresh = age >= 0 && age < fresh;
      const wasInVain = now() - inVainAt < refusalCooldown;
      const inVain = !isOutdated && !hasRunOut &&
        (accepted?.accessToken === credential.accessToken
          ? wasInVain && (isFresh || needsPerson)
          : wasInVain || isFresh && needsPerson);
      const isBackground = request.purpose === "background";
      const isTooSoon = isBackground && now() - backgroundAt < backgroundPause;
      // Nobody is asked, and no token gets the blame, before the session was asked about.
      const isCostly = !isOutdated && (needsPerson || inVain);
      if (isCostly && await isSessionLost()) return "answer";
      // What nobody has asked for costs nobody a sign-in: the next request of the client finds out.
      if (isBackground && needsPerson && !isOutdated) {
        throw await explain(refusal, credential, note);
      }
      const moved = await hasProviderChanged(credential, request.signal);
      if (isTooSoon || inVain && !moved) throw await explain(refusal, credential, note);
      if (isBackground) backgroundAt = now();
      await source.renewed(credential.accessToken, credentialRequest(request));
    },
    async forbidden(refusal) {
      const { request, fields, attempt } = refusal;
      const credential = sent.get(fields);
      if (!credential) return false;
      if (attempt > 1) forbiddenAt = now();
      const { obtainedAt, expiresAt, accessToken, refreshToken } = credential;
      const isUnexpired = expiresAt !== undefined && !mayHaveRunOut(expiresAt, now());
      const isFresh = now() - obtainedAt < fresh && accepted?.accessToken !== accessToken;
      const isTried = attempt > 1 || now() - forbiddenAt < forbiddenFor;
      if (isUnexpired || isFresh || isTried || refreshToken === undefined) return false;
      log.debug("the backend answered HTTP 403: the token may have run out, it is renewed once");
      // A person is not asked for a mere suspicion.
      return await source.renewed(accessToken, { interactive: false, signal: request.signal })
        .then(() => true, () => false);
    },
    answered(request, headers) {
      accepted = latest?.credential ?? accepted;
      if (headers.has("dpop-nonce")) {
        prover?.made.then((made) => made.answered(request.url, headers), () => {});
      }
    },
  };
}

/** Whether the backend may have taken a token for expired. */
function mayHaveRunOut(expiresAt: number | undefined, now: number): boolean {
  return expiresAt !== undefined && expiresAt - rounding <= now;
}
