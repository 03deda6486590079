import type { Seal } from "../../../src/credentials/encryption/seal.ts";
import type { Database } from "../../../src/credentials/store/database.ts";
import { decodeRecord, encodeRecord } from "../../../src/credentials/store/record.ts";

/** A database of Deno KV in memory, and a seal that hides nothing but knows the place of a record. */
export interface MemoryStore extends Disposable {
  /** The database itself. */
  kv: Deno.Kv;
  database: Database;
  seal: Seal;
  /** All keys that there are. */
  keys(): Promise<Deno.KvKey[]>;
}

/** Opens a store of which each record can be read by a test. */
export async function openMemoryStore(): Promise<MemoryStore> {
  const kv = await Deno.openKv(":memory:");
  const database = {
    directory: "/memory",
    generation: 0,
    outdated: false,
    prefetched: undefined,
    run: (operation) => operation(kv),
    abandon: (error) => Promise.reject(error),
    scrub: () => Promise.resolve(),
    [Symbol.dispose]: () => kv.close(),
  } satisfies Database;
  return {
    kv,
    database,
    seal: {
      seal: (value, place) => Promise.resolve(encodeRecord({ place, value })),
      open<T>(sealed: unknown, place: string) {
        const record = decodeRecord<{ place: string; value: T }>(sealed);
        return Promise.resolve(record?.place === place ? record.value : undefined);
      },
      reach: () => Promise.resolve(),
      isCurrent: () => true,
    },
    keys: async () => (await Array.fromAsync(kv.list({ prefix: [] }))).map(({ key }) => key),
    [Symbol.dispose]: () => kv.close(),
  };
}
