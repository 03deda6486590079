import type { Credential, PendingAuthorization } from "../base/credential.ts";
import { asProxyError } from "../base/errors.ts";
import type { Acquisition } from "./acquisition.ts";
import { nextCooldown } from "./cooldown.ts";
import { pause } from "../base/abortable.ts";
import { continueWithoutStoring } from "./continue_without_storing.ts";
import type { Lease } from "./leases/lease.ts";
import { isSameCredential } from "./is_same_credential.ts";
import { isLease } from "./leases/leases.ts";
import { refuseOtherSubject } from "./refuse_other_subject.ts";
import type { CredentialStore } from "./store/credential_store.ts";
import type { SignInInvitation } from "../base/sign_in_invitation.ts";
import { toleratedSkew } from "./tolerated_skew.ts";

/** A tab that nobody has listened for so long is likely closed, in milliseconds. */
const abandonedAfter = 60_000;

/**
 * Signs in under the lease of the identity: goes on with an authorization that another process left
 * behind unless the person asked for a sign-in by hand, else begins one. What is needed to go on
 * with it is stored before the browser opens.
 */
export async function signIn(acquisition: Acquisition, lease: Lease): Promise<Credential> {
  const { store, flows, log, now } = acquisition;
  // Whoever signs in by hand sits there and wants a browser, or another flow than last time; and
  // what was begun before more was wanted does not ask for it.
  const isNew = acquisition.byHand || acquisition.force;
  const left = isNew ? undefined : await store.readPending();
  const resume = left && isUnderWay(left.pending, now()) ? left.pending : undefined;
  const attendedAt = Math.max(left?.attendedAt ?? 0, lease.predecessor?.heartbeatAt ?? 0);
  if (resume) log.info("going on with the sign-in that another process began");
  let pending = resume;
  let invitation: SignInInvitation | undefined;
  let completing: Promise<Credential> | undefined;
  const complete = async (given: Credential) => {
    const credential = flows.unattended ? given : withSignInId(given);
    // What the account that is signed in lacks, another one is not asked for in the same session.
    const isForMore = acquisition.force && !acquisition.byHand;
    if (resume || isForMore) {
      await refuseOtherSubject(store, {
        stored: await store.read(),
        next: credential,
        keep: isForMore,
      });
    }
    await store.complete(credential).catch((cause) => continueWithoutStoring(cause, acquisition));
    return credential;
  };
  await using ports = new AsyncDisposableStack();
  try {
    const credential = await flows.signIn({
      interactive: acquisition.interactive,
      byHand: acquisition.byHand,
      force: acquisition.force,
      resume,
      reopen: resume !== undefined && now() - attendedAt > abandonedAfter,
      signal: AbortSignal.any([acquisition.signal, lease.lost]),
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
        await store.writePending({ pending: begun, attendedAt: now(), invitation });
      },
      onRedeem: () => store.removePending(),
      onCredential: async (credential) => void await (completing = complete(credential)),
    });
    return await (completing ?? complete(credential));
  } catch (cause) {
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
    const bothered = pending !== undefined ||
      error.category === "Authentication error" && !error.transient;
    // What was refused for good is not sent again by the next request.
    if (flows.unattended ? error.final : bothered) {
      const previous = await store.readCooldown("sign-in");
      await store.writeCooldown(
        "sign-in",
        nextCooldown("sign-in", error, { previous, now: now() }),
      );
    }
    throw error;
  }
}

/** The credential with a name of the sign-in that it came of, where nothing else says whose it is. */
export function withSignInId(
  credential: Credential,
  signInId: string = crypto.randomUUID(),
): Credential {
  return credential.claims?.sub === undefined ? { ...credential, signInId } : credential;
}

/** Removes what a sign-in has brought, unless something else took its place. */
async function takeBack(store: CredentialStore, credential: Credential): Promise<void> {
  const stored = await store.read();
  if (stored && isSameCredential(stored.credential, credential)) await store.remove(stored);
}

/** Whether the person may still come; never when it began in the future: the clock was set back. */
export function isUnderWay(
  { startedAt, expiresAt }: PendingAuthorization,
  now: number,
): boolean {
  return now < expiresAt && startedAt - now < toleratedSkew;
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
