import type { Acquisition } from "./acquisition.ts";
import type { Credential } from "../base/credential.ts";
import { asProxyError, ProxyError } from "../base/errors.ts";
import { cooldownError, isActive, nextCooldown, refusalPause } from "./cooldown.ts";
import { pause } from "../base/abortable.ts";
import { continueWithoutStoring } from "./continue_without_storing.ts";
import type { Lease } from "./leases/lease.ts";
import { isLease } from "./leases/leases.ts";
import { RefreshError, type RefreshTokenFate } from "../base/refresh_error.ts";
import { withSignInId } from "./identity.ts";
import { isSameCredential } from "./is_same_credential.ts";
import { refuseOtherSubject } from "./refuse_other_subject.ts";
import type { Cooldown, CredentialStore, StoredCredential } from "./store/credential_store.ts";
import { isUnexpired, isValid } from "./validity.ts";

/**
 * Gets a credential from the store, by refresh or by sign-in, in this order. Whoever has the lease
 * of the identity refreshes or signs in; everybody else waits for what comes of it.
 *
 * @throws {ProxyError} `signed_out` when it would take a sign-in and none is allowed
 */
export async function acquireCredential(acquisition: Acquisition): Promise<Credential> {
  for (;;) {
    const turn = await waitForTurn(acquisition);
    if (!isLeaseOf(turn)) return turn;
    await using lease = turn;
    try {
      return await acquireUnderLease(acquisition, lease);
    } catch (error) {
      // Another process thought us dead and goes on with it: wait for what comes of that.
      if (!lease.lost.aborted || acquisition.signal.aborted) throw error;
    }
  }
}

async function waitForTurn(acquisition: Acquisition): Promise<Lease | Credential> {
  const { store, leases, log, signal } = acquisition;
  for (let announced = false;;) {
    signal.throwIfAborted();
    const stored = await store.read();
    const credential = wanted(acquisition, stored);
    if (credential) return credential;
    const result = await leases.attempt(`credential ${store.digest}`, "refresh");
    if (isLease(result)) return result;
    acquisition.onWaiting(result.activity);
    if (acquisition.byHand && result.activity === "sign-in") {
      const { dismissLingering } = await import("./dismiss_lingering.ts");
      await dismissLingering(result, { store, leases });
    }
    if (!announced && result.activity === "sign-in") {
      const { signInUnderWay } = await import("./sign_in_under_way.ts");
      const underWay = await signInUnderWay(store, acquisition.now());
      const { url } = (underWay?.authorization ?? underWay?.device)?.invitation ?? {};
      log.info(
        `process ${result.pid} is signing in for this identity already, waiting for it${
          result.marked
            ? ""
            : "; whether it still lives shows after 5 s, as files have no locks here"
        }${url === undefined ? "" : `; its page, should you have closed it: ${url}`}`,
      );
      announced = true;
    }
    await pause(100 + 100 * Math.random(), signal);
  }
}

async function acquireUnderLease(acquisition: Acquisition, lease: Lease): Promise<Credential> {
  const { store, flows, interactive, log, now } = acquisition;
  // Read again inside: another process may have been here between our look and our lease.
  const stored = await store.read();
  const credential = wanted(acquisition, stored);
  if (credential) return credential;
  if (stored?.credential.refreshToken && !acquisition.force) {
    const renewed = await refresh(acquisition, lease, stored);
    if (renewed) return renewed;
  }
  if (!interactive && !flows.unattended) throw signedOut();
  const cooldown = await store.readCooldown("sign-in");
  if (cooldown && isActive(cooldown, now()) && !acquisition.byHand) {
    throw flows.unattended
      ? refusalPause(cooldown, now())
      : cooldownError("sign-in", cooldown, now());
  }
  log.debug("no credential that can be used or renewed: signing in");
  // Most starts need none.
  const [{ signIn }] = await Promise.all([import("./sign_in.ts"), lease.setActivity("sign-in")]);
  return await signIn(acquisition, lease);
}

/** The renewed credential; `undefined` when it takes a sign-in. */
async function refresh(
  acquisition: Acquisition,
  lease: Lease,
  stored: StoredCredential,
): Promise<Credential | undefined> {
  const { store, flows, log, now } = acquisition;
  if (stored.maybeSpent) {
    // While this process was frozen, another process may have replaced the marker and be refreshing.
    await requireHeld(lease);
    log.info(
      "a process ended in the middle of a refresh: its refresh token must not be used again",
    );
    await forgetRefreshToken(store, stored);
    return undefined;
  }
  const previous = await store.readCooldown("refresh");
  const pausedBy = !acquisition.byHand && previous && isActive(previous, now())
    ? cooldownError("refresh", previous, now())
    : undefined;
  if (pausedBy) return survive(acquisition, stored.credential, pausedBy);
  if (!await store.beginSpending(stored)) {
    await requireHeld(lease);
    return await acquireUnderLease(acquisition, lease);
  }
  let next: Credential;
  try {
    next = await refreshPatiently(acquisition, lease, stored.credential);
    if (!flows.unattended) next = withSignInId(next, stored.credential.signInId);
  } catch (cause) {
    return await settleFailure(acquisition, stored, { cause, previous });
  }
  await refuseOtherSubject(store, { stored, next });
  return await keep(acquisition, stored, next);
}

