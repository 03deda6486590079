import type { Credential, PendingAuthorization } from "../base/credential.ts";
import { asProxyError, ProxyError } from "../base/errors.ts";
import type { Acquisition } from "./acquisition.ts";
import { nextCooldown } from "./cooldown.ts";
import { pause } from "../base/abortable.ts";
import { continueWithoutStoring } from "./continue_without_storing.ts";
import type { Lease } from "./leases/lease.ts";
import { withSignInId } from "./identity.ts";
import { isSameCredential } from "./is_same_credential.ts";
import { isLease } from "./leases/leases.ts";
import { refuseOtherSubject } from "./refuse_other_subject.ts";
import { signInUnderWay } from "./sign_in_under_way.ts";
import type { CredentialStore, StoredPending } from "./store/credential_store.ts";
import { isValid } from "./validity.ts";

/** A page is not opened again within so many milliseconds. */
const reopenPause = 60_000;

/** So often it is looked whether somebody else has finished what this process goes on with. */
const lookInterval = 5_000;

/** So soon a browser that another process has opened comes to us, in milliseconds. */
const unopenedLimit = 5_000;

/** When nobody has listened for less than this, no answer can have been lost, in milliseconds. */
const shortGap = 5_000;

/**
 * Signs in under the lease of the identity: goes on with an authorization that another process left
 * behind unless the person asked for a sign-in by hand, else begins one. What is needed to go on
 * with it is stored before the browser opens.
 */
export async function signIn(acquisition: Acquisition, lease: Lease): Promise<Credential> {
  const { store, flows, log, now, takesOver = false } = acquisition;
  // Whoever signs in by hand sits there and wants a browser, or another flow than last time; and
  // what was begun before more was wanted does not ask for it.
  const isNew = !takesOver && (acquisition.byHand || acquisition.force);
  const left = isNew ? undefined : await signInUnderWay(store, now());
  const isResumed = left !== undefined;
  if (takesOver && !isResumed) throw nothingLeft();
  if (isResumed) log.info("going on with the sign-in that another process began");
  const resume = left?.authorization?.pending;
  let pending = resume;
  let { invitation, reopenedAt } = left?.authorization ?? {};
  let hasBegun = isResumed;
  if (isResumed) acquisition.onStage("begun");
  let completing: Promise<Credential> | undefined;
  const complete = async (given: Credential) => {
    const credential = flows.unattended ? given : withSignInId(given);
    // What the account that is signed in lacks, another one is not asked for in the same session.
    const isForMore = acquisition.force && !acquisition.byHand;
    if (isResumed || isForMore) {
      await refuseOtherSubject(store, {
        stored: await store.read(),
        next: credential,
        keep: isForMore,
      });
    }
    await store.complete(credential).catch((cause) => continueWithoutStoring(cause, acquisition));
    acquisition.onStage("stored");
    return credential;
  };
  const writePending = async () => {
    if (pending) {
      await store.writePending({ pending, attendedAt: now(), invitation, reopenedAt });
    }
  };
  const begin = () => {
    hasBegun = true;
    acquisition.onStage("begun");
  };
  /** Aborted when whoever was thought to be gone turns out to have finished it. */
  const finished = new AbortController();
  let elsewhere: Credential | undefined;
  const look = async () => {
    elsewhere ??= await finishedElsewhere(acquisition, resume);
    if (elsewhere) finished.abort(nothingLeft());
  };
  const signal = AbortSignal.any([acquisition.signal, lease.lost, finished.signal]);
  const isOver = new AbortController();
  if (resume) lookRegularly(look, AbortSignal.any([signal, isOver.signal]));
  await using ports = new AsyncDisposableStack();
  try {
    const credential = await flows.signIn({
      interactive: acquisition.interactive,
      byHand: acquisition.byHand,
      force: acquisition.force,
      resume,
      resumeDevice: left?.device?.device,
      reopenAt: takesOver || !left?.authorization
        ? undefined
        : reopeningTime(left.authorization, { lease, now: now() }),
      signal,
      reservePort: async (port, { wait }) => {
        const reserved = await reservePort(acquisition, port, wait);
        return reserved && ports.use(reserved);
      },
      onInvitation: (given) => {
        invitation = given;
        acquisition.onInvitation(given);
      },
      onPending: async (begun) => {
        pending = begun;
        await writePending();
        begin();
      },
      onReopen: async () => {
        await look();
        finished.signal.throwIfAborted();
        reopenedAt = now();
        await writePending();
      },
      onDevice: async (device) => {
        await store.writeDevice({ device, invitation });
        begin();
      },
      onRedeem: async () => {
        acquisition.onStage("redeeming");
        await store.removePending();
      },
      onCredential: async (credential) => void await (completing = complete(credential)),
    });
    return await (completing ?? complete(credential));
  } catch (cause) {
    if (elsewhere) return elsewhere;
    if (lease.lost.aborted) throw cause;
    if (acquisition.signal.aborted) {
      // The person's tab stays good for the next process that needs it.
      const current = await store.readPending();
      if (current) await store.writePending({ ...current, attendedAt: now() });
      throw cause;
    }
    const error = asProxyError(cause);
    // Whoever has the port may be the process that began it, frozen: the tab is still of use.
    if (resume && error.reason === "redirect_port_taken") throw error;
    await store.removePending();
    if (error.reason === "second_browser") {
      // It may be that of whoever opened the first one.
      const theirs = await completing?.catch(() => undefined);
      if (theirs) await takeBack(store, theirs);
    }
    // Without a tab and with the network down nobody was bothered: the next request may try again.
    const bothered = hasBegun || error.category === "Authentication error" && !error.transient;
    // What was refused for good is not sent again by the next request.
    if (flows.unattended ? error.final : bothered) {
      const previous = await store.readCooldown("sign-in");
      await store.writeCooldown(
        "sign-in",
        nextCooldown("sign-in", error, { previous, now: now() }),
      );
    }
    throw error;
  } finally {
    isOver.abort();
  }
}

