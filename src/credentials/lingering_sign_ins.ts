import { lingerLease, readHandover } from "./handover.ts";
import type { Identity } from "./identity.ts";
import type { Store } from "./store/open_store.ts";
import { schemaVersion } from "./store/database.ts";

/** A sign-in that goes on in the background, since the client has ended the program in its middle. */
export interface LingeringSignIn {
  /** Whose sign-in it is. */
  identity: Identity;
  /** The process that waits for the person. */
  pid: number;
  /** When it ends at the latest, in milliseconds since the epoch. */
  expiresAt: number;
}

/** Without a sign of life for so long a process has none, in milliseconds. */
const silence = 5_000;

/** All sign-ins that go on in the background. */
export async function lingeringSignIns(
  { database, seal, leases }: Store,
  now: number,
): Promise<LingeringSignIn[]> {
  const prefix = [schemaVersion, "handover"];
  const entries = await database.run((kv) => Array.fromAsync(kv.list({ prefix })));
  const found: LingeringSignIn[] = [];
  for (const { key } of entries) {
    const digest = String(key[2]);
    const holder = await leases.holder(lingerLease(digest));
    if (!holder || now - holder.heartbeatAt > silence) continue;
    const handover = await readHandover({ database, seal, digest }).catch(() => undefined);
    if (!handover) continue;
    const { identity, expiresAt } = handover;
    found.push({ identity, pid: holder.pid, expiresAt });
  }
  return found;
}