/** Does what the end of a refresh means for the refresh token, and finds out how to go on. */
async function settleFailure(
  acquisition: Acquisition,
  stored: StoredCredential,
  { cause, previous }: { cause: unknown; previous: Cooldown | undefined },
): Promise<Credential | undefined> {
  const { store, log, now } = acquisition;
  const fate = fateOf(cause);
  let { credential } = stored;
  if (cause instanceof RefreshError && cause.replacement !== undefined) {
    // Before anything else: the old one is good for nothing any more.
    credential = await keep(acquisition, stored, {
      ...credential,
      refreshToken: cause.replacement,
    });
    // Somebody signed in by hand meanwhile.
    if (!isSameCredential(credential, stored.credential)) return credential;
  }
  acquisition.refreshSignal.throwIfAborted();
  const error = asProxyError(cause);
  if (fate === "refused" || fate === "unreadable" && stored.rotates !== false) {
    log.info(
      fate === "refused"
        ? `the provider does not accept the refresh token any more (${error.what})`
        : `the refresh token may be spent and is not used again (${error.what})`,
    );
    await forgetRefreshToken(store, stored);
    return undefined;
  }
  // The note of one that was replaced went when its replacement was stored; if that was not possible,
  // the note alone says that the old one is spent.
  if (fate !== "replaced") await store.endSpending();
  if (acquisition.signal.aborted) throw error;
  if (error.transient || fate !== "unused" && fate !== "unclear") {
    await store.writeCooldown("refresh", nextCooldown("refresh", error, { previous, now: now() }));
    if (isOfUse(acquisition, credential)) {
      log.warn(`renewal failed: ${error.what}; the access token is still good`);
    }
  }
  if (acquisition.byHand || fate === "unclear") {
    log.info(`the access token cannot be renewed (${error.what}): signing in`);
    return undefined;
  }
  if (!error.transient && fate === "unused") throw error;
  return survive(acquisition, credential, error);
}

/** What has become of the refresh token. */
function fateOf(cause: unknown): RefreshTokenFate {
  if (cause instanceof RefreshError) return cause.fate;
  return asProxyError(cause).reason === "invalid_grant" ? "refused" : "unused";
}

/** The access token as long as it is good, for want of a newer one; else the error. */
function survive(acquisition: Acquisition, credential: Credential, error: ProxyError): Credential {
  if (isOfUse(acquisition, credential)) return credential;
  throw error;
}

/** Whether the backend likely accepts the access token still. */
function isOfUse({ refused, unwanted, now }: Acquisition, credential: Credential): boolean {
  return !(refused && credential.accessToken === unwanted) && isUnexpired(credential, now());
}

/** Stores what came of a refresh, whose refresh token takes the place of one that is spent. */
async function keep(
  acquisition: Acquisition,
  stored: StoredCredential,
  next: Credential,
): Promise<Credential> {
  const { store } = acquisition;
  try {
    for (let before = stored;;) {
      if (await store.replace(before, next)) return next;
      const newer = await store.read();
      if (!newer || !isSameCredential(newer.credential, stored.credential)) {
        // Somebody signed in or out by hand meanwhile: what they did counts.
        const theirs = wanted(acquisition, newer);
        if (theirs) return theirs;
        throw signedOut();
      }
      // It was only sealed anew, or given up by a process that thought this one dead.
      before = newer;
    }
  } catch (cause) {
    continueWithoutStoring(cause, acquisition);
    return next;
  }
}

/** A lease that was taken over while this process was frozen must not change anything. */
async function requireHeld(lease: Lease): Promise<void> {
  if (!await lease.isHeld()) throw new Error("the lease was taken over");
}

/** Removes the refresh token that it is about, not a newer one. */
async function forgetRefreshToken(store: CredentialStore, stored: StoredCredential): Promise<void> {
  const { refreshToken: _, ...rest } = stored.credential;
  await store.replace(stored, rest);
}

/** Refreshes, up to three times with a growing pause when it is only a matter of time. */
async function refreshPatiently(
  { flows, refreshSignal, signal, log }: Acquisition,
  lease: Lease,
  credential: Credential,
): Promise<Credential> {
  for (let wait = 400;; wait *= 4) {
    await requireHeld(lease);
    try {
      return await flows.refresh(credential, refreshSignal);
    } catch (error) {
      const { transient, what, retryAfter = 0 } = asProxyError(error);
      if (
        !maySendAgain(error) || !transient || wait > 1_600 || retryAfter > 5_000 || signal.aborted
      ) throw error;
      log.info(`${what}, trying again`);
      await pause(Math.max(retryAfter, wait * (0.75 + Math.random() / 2)), signal);
    }
  }
}

/** Whether the same refresh token may be sent once more. */
function maySendAgain(cause: unknown): boolean {
  const fate = fateOf(cause);
  return fate === "unused" || fate === "uncertain";
}

/** The stored credential if it answers the need. */
function wanted(
  { unwanted, now }: Acquisition,
  stored: StoredCredential | undefined,
): Credential | undefined {
  if (!stored || stored.credential.accessToken === unwanted) return undefined;
  return isValid(stored.credential, now()) ? stored.credential : undefined;
}

function isLeaseOf(turn: Lease | Credential): turn is Lease {
  return !("accessToken" in turn);
}

function signedOut(): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: "not signed in",
    fix: "send a request from the client, which starts a sign-in, or run authful-mcp-proxy login",
    reason: "signed_out",
  });
}
