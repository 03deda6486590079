import type { ProviderNotes } from "../../base/provider_notes.ts";
import { keys, placeOf } from "./keys.ts";
import type { Store } from "./open_store.ts";

interface Note {
  value: unknown;
  expiresAt?: number;
}

/** Notes in a store that may still be opening. */
export function createNotes(opening: Promise<Store>, now: () => number): ProviderNotes {
  return {
    async read(name) {
      const { database, seal } = await opening;
      const key = keys.note(name);
      const note = await seal.open<Note>(
        (await database.run((kv) => kv.get(key))).value,
        placeOf(key),
      );
      return note && now() < (note.expiresAt ?? Infinity) ? note.value : undefined;
    },
    async write(name, value, lifetime) {
      const { database, seal } = await opening;
      const key = keys.note(name);
      const expiresAt = lifetime === undefined ? undefined : now() + lifetime;
      const sealed = await seal.seal({ value, expiresAt } satisfies Note, placeOf(key));
      await database.run((kv) => kv.set(key, sealed));
    },
    async remove(name) {
      const { database } = await opening;
      await database.run((kv) => kv.delete(keys.note(name)));
    },
  };
}
