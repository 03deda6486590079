import { abortable } from "../base/abortable.ts";
import type { Refusal } from "../bridge/authorizer.ts";
import type { Credential } from "../base/credential.ts";
import type { CredentialSource } from "../credentials/credential_source.ts";
import { asProxyError, ProxyError } from "../base/errors.ts";
import { excerpt } from "../base/excerpt.ts";
import type { Log } from "../base/log.ts";
import type { ResourceMetadata } from "../oidc/discovery/resource_metadata.ts";
import type { StepUpRequest } from "../oidc/step_up_request.ts";

/** What {@linkcode createStepUp} needs. */
export interface StepUpOptions {
  /** Signs in. */
  source: CredentialSource;
  /** Makes later sign-ins ask for this besides what is configured, in place of what was set before. */
  setStepUp(stepUp: StepUpRequest): Promise<void>;
  /** The metadata that a challenge points to (RFC 9728). */
  readMetadata(refusal: Refusal): Promise<ResourceMetadata | undefined>;
  /** Where it says what it does. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/** Signs in once more when the backend wants more than a good token has. */
export interface StepUp {
  /** What a refusal wants that another sign-in may bring; `undefined` when it is about something else. */
  wantedBy(refusal: Refusal, credential: Credential): Promise<StepUpRequest | undefined>;
  /**
   * Signs in for it, or waits for a sign-in for more that is under way.
   *
   * @returns `undefined` when there is a new token, else why there is no sign-in
   * @throws {ProxyError} when the sign-in fails
   */
  signIn(
    wanted: StepUpRequest,
    given: { refusal: Refusal; credential: Credential },
  ): Promise<string | undefined>;
}

/** So many sign-ins for more are begun in {@linkcode period}, whatever a backend wants. */
const maxSignIns = 3;

/** In milliseconds. */
const period = 600_000;

/** Why a sign-in may fail that says nothing of what was asked for. */
const passing = [
  "sign_in_paused",
  "redirect_port_taken",
  "browser_failed",
  "other_account",
  "closing",
];

/**
 * Step-up (RFC 6750 section 3.1, RFC 9470) within limits, because each one costs the person a tab: one
 * for each request, three in ten minutes, and what a sign-in failed for or did not bring is neither
 * asked for again nor by the sign-ins that come after.
 */
export function createStepUp(
  { source, setStepUp, readMetadata, log, now = Date.now }: StepUpOptions,
): StepUp {
  // A message keeps its signal however often it is sent.
  const tried = new WeakSet<AbortSignal>();
  const failures = new Map<string, string>();
  let begun: number[] = [];
  let current: StepUpRequest = { scopes: [] };
  let running: Promise<void> | undefined;

  const fail = (wanted: StepUpRequest, why: string) => {
    for (const name of namesOf(wanted)) failures.set(name, why);
  };

  /** Why nobody is to sign in for this. */
  const obstacle = (wanted: StepUpRequest, { request }: Refusal): string | undefined => {
    if (tried.has(request.signal)) return "signing in for it did not help";
    const failed = namesOf(wanted).find((name) => failures.has(name));
    if (failed !== undefined) {
      return `a sign-in for it is not tried again, because ${failures.get(failed)}`;
    }
    if (request.purpose !== "client") return "nobody is asked for what the bridge does by itself";
    begun = begun.filter((at) => now() - at < period && at <= now());
    if (begun.length < maxSignIns) return undefined;
    const wait = Math.ceil((begun[0] + period - now()) / 60_000);
    return `${maxSignIns} sign-ins for more were begun in ten minutes, the next may be in ${wait} min`;
  };

  const signInFor = async (wanted: StepUpRequest, credential: Credential) => {
    const before = current;
    const asked = {
      ...before,
      ...wanted,
      // What an earlier process was granted for must not be lost.
      scopes: [...new Set([...scopesOf(credential), ...before.scopes, ...wanted.scopes])],
    };
    const startedAt = now();
    begun.push(startedAt);
    let granted: Credential;
    try {
      await setStepUp(asked);
      // Whoever waits may leave; the person goes on signing in all the same.
      granted = await source.signIn({
        force: true,
        byHand: false,
        signal: new AbortController().signal,
      });
    } catch (error) {
      await setStepUp(before);
      const { transient, reason, what } = asProxyError(error);
      if (reason === "sign_in_paused") begun = begun.filter((at) => at !== startedAt);
      if (!transient && !passing.includes(reason)) fail(wanted, `the last one failed: ${what}`);
      throw error;
    }
    const has = scopesOf(granted);
    const denied = granted.scope === undefined
      ? []
      : wanted.scopes.filter((scope) => !has.includes(scope));
    fail({ scopes: denied }, "the provider did not grant it");
    const { maxAge: _, ...lasting } = asked;
    // The age of the authentication is a matter of this request, not of every sign-in to come.
    current = { ...lasting, scopes: asked.scopes.filter((scope) => !denied.includes(scope)) };
    await setStepUp(current);
  };

  return {
    async wantedBy(refusal, credential) {
      const [{ requestedStepUp }, { heldScopes }] = await Promise.all([
        import("../oidc/refusal/requested_step_up.ts"),
        import("../oidc/refusal/token_facts.ts"),
      ]);
      return await requestedStepUp({
        ...refusal,
        held: heldScopes(credential),
        advertisedScopes: async () => (await readMetadata(refusal))?.scopes,
      });
    },
    async signIn(wanted, { refusal, credential }) {
      const { signal, url, purpose } = refusal.request;
      while (running && purpose === "client" && !tried.has(signal)) {
        // That sign-in may bring what this request lacks; if not, it is refused once more.
        await abortable(running, signal);
        const latest = await source.current({ interactive: false, signal });
        if (latest.accessToken !== credential.accessToken) return undefined;
      }
      if (tried.has(signal) && isAboutAuthentication(wanted)) {
        // What it was signed in for is refused all the same: no other request need try.
        fail(wanted, "it did not help");
        current = { scopes: current.scopes };
        await setStepUp(current);
      }
      const why = obstacle(wanted, refusal);
      if (why !== undefined) return why;
      tried.add(signal);
      log.info(`the backend wants ${describeStepUp(wanted)}: signing in again for it`);
      const signingIn = signInFor(wanted, credential);
      const settled = signingIn.catch(() => {}).then(() => {
        if (running === settled) running = undefined;
      });
      running = settled;
      try {
        await abortable(signingIn, signal);
        return undefined;
      } catch (error) {
        signal.throwIfAborted();
        throw failedFor(wanted, { error: asProxyError(error), origin: url.origin });
      }
    },
  };
}

/** What is wanted, for people: `the scope tools.call`, `acr 2`. */
export function describeStepUp({ scopes, acrValues, maxAge }: StepUpRequest): string {
  return [
    scopes.length > 0 && `the scope ${excerpt(scopes.join(" "))}`,
    acrValues !== undefined && `a sign-in of acr ${excerpt(acrValues)}`,
    maxAge !== undefined && `a sign-in not older than ${maxAge} s`,
  ].filter((part) => part !== false).join(" and ");
}

function failedFor(
  wanted: StepUpRequest,
  { error, origin }: { error: ProxyError; origin: string },
): ProxyError {
  const { category, reason, transient, retryAfter } = error;
  const isPassing = transient || passing.includes(reason);
  return new ProxyError({
    category,
    what:
      `${origin} wants ${describeStepUp(wanted)} for this request, and signing in for it failed: ` +
      error.what,
    fix: isPassing
      ? error.fix
      : wanted.scopes.length > 0
      ? "ask the provider's administrator to allow this client and you that scope, then restart the client"
      : "ask the provider's administrator for that way of signing in, then restart the client",
    reason,
    transient,
    retryAfter,
    cause: error,
  });
}

/** Under what a failure is remembered. */
function namesOf({ scopes, acrValues, maxAge }: StepUpRequest): string[] {
  const authentication = isAboutAuthentication({ scopes, acrValues, maxAge })
    ? [`acr_values=${acrValues ?? ""} max_age=${maxAge ?? ""}`]
    : [];
  return [...scopes, ...authentication];
}

function isAboutAuthentication({ acrValues, maxAge }: StepUpRequest): boolean {
  return acrValues !== undefined || maxAge !== undefined;
}

function scopesOf({ scope }: Credential): string[] {
  return (scope ?? "").split(" ").filter((name) => name !== "");
}
