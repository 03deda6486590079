import { type Database, schemaVersion } from "../store/database.ts";

/** What a lease is used for, for the log of those who wait. */
export type LeaseActivity = "refresh" | "sign-in" | "listen";

/** Who has a lease, as the database tells it. */
export interface LeaseHolder {
  /** One process of ours; a process id alone could have been given to another one since. */
  instance: string;
  /** Its process id. */
  pid: number;
  /** What it does with it. */
  activity: LeaseActivity;
  /** Its last sign of life, in milliseconds since the epoch. */
  heartbeatAt: number;
}

/** The right that nobody else has until it is disposed of, or its holder is found dead. */
export interface Lease extends AsyncDisposable {
  /** The one whose lease was taken over because it showed no life. */
  readonly predecessor: LeaseHolder | undefined;
  /** Aborts when another process took the lease over because this one showed no life. */
  readonly lost: AbortSignal;
  /** Asks the database: the last check before an act that must not happen twice. */
  isHeld(): Promise<boolean>;
  /** Tells those who wait what is being done now. */
  declare(activity: LeaseActivity): Promise<void>;
}

/** The leases of one process. */
export interface Leases {
  /** The lease, or who has it. */
  attempt(name: string, activity: LeaseActivity): Promise<Lease | LeaseHolder>;
}

/** How fast leases beat. */
export interface LeasesOptions {
  /** The present, in milliseconds since the epoch. */
  now?: () => number;
  /** Time between two signs of life, in milliseconds. */
  heartbeat?: number;
  /** Without a sign of life for so many milliseconds the holder has lost its lease. */
  timeout?: number;
}

/** Whether {@linkcode Leases.attempt} was successful. */
export function isLease(result: Lease | LeaseHolder): result is Lease {
  return Symbol.asyncDispose in result;
}

/** The cross-process rights of this process, kept in the database. */
export function createLeases(database: Database, options: LeasesOptions = {}): Leases {
  const { now = Date.now, heartbeat = 1_000, timeout = 5_000 } = options;
  const instance = crypto.randomUUID();
  // Silence is measured here, by the time that passed between two looks at the same heartbeat:
  // clocks that are set, and a machine that slept, would make heartbeatAt lie.
  const silences = new Map<string, { versionstamp: string; since: number; lookedAt: number }>();

  function isSilent(name: string, versionstamp: string): boolean {
    const lookedAt = performance.now();
    const silence = silences.get(name);
    // A gap in our own looking means that we slept, and perhaps the holder with us.
    const fresh = silence?.versionstamp !== versionstamp || lookedAt - silence.lookedAt > timeout;
    silences.set(name, { versionstamp, since: fresh ? lookedAt : silence.since, lookedAt });
    return !fresh && lookedAt - silence.since > timeout;
  }

  return {
    async attempt(name, activity) {
      const key = [schemaVersion, "lease", name];
      const record = (activity: LeaseActivity): LeaseHolder => ({
        instance,
        pid: Deno.pid,
        activity,
        heartbeatAt: now(),
      });
      const put = (versionstamp: string | null, activity: LeaseActivity) =>
        database.run((kv) =>
          kv.atomic().check({ key, versionstamp }).set(key, record(activity)).commit()
        );
      for (;;) {
        const found = await database.run((kv) => kv.get<LeaseHolder>(key));
        if (found.versionstamp !== null && !isSilent(name, found.versionstamp)) return found.value;
        const taken = await put(found.versionstamp, activity);
        if (!taken.ok) continue;
        silences.delete(name);
        return hold(taken.versionstamp, activity, found.value ?? undefined, put, {
          read: () => database.run((kv) => kv.get<LeaseHolder>(key)),
          release: (versionstamp) =>
            database.run((kv) => kv.atomic().check({ key, versionstamp }).delete(key).commit()),
        });
      }
    },
  };

  function hold(
    first: string,
    firstActivity: LeaseActivity,
    predecessor: LeaseHolder | undefined,
    put: (versionstamp: string, activity: LeaseActivity) => Promise<PutResult>,
    record: {
      read(): Promise<Deno.KvEntryMaybe<LeaseHolder>>;
      release(versionstamp: string): Promise<unknown>;
    },
  ): Lease {
    let versionstamp = first;
    let activity = firstActivity;
    let writing: Promise<void> = Promise.resolve();
    const lost = new AbortController();
    // One write at a time: each checks the versionstamp that the one before it left.
    const write = () =>
      writing = writing.catch(() => {}).then(async () => {
        if (lost.signal.aborted) return;
        const result = await put(versionstamp, activity);
        if (result.ok) versionstamp = result.versionstamp;
        else lost.abort(new Error("the lease was taken over"));
      });
    const timer = setInterval(() => write().catch(() => {}), heartbeat);
    Deno.unrefTimer(timer);
    return {
      predecessor,
      lost: lost.signal,
      async isHeld() {
        await writing.catch(() => {});
        const holder = (await record.read()).value;
        if (holder?.instance !== instance) lost.abort(new Error("the lease was taken over"));
        return !lost.signal.aborted;
      },
      async declare(next) {
        if (next === activity) return;
        activity = next;
        await write();
      },
      async [Symbol.asyncDispose]() {
        clearInterval(timer);
        await writing.catch(() => {});
        if (!lost.signal.aborted) await record.release(versionstamp);
        lost.abort(new Error("the lease was given back"));
      },
    };
  }
}

type PutResult = Deno.KvCommitResult | Deno.KvCommitError;
