import type { LeaseActivity, LeaseHolder } from "./lease_holder.ts";
import type { Database } from "../store/database.ts";
import { keys } from "../store/keys.ts";
import { decodeRecord, encodeRecord } from "../store/record.ts";
import { holdLease, type Lease } from "./lease.ts";
import { createProcessMark } from "./process_mark.ts";
import { createSilenceWatch } from "./silence.ts";

/** The leases of one process. */
export interface Leases extends Disposable {
  /** The lease, or who has it. */
  attempt(name: string, activity: LeaseActivity): Promise<Lease | LeaseHolder>;
  /** Who has it, as far as that one shows signs of life. */
  holder(name: string): Promise<LeaseHolder | undefined>;
}

/** Lease timing. */
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
  const mark = createProcessMark(database.directory, instance);
  const silence = createSilenceWatch(timeout);

  async function isAlive(name: string, holder: LeaseHolder, heartbeat: string): Promise<boolean> {
    if (silence.isSilent(name, heartbeat)) return false;
    return !holder.marked || !await mark.isDead(holder.instance);
  }

  return {
    async attempt(name, activity) {
      const key = keys.lease(name);
      const marked = await mark.set();
      for (;;) {
        const found = await database.run((kv) => kv.get(key));
        const holder = decodeRecord<LeaseHolder>(found.value);
        if (holder && found.versionstamp && await isAlive(name, holder, found.versionstamp)) {
          return holder;
        }
        const record = (activity: LeaseActivity) =>
          encodeRecord({ instance, pid: Deno.pid, marked, activity, heartbeatAt: now() });
        const check = { key, versionstamp: found.versionstamp };
        const taken = await database.run((kv) =>
          kv.atomic().check(check).set(key, record(activity)).commit()
        );
        if (!taken.ok) continue;
        silence.forget(name);
        return holdLease({
          database,
          key,
          instance,
          record,
          activity,
          heartbeat,
          versionstamp: taken.versionstamp,
          predecessor: holder,
        });
      }
    },
    async holder(name) {
      const { value, versionstamp } = await database.run((kv) => kv.get(keys.lease(name)));
      const holder = decodeRecord<LeaseHolder>(value);
      return holder && versionstamp && await isAlive(name, holder, versionstamp)
        ? holder
        : undefined;
    },
    [Symbol.dispose]: () => mark[Symbol.dispose](),
  };
}
