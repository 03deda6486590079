import { pause } from "../base/abortable.ts";
import type { Log } from "../base/log.ts";
import type { ProviderNotes } from "../base/provider_notes.ts";
import { startTimer } from "../base/timer.ts";
import type { CredentialEncryption } from "./encryption/encryptions.ts";
import { lingerLease, readHandover, removeHandover, writeHandover } from "./handover.ts";
import type { Lease } from "./leases/lease.ts";
import { isLease, type Leases } from "./leases/leases.ts";
import type { ProviderFlows } from "./provider_flows.ts";
import { signIn } from "./sign_in.ts";
import { signInUnderWay } from "./sign_in_under_way.ts";
import { createCredentialStore } from "./store/credential_store.ts";
import { createNotes } from "./store/create_notes.ts";
import { openStore } from "./store/open_store.ts";

/** What {@linkcode finishSignIn} is made from. */
export interface FinishSignInOptions {
  /** The directory that holds the store. */
  cacheDir: string;
  /** What protects it. */
  encryption: CredentialEncryption;
  /** The digest of the identity whose sign-in was left. */
  digest: string;
  /** Makes the flows from what was left; they must never open anything. */
  createFlows(task: unknown, notes: ProviderNotes): Promise<ProviderFlows>;
  /** Where it says what it does. */
  log: Log;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
  /** Ends it: the next process that needs the sign-in goes on with it. */
  signal: AbortSignal;
}

/** So often it looks whether it is its turn, in milliseconds: meanwhile nobody listens. */
const turnInterval = 10;
/** So often while whoever has the sign-in has shown that it does not end at once. */
const idleInterval = 250;
/** How long one that is about to end is waited for, in milliseconds. */
const predecessorPatience = 20_000;
/** How often it looks whether the sign-in still is what it was left, in milliseconds. */
const watchInterval = 500;
/** How long the last exchange with the provider may take beyond the time of the sign-in. */
const exchangeGrace = 10_000;

/**
 * Finishes a sign-in that another process has begun and left: waits until that one has ended, listens
 * in its place, and ends with the sign-in. There is one such process for a sign-in, and it ends when
 * the sign-in is anybody else's matter: finished, given up by `logout`, or begun anew by hand.
 */
export async function finishSignIn(options: FinishSignInOptions): Promise<void> {
  const { cacheDir, encryption, digest, createFlows, log, now = Date.now } = options;
  using opened = await openStore({ cacheDir, encryption, log, now, requireFile: true });
  const place = { ...opened, digest };
  const handover = await readHandover(place);
  if (!handover || handover.task === undefined) return;
  const { identity, signIn: id, force, expiresAt } = handover;
  const end = new AbortController();
  using _last = startTimer(
    () => end.abort(new Error("the time of the sign-in is over")),
    expiresAt + exchangeGrace - now(),
  );
  const signal = AbortSignal.any([options.signal, end.signal]);
  const store = createCredentialStore({ ...opened, identity, digest, log });
  const flows = await createFlows(handover.task, createNotes(Promise.resolve(opened), now));
  const isWanted = async () => (await signInUnderWay(store, now()))?.id === id;

  await using lingering = await takeLease(opened.leases, {
    name: lingerLease(digest),
    until: now() + 3_000,
    now,
    signal,
  });
  if (!lingering) return;
  // From here on whoever left it may end.
  const { task: _secrets, ...rest } = handover;
  await writeHandover(place, rest, now());
  try {
    await using lease = await waitForTurn();
    if (lease) await finish(lease);
  } finally {
    if ((await readHandover(place))?.signIn === id) await removeHandover(place);
  }

  async function waitForTurn(): Promise<Lease | undefined> {
    const since = now();
    while (await isWanted()) {
      const result = await opened.leases.attempt(`credential ${digest}`, "sign-in");
      if (isLease(result)) return result;
      await pause(now() - since < predecessorPatience ? turnInterval : idleInterval, signal);
    }
  }

  async function finish(lease: Lease): Promise<void> {
    const gone = new AbortController();
    let isListening = true;
    const watch = async () => {
      while (isListening) {
        await pause(watchInterval, signal);
        if (isListening && !await isWanted() && isListening) {
          gone.abort(new Error("the sign-in was given up or begun anew"));
        }
      }
    };
    watch().catch(() => {});
    try {
      await signIn({
        store,
        leases: opened.leases,
        flows,
        log,
        now,
        unwanted: undefined,
        refused: false,
        interactive: true,
        byHand: false,
        force,
        takesOver: true,
        mustStore: true,
        signal: AbortSignal.any([signal, gone.signal]),
        refreshSignal: signal,
        onWaiting: () => {},
        onInvitation: () => {},
        onStage: (stage) => isListening = stage === "begun",
      }, lease);
    } finally {
      isListening = false;
    }
  }
}

/** Takes a lease; `undefined` when another process keeps it until then. */
async function takeLease(
  leases: Leases,
  { name, until, now, signal }: {
    name: string;
    until: number;
    now: () => number;
    signal: AbortSignal;
  },
): Promise<Lease | undefined> {
  for (;;) {
    const result = await leases.attempt(name, "sign-in");
    if (isLease(result)) return result;
    if (now() >= until) return undefined;
    await pause(50, signal);
  }
}
