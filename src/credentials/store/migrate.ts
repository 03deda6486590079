import type { Seal } from "../encryption/seal.ts";
import type { CredentialRecord } from "./credential_record.ts";
import { type Database, schemaKey, schemaVersion } from "./database.ts";
import { keys, placeOf } from "./keys.ts";
import { encodeRecord } from "./record.ts";

/**
 * Brings an older layout up to date, and marks a new database as up to date. Layout 1 kept
 * credentials as plain objects; what else it kept was good for minutes only.
 *
 * May run in several processes at once: nothing that is there already is written over.
 */
export async function migrate(database: Database, seal: Seal): Promise<void> {
  const old = await database.run(async (kv) => {
    const entries = kv.list<CredentialRecord>({ prefix: [1] });
    return await Array.fromAsync(entries);
  });
  for (const { key: oldKey, value } of old) {
    const [, kind, digest] = oldKey;
    if (kind === "credential" && typeof digest === "string" && value?.credential?.accessToken) {
      const key = keys.credential(digest);
      const sealed = await seal.seal(value, placeOf(key));
      await database.run((kv) =>
        kv.atomic().check({ key, versionstamp: null }).set(key, sealed).commit()
      );
    }
    await database.run((kv) => kv.delete(oldKey));
  }
  await database.run((kv) => kv.set(schemaKey, encodeRecord(schemaVersion)));
  if (old.length > 0) await database.scrub();
}
