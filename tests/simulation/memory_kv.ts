/** What is in a store: shared by all who have it open, as a file is. */
export class KvContent {
  /** By the encoded key. */
  readonly entries: Map<string, KvRecord> = new Map();
  #version = 0n;

  /** The versionstamp of the next step that changes something. */
  nextVersionstamp(): string {
    return (++this.#version).toString(16).padStart(20, "0");
  }

  /** Puts a value in place, as whoever filled the store before. */
  put(key: Deno.KvKey, value: unknown): void {
    const versionstamp = this.nextVersionstamp();
    this.entries.set(encodeKey(key), { key, value, versionstamp, expiresAt: Infinity });
  }

  /** What is there now. */
  peek(key: Deno.KvKey): unknown {
    return this.entries.get(encodeKey(key))?.value;
  }
}

interface KvRecord {
  key: Deno.KvKey;
  value: unknown;
  versionstamp: string;
  expiresAt: number;
}

/** What happens around every operation of a {@linkcode MemoryKv}. */
export interface KvConditions {
  /** The present, in milliseconds. */
  now(): number;
  /** Before it is done; may throw what Deno KV throws, or never return. */
  before(operation: string): Promise<void>;
  /** After it is done, and before whoever asked for it knows. */
  after(operation: string): Promise<void>;
}

/** No value is larger, in bytes. */
const largestValue = 65_536;

/**
 * Deno KV in memory, as far as the program uses it: `get`, `getMany`, `set`, `delete`, `list` by prefix
 * and `atomic` with checks, sets and deletions. `memory_kv_test.ts` holds it against the real one.
 */
export class MemoryKv {
  readonly #content: KvContent;
  readonly #conditions: KvConditions;
  #isClosed = false;

  constructor(content: KvContent, conditions: KvConditions) {
    this.#content = content;
    this.#conditions = conditions;
  }

  async get(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<unknown>> {
    return await this.#run("get", () => this.#read(key));
  }

  async getMany(keys: readonly Deno.KvKey[]): Promise<Deno.KvEntryMaybe<unknown>[]> {
    return await this.#run("getMany", () => keys.map((key) => this.#read(key)));
  }

  async set(
    key: Deno.KvKey,
    value: unknown,
    options?: { expireIn?: number },
  ): Promise<Deno.KvCommitResult> {
    checkValue(value);
    return await this.#run("set", () => {
      const versionstamp = this.#content.nextVersionstamp();
      this.#write(key, { value, versionstamp, ...options });
      return { ok: true, versionstamp };
    });
  }

  async delete(key: Deno.KvKey): Promise<void> {
    await this.#run("delete", () => {
      this.#content.nextVersionstamp();
      this.#content.entries.delete(encodeKey(key));
    });
  }

  async *list(
    { prefix }: { prefix: Deno.KvKey },
    { limit = Infinity }: { limit?: number } = {},
  ): AsyncIterableIterator<Deno.KvEntry<unknown>> {
    const found = await this.#run("list", () => {
      const start = encodeKey(prefix);
      return [...this.#content.entries.values()]
        .filter(({ key, expiresAt }) =>
          key.length > prefix.length && encodeKey(key).startsWith(start) &&
          expiresAt > this.#conditions.now()
        )
        .sort((one, other) => encodeKey(one.key) < encodeKey(other.key) ? -1 : 1)
        .slice(0, limit)
        .map(({ key, value, versionstamp }) => ({ key, value: copyOf(value), versionstamp }));
    });
    yield* found;
  }

  atomic(): MemoryAtomic {
    return new MemoryAtomic((checks, changes) =>
      this.#run("commit", () => {
        const isAsRead = checks.every(({ key, versionstamp }) =>
          this.#read(key).versionstamp === versionstamp
        );
        if (!isAsRead) return { ok: false };
        const versionstamp = this.#content.nextVersionstamp();
        for (const { key, value, isDeletion, expireIn } of changes) {
          if (isDeletion) this.#content.entries.delete(encodeKey(key));
          else this.#write(key, { value, versionstamp, expireIn });
        }
        return { ok: true, versionstamp };
      })
    );
  }

  close(): void {
    if (this.#isClosed) throw new Deno.errors.BadResource("Bad resource ID");
    this.#isClosed = true;
  }

  async #run<T>(operation: string, apply: () => T): Promise<T> {
    if (this.#isClosed) throw new Deno.errors.BadResource("Bad resource ID");
    await this.#conditions.before(operation);
    if (this.#isClosed) throw new Deno.errors.BadResource("Bad resource ID");
    const result = apply();
    await this.#conditions.after(operation);
    return result;
  }

  #read(key: Deno.KvKey): Deno.KvEntryMaybe<unknown> {
    const found = this.#content.entries.get(encodeKey(key));
    if (!found || found.expiresAt <= this.#conditions.now()) {
      return { key, value: null, versionstamp: null };
    }
    return { key, value: copyOf(found.value), versionstamp: found.versionstamp };
  }

  #write(
    key: Deno.KvKey,
    { value, versionstamp, expireIn = Infinity }: {
      value: unknown;
      versionstamp: string;
      expireIn?: number;
    },
  ) {
    const expiresAt = this.#conditions.now() + expireIn;
    this.#content.entries.set(encodeKey(key), {
      key,
      value: copyOf(value),
      versionstamp,
      expiresAt,
    });
  }
}

interface Change {
  key: Deno.KvKey;
  value?: unknown;
  isDeletion: boolean;
  expireIn?: number;
}

/** One step of many changes. */
class MemoryAtomic {
  readonly #checks: Deno.AtomicCheck[] = [];
  readonly #changes: Change[] = [];
  readonly #commit: (
    checks: readonly Deno.AtomicCheck[],
    changes: readonly Change[],
  ) => Promise<Deno.KvCommitResult | Deno.KvCommitError>;

  constructor(
    commit: (
      checks: readonly Deno.AtomicCheck[],
      changes: readonly Change[],
    ) => Promise<Deno.KvCommitResult | Deno.KvCommitError>,
  ) {
    this.#commit = commit;
  }

  check(...checks: Deno.AtomicCheck[]): this {
    this.#checks.push(...checks);
    return this;
  }

  set(key: Deno.KvKey, value: unknown, options: { expireIn?: number } = {}): this {
    checkValue(value);
    this.#changes.push({ key, value, isDeletion: false, ...options });
    return this;
  }

  delete(key: Deno.KvKey): this {
    this.#changes.push({ key, isDeletion: true });
    return this;
  }

  commit(): Promise<Deno.KvCommitResult | Deno.KvCommitError> {
    return this.#commit(this.#checks, this.#changes);
  }
}

/** Deno KV's words for a value that is too large. */
function checkValue(value: unknown): void {
  if (value instanceof Uint8Array && value.length > largestValue) {
    throw new TypeError(`Value too large (max ${largestValue} bytes)`);
  }
}

function copyOf(value: unknown): unknown {
  return value instanceof Uint8Array ? value.slice() : structuredClone(value);
}

/** A text that sorts as Deno KV sorts keys of texts and of whole numbers from 0. */
function encodeKey(key: Deno.KvKey): string {
  return key.map((part) =>
    typeof part === "string"
      ? `2${part}\0`
      : typeof part === "number"
      ? `3${String(part).padStart(16, "0")}\0`
      : fail(part)
  ).join("");
}

function fail(part: Deno.KvKeyPart): never {
  throw new Error(`the model knows no keys with ${typeof part} in them`);
}
