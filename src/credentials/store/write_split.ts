import type { Database } from "./database.ts";
import { keys } from "./keys.ts";
import type { SplitCredential } from "./split_credential.ts";

/** What Deno KV takes as one atomic step is 800 KiB; the rest is for what else is changed in it. */
const largestStep = 700 * 1024;

/** How often parts are written again that another process has swept away meanwhile. */
const attempts = 3;

/** Where {@linkcode writeSplit} writes, and what it does in the same step. */
export interface WriteSplitOptions {
  /** The open database. */
  database: Database;
  /** The digest of the identity. */
  digest: string;
  /** What is checked and changed besides, in one step with the head. */
  change: (atomic: Deno.AtomicOperation) => Deno.AtomicOperation;
}

/**
 * Writes head and parts so that nobody ever finds a head without its parts: in one atomic step, or,
 * where that would be too large, the parts first, in the presence of which the head is then written.
 * Parts that belong to no head any more go in the same step: those of the credential that is
 * replaced, and what was left by a process that was killed or that knows no parts.
 *
 * @returns whether it was written; false when a check of `change` failed
 */
export async function writeSplit(
  { head, parts }: SplitCredential,
  { database, digest, change }: WriteSplitOptions,
): Promise<boolean> {
  const own = new Set(parts.map(({ key }) => String(key[3])));
  const stale = (await listParts(database, digest)).filter((key) => !own.has(String(key[3])));
  const finish = (atomic: Deno.AtomicOperation) => {
    const changed = change(atomic).set(keys.credential(digest), head);
    for (const key of stale) changed.delete(key);
    return changed;
  };
  const commit = async (prepare: (atomic: Deno.AtomicOperation) => Deno.AtomicOperation) =>
    (await database.run((kv) => finish(prepare(kv.atomic())).commit())).ok;

  const size = parts.reduce((sum, { value }) => sum + value.length, head.length);
  if (size <= largestStep) {
    return await commit((atomic) =>
      parts.reduce((changed, { key, value }) => changed.set(key, value), atomic)
    );
  }
  for (let attempt = 1;; attempt++) {
    const checks: Deno.AtomicCheck[] = [];
    for (const { key, value } of parts) {
      const { versionstamp } = await database.run((kv) => kv.set(key, value));
      checks.push({ key, versionstamp });
    }
    if (await commit((atomic) => atomic.check(...checks))) return true;
    const left = await listParts(database, digest);
    const areThere = left.filter((key) => own.has(String(key[3]))).length === parts.length;
    if (!areThere && attempt < attempts) continue;
    for (const { key } of parts) await database.run((kv) => kv.delete(key));
    return false;
  }
}

/** The keys of at most 200 parts, whomever they belong to: deleting more would not fit in one step. */
async function listParts(database: Database, digest: string): Promise<Deno.KvKey[]> {
  const entries = await database.run((kv) =>
    Array.fromAsync(kv.list({ prefix: keys.parts(digest) }, { limit: 200 }))
  );
  return entries.map(({ key }) => key);
}
