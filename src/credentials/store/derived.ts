import type { Database } from "./database.ts";
import { keys } from "./keys.ts";

/** The digests of the identities whose tokens are derived from that of this one. */
export async function listDerived(database: Database, base: string): Promise<string[]> {
  const entries = await database.run((kv) =>
    Array.fromAsync(kv.list({ prefix: keys.derived(base) }))
  );
  return entries.map(({ key }) => String(key[3]));
}

/** Removes a derived credential, with all that there is of it. */
export async function removeDerived(
  database: Database,
  { base, digest }: { base: string; digest: string },
): Promise<void> {
  const parts = await database.run((kv) =>
    Array.fromAsync(kv.list({ prefix: keys.parts(digest) }))
  );
  const gone = [
    keys.credential(digest),
    keys.accountKey(digest),
    keys.used(digest),
    keys.plainCooldown(digest, "sign-in"),
    keys.cooldown(digest, "sign-in"),
    keys.derived(base, digest),
    ...parts.map(({ key }) => key),
  ];
  for (const key of gone) await database.run((kv) => kv.delete(key));
}