/** Until the signal is aborted; a store that cannot be read now is looked into again. */
async function lookRegularly(look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(lookInterval, signal).then(look).catch(() => {});
  }
}

/**
 * When the page of an authorization may be opened again: once for a browser that has not come at all,
 * and else after a time without a listener, in which an answer may have come to nobody.
 */
function reopeningTime(
  { pending, attendedAt, reopenedAt }: StoredPending,
  { lease, now }: { lease: Lease; now: number },
): number | undefined {
  const isUnopened = pending.startPath !== undefined && pending.browserKey === undefined;
  const lastAttended = Math.max(attendedAt, lease.predecessor?.heartbeatAt ?? 0);
  if (isUnopened && reopenedAt === undefined) return Math.max(now, lastAttended + unopenedLimit);
  if (!isUnopened && now - lastAttended < shortGap) return undefined;
  return Math.max(now, (reopenedAt ?? pending.startedAt) + reopenPause);
}

/** What another process has brought this sign-in to, though its lease was taken over meanwhile. */
async function finishedElsewhere(
  { store, now, unwanted }: Acquisition,
  begun: PendingAuthorization | undefined,
): Promise<Credential | undefined> {
  const credential = (await store.read())?.credential;
  const isResult = credential && begun && credential.obtainedAt >= begun.startedAt &&
    credential.accessToken !== unwanted && isValid(credential, now());
  return isResult ? credential : undefined;
}

/** The error of whoever is to finish a sign-in that has come to its end without them. */
function nothingLeft(): ProxyError {
  return new ProxyError({
    category: "Authentication error",
    what: "the sign-in that was to be finished has come to its end",
    fix: "sign in again if you are not signed in",
    reason: "no_sign_in",
  });
}

/** Removes what a sign-in has brought, unless something else took its place. */
async function takeBack(store: CredentialStore, credential: Credential): Promise<void> {
  const stored = await store.read();
  if (stored && isSameCredential(stored.credential, credential)) await store.remove(stored);
}

async function reservePort(
  { leases, log, signal }: Acquisition,
  port: number,
  wait: boolean,
): Promise<Lease | undefined> {
  for (let announced = false;;) {
    const result = await leases.attempt(`port ${port}`, "listen");
    if (isLease(result)) return result;
    if (!wait) return undefined;
    if (!announced) {
      log.info(`waiting for process ${result.pid}, which needs port ${port} for another sign-in`);
      announced = true;
    }
    await pause(100 + 100 * Math.random(), signal);
  }
}
