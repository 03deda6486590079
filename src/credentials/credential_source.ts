import type { Credential } from "../base/credential.ts";
import { ProxyError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { startTimer } from "../base/timer.ts";
import type { ProviderNotes } from "../base/provider_notes.ts";
import type { SignInInvitation } from "../base/sign_in_invitation.ts";
import { acquireCredential } from "./acquire_credential.ts";
import type { Acquisition, SignInStage } from "./acquisition.ts";
import { abortable } from "../base/abortable.ts";
import type { AccountFiles } from "./account_files/account_files.ts";
import type { CredentialEncryption } from "./encryption/encryptions.ts";
import {
  accountOf,
  baseIdentity,
  type Identity,
  identityDigest,
  withoutPersonalParameters,
} from "./identity.ts";
import type { ProviderFlows } from "./provider_flows.ts";
import type { SignInToLeave } from "./leave_sign_in.ts";
import { createRenewalSchedule } from "./renewal_schedule.ts";
import { createCredentialStore } from "./store/credential_store.ts";
import { createNotes } from "./store/create_notes.ts";
import { keys } from "./store/keys.ts";
import { openStore } from "./store/open_store.ts";
import { createUseNote } from "./use_note.ts";
import { isSameCredential } from "./is_same_credential.ts";
import { isUnexpired, isValid } from "./validity.ts";

/** How far {@linkcode CredentialSource} may go to get a credential. */
export interface CredentialRequest {
  /** Whether a sign-in by the person may be started when nothing else helps. */
  interactive: boolean;
  /** Ends this wait; a sign-in or refresh that others share goes on. */
  signal: AbortSignal;
}

/** What kind of sign-in {@linkcode CredentialSource.signIn} is to be. */
export interface SignInRequest {
  /** Whether to sign in although there is a valid credential. */
  force: boolean;
  /**
   * Whether the person asked for it, by a command: then it begins at once even after one that
   * failed. True by default.
   */
  byHand?: boolean;
  /** Ends this wait; a sign-in that others share goes on. */
  signal: AbortSignal;
}

/** Gives out the one credential of an identity, renewed when it is due. */
export interface CredentialSource extends SignInToLeave {
  /**
   * Resolves when the store was read. Rejects with a `ProxyError` when the store must not be used
   * (the cache directory is a symlink, somebody else's, or others can write to it): the program
   * should end with it. Nothing needs to wait for this on the way to a credential.
   */
  readonly ready: Promise<void>;
  /** A valid credential; synchronous when one is at hand. */
  current(request: CredentialRequest): Credential | Promise<Credential>;
  /**
   * The backend refused this access token: gets another one (store, refresh, sign-in, in this order)
   * unless a newer one is there already.
   */
  renewed(refusedAccessToken: string, request: CredentialRequest): Promise<Credential>;
  /** Signs in unless there is a valid credential, or another sign-in like this is under way. */
  signIn(request: SignInRequest): Promise<Credential>;
  /** Whether a valid credential is held; false while the store is being opened. */
  isAtHand(): boolean;
  /**
   * What the person has to open for the sign-in that is under way here or in another process; waits
   * up to five seconds for one that has only just begun. `undefined` when there is no sign-in, and
   * when there is nothing but the provider's URL. Never rejects but with the signal's reason.
   */
  invitation(signal: AbortSignal): Promise<SignInInvitation | undefined>;
  /** What is kept of the provider in the same store. */
  readonly notes: ProviderNotes;
  /**
   * The account of every credential that this process has had, as `accountOf` says; `undefined` when
   * it has had none, or those of several accounts, or nobody can tell.
   */
  account(): string | undefined;
  /** What is kept of the account in the same place. */
  accountFiles(): Promise<AccountFiles>;
  /** Resolves when no sign-in is in progress any more; for a client that leaves in the middle of one. */
  settled(): Promise<void>;
  /** Stops all background work and closes the store. */
  close(): Promise<void>;
}

/** What {@linkcode createCredentialSource} is made from. */
export interface CredentialSourceOptions {
  /** The directory that holds the store; made with mode 0700 when it is not there. */
  cacheDir: string;
  /** Whose credential it is. */
  identity: Identity;
  /** How to get and renew it at the provider. */
  flows: ProviderFlows;
  /** Where it says what it does; never a secret. */
  log: Log;
  /** What protects the credential at rest; `file` by default. */
  encryption?: CredentialEncryption;
  /**
   * Whether a credential that cannot be stored is of no use. Then `ready` rejects, and no sign-in
   * begins, where credentials would otherwise be kept in memory (`store_unusable`).
   */
  mustStore?: boolean;
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
}

/** Getting a credential, shared by all the requests of this process that need one meanwhile. */
interface Flight extends FlightTerms {
  promise: Promise<Credential>;
  /** Resolves when another process turns out to be at it. */
  waiting: Promise<void>;
  /** What the person has to open, once that is known. */
  invitation?: SignInInvitation;
  /** Whether it waits for the sign-in of another process. */
  isElsewhere?: boolean;
  /** How far a sign-in of this process has come. */
  stage?: SignInStage;
  /** Resolves when the person may come and any other process can go on with it. */
  begun: Promise<void>;
}

interface FlightTerms {
  /** Whether the person may be asked. */
  interactive: boolean;
  /** The access token that is to be replaced. */
  unwanted?: string;
  /** Why: the backend refused it, it has run out or will before long, or a sign-in is asked for. */
  cause: "refused" | "due" | "ahead" | "asked";
  /** Whether to sign in although a refresh might do. */
  force?: boolean;
  /** Whether a cooldown is passed over. */
  byHand?: boolean;
}

/**
 * How long a refresh may go on when the program ends, in milliseconds: its answer may hold the only
 * good refresh token.
 */
const refreshGrace = 5_000;

/** How long what was told to end may take to do so. */
const shutdownGrace = 1_000;

/**
 * A credential source on the store in `cacheDir`, whose opening it begins at once.
 *
 * @example
 * ```ts
 * const source = createCredentialSource({ cacheDir, identity, flows, log });
 * const { accessToken } = await source.current({ interactive: true, signal });
 * await source.close();
 * ```
 */
export function createCredentialSource(options: CredentialSourceOptions): CredentialSource {
  const { cacheDir, identity, flows, log, encryption = "file", mustStore = false, now = Date.now } =
    options;
  const stop = new AbortController();
  const refreshStop = new AbortController();
  let held: Credential | undefined;
  /** The accounts of all credentials that were held; only whether they are one and the same counts. */
  const accounts = new Set<string | undefined>();
  let flight: Flight | undefined;

  const schedule = createRenewalSchedule({
    renew: () => {
      const cause = held && isValid(held, now()) ? "ahead" : "due";
      return (flight ?? launch({ interactive: false, unwanted: held?.accessToken, cause })).promise;
    },
    log,
    now,
  });

  const use = createUseNote(async (at) => (await opening).store.noteUse(at));

  const opening = open();
  const ready = opening.then(() => {});
  // Whoever asks for a credential hears of it; when nobody does, the program must not end by it.
  ready.catch(() => {});

  let closed: Promise<void> | undefined;

  async function open() {
    const digesting = identityDigest(identity);
    const prefetch = digesting.then(keys.credential);
    const opened = await openStore({
      cacheDir,
      encryption,
      log,
      now,
      prefetch,
      requireFile: mustStore,
    });
    try {
      const plain = withoutPersonalParameters(identity);
      const isPlain = plain !== undefined && opened.database.prefetched?.versionstamp === null;
      const digest = isPlain ? await identityDigest(plain) : await digesting;
      const mine = isPlain ? plain : identity;
      const from = baseIdentity(mine);
      const base = from && await identityDigest(from);
      const store = createCredentialStore({ ...opened, identity: mine, digest, base, log });
      hold((isPlain ? await store.read() : await store.first())?.credential);
      // The person signs in for that one, by whichever process.
      const baseStore = from && base !== undefined
        ? createCredentialStore({ ...opened, identity: from, digest: base, log })
        : undefined;
      return { ...opened, store, baseStore, identity: mine };
    } catch (error) {
      opened[Symbol.dispose]();
      throw error;
    }
  }

  function hold(credential: Credential | undefined): void {
    if (stop.signal.aborted || credential && held && isSameCredential(credential, held)) return;
    held = credential;
    if (credential && accounts.size < 2) accounts.add(accountOf(credential, identity));
    schedule.follow(credential?.refreshToken || flows.unattended ? credential : undefined);
  }

  function launch(terms: FlightTerms): Flight {
    const waiting = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const promise = acquire(terms, {
      onWaiting: (activity) => {
        launched.isElsewhere = activity === "sign-in";
        waiting.resolve();
      },
      onInvitation: (invitation) => {
        launched.invitation = invitation;
        flows.personSignIn?.()?.begun().then(begun.resolve);
      },
      onStage: (stage) => {
        launched.stage = stage;
        if (stage === "begun") begun.resolve();
      },
    });
    const launched: Flight = {
      ...terms,
      promise,
      waiting: waiting.promise,
      begun: begun.promise,
    };
    flight = launched;
    const land = () => {
      if (flight === launched) flight = undefined;
    };
    promise.then(land, land);
    return launched;
  }

  async function acquire(
    terms: FlightTerms,
    events: Pick<Acquisition, "onWaiting" | "onInvitation" | "onStage">,
  ): Promise<Credential> {
    const { store, leases } = await opening;
    const acquiring = acquireCredential({
      store,
      leases,
      flows,
      log,
      now,
      unwanted: terms.unwanted,
      refused: terms.cause === "refused",
      interactive: terms.interactive,
      byHand: terms.byHand ?? false,
      force: terms.force ?? false,
      mustStore,
      signal: stop.signal,
      refreshSignal: refreshStop.signal,
      ...events,
    });
    try {
      const credential = await acquiring;
      hold(credential);
      return credential;
    } catch (error) {
      // What turned out to be another person's is used no longer.
      if (hasReason(error, "subject_changed")) hold(undefined);
      throw error;
    }
  }

  async function obtain(request: CredentialRequest, refused?: string): Promise<Credential> {
    const { interactive, signal } = request;
    await abortable(ready, signal);
    for (;;) {
      signal.throwIfAborted();
      stop.signal.throwIfAborted();
      if (held && held.accessToken !== refused && isValid(held, now())) return held;
      const joined = flight ??
        launch({
          interactive,
          unwanted: refused,
          cause: refused === undefined ? "due" : "refused",
        });
      try {
        const credential = await abortable(joined.promise, signal);
        // The provider may give the same token again: then whoever was refused finds out.
        const isAnswer = joined.cause === "refused" && joined.unwanted === refused;
        if (isAnswer || credential.accessToken !== refused) return credential;
      } catch (error) {
        // What was not allowed to ask the person says nothing about a request that is.
        const mayAskMore = interactive && !joined.interactive && hasReason(error, "signed_out");
        if (signal.aborted || !mayAskMore) throw error;
      }
    }
  }

  return {
    ready,
    current(request) {
      schedule.used();
      use.used(now());
      if (!held || stop.signal.aborted) return obtain(request);
      if (flight?.unwanted === held.accessToken) {
        if (flight.cause === "refused") return obtain(request, held.accessToken);
        // Renewal that began in time is running late: the old token still does meanwhile.
        if (flight.cause === "ahead" && isUnexpired(held, now())) return held;
      }
      return isValid(held, now()) ? held : obtain(request);
    },
    renewed: (refusedAccessToken, request) => obtain(request, refusedAccessToken),
    async signIn({ force, byHand = true, signal }) {
      await abortable(ready, signal);
      while (flight) {
        if (flight.cause === "asked") return await abortable(flight.promise, signal);
        // Whatever else is under way may end at a cooldown, or with the token that is there.
        await abortable(flight.promise, signal).catch(() => signal.throwIfAborted());
      }
      if (held && !force && isValid(held, now())) return held;
      const unwanted = force ? held?.accessToken : undefined;
      const launched = launch({ interactive: true, unwanted, cause: "asked", force, byHand });
      return await abortable(launched.promise, signal);
    },
    isAtHand: () => held !== undefined && isValid(held, now()),
    async invitation(signal) {
      // Whoever asked for a credential before this has begun to get it by then.
      await abortable(ready, signal).catch(() => signal.throwIfAborted());
      const { awaitInvitation } = await import("./await_invitation.ts");
      return await awaitInvitation({
        flight: () => flight,
        store: async () => {
          const { store, baseStore } = await opening;
          return baseStore ?? store;
        },
        now,
        signal,
      });
    },
    isElsewhere: () =>
      flight?.isElsewhere === true && flight.stage === undefined ||
      flows.personSignIn?.()?.isElsewhere() === true,
    isSigningIn: () => flight?.stage === "begun" || flows.personSignIn?.()?.isSigningIn() === true,
    begun: () => flight?.begun ?? new Promise(() => {}),
    async leave(task) {
      const person = flows.personSignIn?.();
      if (person) return await person.leave(task);
      if (flight?.stage !== "begun") return undefined;
      const force = flight.force ?? false;
      const [{ leaveSignIn }, opened] = await Promise.all([
        import("./leave_sign_in.ts"),
        opening,
      ]);
      return await leaveSignIn(opened, { identity: opened.identity, force, task, now: now() });
    },
    notes: createNotes(opening, now),
    account() {
      const [account] = accounts.size === 1 ? accounts : [];
      return account;
    },
    async accountFiles() {
      const [{ createAccountFiles }, opened] = await Promise.all([
        import("./account_files/account_files.ts"),
        opening,
      ]);
      return createAccountFiles({ ...opened, now });
    },
    async settled() {
      for (let seen = flight; seen; seen = flight === seen ? undefined : flight) {
        const handedOver = flows.handedOver ? [flows.handedOver()] : [];
        await Promise.race([seen.promise, seen.waiting, ...handedOver]).catch(() => {});
      }
    },
    close: () => closed ??= close(),
  };

  async function close(): Promise<void> {
    // A code is good once, so that nobody could go on with what redeems it.
    if (flight?.stage === "redeeming") await settledWithin(refreshGrace, flight.promise);
    stop.abort(programEnds());
    schedule.stop();
    const closing = flows.close?.();
    await settledWithin(refreshGrace, flight?.promise);
    refreshStop.abort(programEnds());
    // What does not end by itself now has no say in when the program ends.
    await settledWithin(shutdownGrace, flight?.promise);
    await settledWithin(shutdownGrace, closing);
    await settledWithin(shutdownGrace, use.finish());
    // A keychain that asks its person, or a locked database, may keep it from ever being open.
    const closed = opening.then((opened) => opened[Symbol.dispose](), () => {});
    await settledWithin(shutdownGrace, closed);
  }
}

async function settledWithin(patience: number, promise?: Promise<unknown>): Promise<void> {
  if (!promise) return;
  const patienceLost = Promise.withResolvers<void>();
  const timer = startTimer(patienceLost.resolve, patience);
  await Promise.race([promise.catch(() => {}), patienceLost.promise]);
  timer.stop();
}

function hasReason(error: unknown, reason: string): boolean {
  return error instanceof ProxyError && error.reason === reason;
}

function programEnds(): ProxyError {
  return new ProxyError({
    category: "System error",
    what: "the program is ending",
    fix: "start it again",
    reason: "closing",
  });
}
