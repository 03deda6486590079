import type { ProviderNotes } from "../base/provider_notes.ts";
import { createNotes } from "./store/create_notes.ts";
import { keys } from "./store/keys.ts";
import { openStore } from "./store/open_store.ts";
import { hasStore, type StoredCredentialsOptions } from "./stored_credentials.ts";

/**
 * The notes of a store as they are now, in memory: what is still needed of them when the store has
 * been emptied. What is written to the copy goes nowhere else.
 */
export async function copyStoredNotes(options: StoredCredentialsOptions): Promise<ProviderNotes> {
  const values = new Map<string, unknown>();
  if (await hasStore(options)) {
    using store = await openStore({ ...options, encryption: "file" });
    const entries = await store.database.run((kv) =>
      Array.fromAsync(kv.list({ prefix: keys.notes }))
    );
    const notes = createNotes(Promise.resolve(store), Date.now);
    for (const { key } of entries) {
      const name = String(key.at(-1));
      // Without its key a note is as good as none.
      values.set(name, await notes.read(name).catch(() => undefined));
    }
  }
  return {
    read: (name) => Promise.resolve(values.get(name)),
    write: (name, value) => Promise.resolve(void values.set(name, value)),
    remove: (name) => Promise.resolve(void values.delete(name)),
  };
}
