import type { Database } from "../store/database.ts";
import { decodeRecord } from "../store/record.ts";
import type { LeaseActivity, LeaseHolder } from "./lease_holder.ts";

/** The right that nobody else has until it is disposed of, or its holder is found dead. */
export interface Lease extends AsyncDisposable {
  /** The one whose lease was taken over because it showed no life. */
  readonly predecessor: LeaseHolder | undefined;
  /** Aborts when another process took the lease over because this one showed no life. */
  readonly lost: AbortSignal;
  /** Asks the database: the last check before an act that must not happen twice. */
  isHeld(): Promise<boolean>;
  /** Tells those who wait what is being done now. */
  setActivity(activity: LeaseActivity): Promise<void>;
}

/** What {@linkcode holdLease} is made from. */
export interface HeldLease {
  /** Where the lease is kept. */
  database: Database;
  /** The key of its record. */
  key: Deno.KvKey;
  /** The process that has it. */
  instance: string;
  /** The record with a fresh sign of life. */
  record: (activity: LeaseActivity) => Uint8Array;
  /** What is done with it first. */
  activity: LeaseActivity;
  /** Time between two signs of life, in milliseconds. */
  heartbeat: number;
  /** Of the record that was written when it was taken. */
  versionstamp: string;
  /** The one it was taken from. */
  predecessor: LeaseHolder | undefined;
}

/** Keeps a lease that was just taken: shows signs of life until it is disposed of. */
export function holdLease(held: HeldLease): Lease {
  const { database, key, instance, record, predecessor } = held;
  let { activity } = held;
  let versionstamp: string | null = held.versionstamp;
  let { generation } = database;
  let writing: Promise<void> = Promise.resolve();
  let released: Promise<void> | undefined;
  const lost = new AbortController();
  const lose = () => lost.abort(new Error("another process took the lease over"));

  // One write at a time: each checks the versionstamp that the one before it left.
  function write(): Promise<void> {
    return writing = writing.catch(() => {}).then(async () => {
      if (lost.signal.aborted || released) return;
      const result = await put() ?? await put();
      if (result) versionstamp = result;
      else lose();
    });
  }

  /** The new versionstamp; none when there is another record, or a new database, which it notes. */
  async function put(): Promise<string | undefined> {
    const result = await database.run((kv) =>
      kv.atomic().check({ key, versionstamp }).set(key, record(activity)).commit()
    );
    if (result.ok) return result.versionstamp;
    if (database.generation !== generation) versionstamp = null;
    generation = database.generation;
  }

  async function release(): Promise<void> {
    clearInterval(timer);
    await writing.catch(() => {});
    if (lost.signal.aborted || database.generation !== generation) return;
    await database.run((kv) => kv.atomic().check({ key, versionstamp }).delete(key).commit());
  }

  const timer = setInterval(() => write().catch(() => {}), held.heartbeat);
  Deno.unrefTimer(timer);
  return {
    predecessor,
    lost: lost.signal,
    async isHeld() {
      await (database.generation === generation ? writing : write()).catch(() => {});
      const { value } = await database.run((kv) => kv.get(key));
      if (decodeRecord<LeaseHolder>(value)?.instance !== instance) lose();
      return !lost.signal.aborted;
    },
    async setActivity(next) {
      if (next === activity) return;
      activity = next;
      await write();
    },
    // What was done under it is done: one that cannot be given back ends by its silence.
    [Symbol.asyncDispose]: () => released ??= release().catch(() => {}),
  };
}
