import { createHash } from "node:crypto";
import type { Disk, Node } from "./disk.ts";
import { MemoryKv } from "./memory_kv.ts";
import type { Network } from "./network.ts";
import type { Owner, Scheduled } from "./scheduler.ts";
import type { World } from "./world.ts";

/** What the program gets of its surroundings: the names that it finds them by. */
export interface Platform {
  modules: Record<string, unknown>;
  Deno: unknown;
  performance: { now(): number };
  Date: DateConstructor;
  Math: Math;
  crypto: unknown;
  AbortSignal: unknown;
  AbortController: unknown;
  setTimeout: unknown;
  clearTimeout: unknown;
  setInterval: unknown;
  clearInterval: unknown;
  fetch: unknown;
}

/** How slow and how faulty the store of a process is. */
export interface StoreFaults {
  /** How often an operation finds the database locked. */
  locked: number;
  /** How often one takes seconds. */
  slow: number;
}

/** What a signal of `AbortSignal.timeout` is aborted with; making one takes longer than all else here. */
const timedOut = new DOMException("Signal timed out.", "TimeoutError");

/** When the first simulated process starts, in milliseconds since the epoch. */
const epoch = Date.UTC(2026, 10, 26, 9);

/** One process of the program on a simulated machine: what it does, and what it still has open. */
export class SimulatedProcess implements Owner {
  readonly name: string;
  readonly pid: number;
  isAlive = true;
  frozenUntil = 0;
  /** Timers that somebody still waits for, by what set them. */
  readonly timers = new Map<object, string>();
  /** The most listeners that one signal of the program has had at once, now. */
  readonly signals = new Set<WeakRef<CountedSignal>>();
  readonly #world: World;
  readonly #disk: Disk;
  readonly #network: Network;
  readonly #faults: StoreFaults;
  readonly #startedAt: number;

  constructor(
    { world, disk, network, faults }: {
      world: World;
      disk: Disk;
      network: Network;
      faults: StoreFaults;
    },
    { name, pid }: { name: string; pid: number },
  ) {
    this.#world = world;
    this.#disk = disk;
    this.#network = network;
    this.#faults = faults;
    this.name = name;
    this.pid = pid;
    this.#startedAt = world.now;
  }

  /** Has something happen to this process, unless it is dead by then. */
  schedule(delay: number, run: () => void): Scheduled {
    return this.#world.scheduler.schedule(delay, run, this);
  }

  /** Resolves after so many milliseconds; never once it is dead. */
  pause(delay: number): Promise<void> {
    return new Promise((resolve) => void this.schedule(delay, resolve));
  }

  /** Ends it as SIGKILL does: nothing more happens in it, and its locks are gone. */
  kill(): void {
    this.isAlive = false;
    for (const node of this.#disk.nodes.values()) {
      if (node.lockedBy === this) node.lockedBy = undefined;
    }
    this.#network.processDied(this);
  }

  /** Stops it as SIGSTOP does. */
  freeze(milliseconds: number): void {
    this.frozenUntil = this.#world.now + milliseconds;
  }

  /** The present, in milliseconds since the epoch. */
  readonly now = (): number => epoch + Math.floor(this.#world.now);

  /** What the program is given. */
  platform(): Platform {
    const { now } = this;
    const world = this.#world;
    const unseen = () => {
      throw new Error("a simulated process sees nothing of the real machine");
    };
    class SimulatedDate extends Date {
      static override now = now;
      constructor(...given: []) {
        super(...(given.length === 0 ? [now()] as unknown as [] : given));
      }
    }
    const random = () => world.programRandom.below(1 << 30) / (1 << 30);
    return {
      modules: {
        "node:net": { connect: unseen },
        "node:tls": { connect: this.#connectTls() },
        "node:crypto": { createHash, createPrivateKey: unseen },
        "node:sqlite": {},
        "@napi-rs/keyring": {},
      },
      Deno: this.#deno(),
      performance: { now: () => world.now - this.#startedAt + 1 },
      Date: SimulatedDate as DateConstructor,
      Math: Object.create(Math, { random: { value: random } }),
      crypto: this.#crypto(random),
      ...this.#signals(),
      ...this.#timers(),
      fetch: this.#network.fetchOf(this),
    };
  }

  #timers() {
    const start = (kind: string, run: () => void, delay: number, isRepeated: boolean) => {
      const timer = { scheduled: undefined as Scheduled | undefined };
      const set = () => {
        timer.scheduled = this.schedule(Math.max(1, delay), () => {
          if (isRepeated) set();
          else this.timers.delete(timer);
          run();
        });
      };
      set();
      this.timers.set(timer, `${kind} of ${delay} ms`);
      return timer;
    };
    const clear = (timer?: { scheduled?: Scheduled }) => {
      if (!timer) return;
      timer.scheduled?.cancel();
      this.timers.delete(timer);
    };
    return {
      setTimeout: (run: () => void, delay = 0) => start("setTimeout", run, delay, false),
      clearTimeout: clear,
      setInterval: (run: () => void, delay = 0) => start("setInterval", run, delay, true),
      clearInterval: clear,
    };
  }

  #signals() {
    const counted = (signal: AbortSignal) => {
      const one = countListeners(signal);
      this.signals.add(new WeakRef(one));
      return one;
    };
    const timeout = (delay: number) => {
      const controller = new AbortController();
      const signal = counted(controller.signal);
      // One that nobody listens to keeps no program running.
      const timer = {};
      signal.onCount = (count) => {
        if (count > 0) this.timers.set(timer, `AbortSignal.timeout of ${delay} ms`);
        else this.timers.delete(timer);
      };
      this.schedule(delay, () => {
        signal.onCount = undefined;
        this.timers.delete(timer);
        controller.abort(timedOut);
      });
      return signal;
    };
    return {
      AbortController: class {
        readonly #real = new AbortController();
        readonly signal = counted(this.#real.signal);
        abort(reason?: unknown) {
          this.#real.abort(reason);
        }
      },
      AbortSignal: class {
        static [Symbol.hasInstance](value: unknown) {
          return value instanceof AbortSignal;
        }
        static any(signals: AbortSignal[]) {
          return counted(AbortSignal.any(signals));
        }
        static timeout = timeout;
      },
    };
  }

  #crypto(random: () => number) {
    const bytes = <T extends Uint8Array>(into: T): T => {
      for (let at = 0; at < into.length; at++) into[at] = Math.floor(random() * 256);
      return into;
    };
    return {
      getRandomValues: bytes,
      randomUUID: () => {
        const hex = Array.from(
          bytes(new Uint8Array(16)),
          (byte) => byte.toString(16).padStart(2, "0"),
        ).join("");
        return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
      },
      subtle: {
        digest: (_: string, data: Uint8Array) =>
          Promise.resolve(Uint8Array.from(createHash("sha256").update(data).digest()).buffer),
      },
    };
  }

  /** Tells what a server speaks, as `application_protocol.ts` asks it. */
  #connectTls() {
    return ({ host }: { host: string }, onSecure: () => void) => {
      let onError = () => {};
      const socket = {
        alpnProtocol: this.#network.isHttp2 ? "h2" : "http/1.1",
        on: (_: string, listener: () => void) => void (onError = listener),
        destroy() {},
      };
      this.#network.connect(this, host).then(onSecure, () => onError());
      return socket;
    };
  }

  #deno() {
    const { nodes, store, hasLocks } = this.#disk;
    const { NotFound, AlreadyExists } = Deno.errors;
    const look = (path: string): Node => {
      const node = nodes.get(path);
      if (!node) throw new NotFound(`No such file or directory (os error 2): ${path}`);
      return node;
    };
    const after = async <T>(act: () => T): Promise<T> => {
      await this.pause(this.#world.between(0, 3));
      const result = act();
      return result;
    };
    const infoOf = (path: string) => {
      const { kind, content, mtime } = look(path);
      return {
        isFile: kind === "file",
        isDirectory: kind === "directory",
        isSymlink: false,
        mode: kind === "file" ? 0o600 : 0o700,
        uid: 1000,
        ino: 1,
        size: content.length,
        mtime: new Date(mtime),
      };
    };
    const write = (path: string, content = new Uint8Array()) =>
      void nodes.set(path, { kind: "file", content, mtime: this.now() });
    // deno-lint-ignore no-this-alias -- the lock belongs to the process
    const self = this;
    class FsFile {
      readonly #node: Node;
      constructor(node: Node) {
        this.#node = node;
      }
      close() {
        if (this.#node.lockedBy === self) this.#node.lockedBy = undefined;
      }
      tryLock() {
        return after(() => {
          if (this.#node.lockedBy && this.#node.lockedBy !== self) return false;
          this.#node.lockedBy = self;
          return true;
        });
      }
      [Symbol.dispose]() {
        this.close();
      }
    }
    if (!hasLocks) delete (FsFile.prototype as { tryLock?: unknown }).tryLock;
    const remove = (path: string) => {
      look(path);
      nodes.delete(path);
    };
    return {
      build: { os: "linux" },
      errors: Deno.errors,
      pid: this.pid,
      uid: () => 1000,
      env: { get: () => undefined, set() {} },
      createHttpClient: () => {
        this.#world.say(`${this.name} network: new connections`);
        return { close() {}, [Symbol.dispose]() {} };
      },
      unrefTimer() {},
      FsFile,
      lstat: (path: string) => after(() => infoOf(path)),
      stat: (path: string) => after(() => infoOf(path)),
      readFile: (path: string) => after(() => look(path).content.slice()),
      writeTextFile: (path: string, text: string) =>
        after(() => write(path, new TextEncoder().encode(text))),
      chmod: (path: string) => after(() => void look(path)),
      mkdir: (path: string) =>
        after(() => {
          nodes.set(path, { kind: "directory", content: new Uint8Array(), mtime: this.now() });
        }),
      open: (path: string, { createNew = false, create = false } = {}) =>
        after(() => {
          if (createNew && nodes.has(path)) throw new AlreadyExists(`File exists: ${path}`);
          if (createNew || create && !nodes.has(path)) write(path);
          return new FsFile(look(path));
        }),
      openSync: () => ({ close() {} }),
      remove: (path: string) => after(() => remove(path)),
      removeSync: remove,
      async *readDir(path: string) {
        await self.pause(1);
        for (const name of [...nodes.keys()].filter((each) => each.startsWith(`${path}/`))) {
          yield { name: name.slice(path.length + 1) };
        }
      },
      openKv: async () => {
        await this.pause(this.#world.between(1, 5));
        return this.#openKv(store);
      },
      connect: async ({ hostname }: { hostname: string }) => {
        await this.#network.connect(this, hostname);
        return { close() {} };
      },
      stderr: { writeSync: (bytes: Uint8Array) => bytes.length },
    };
  }

  #openKv(store: Disk["store"]): MemoryKv {
    const world = this.#world;
    return new MemoryKv(store, {
      now: this.now,
      before: async (operation) => {
        await this.pause(world.fault(this.#faults.slow) ? world.between(500, 12_000) : 0);
        if (world.fault(this.#faults.locked)) {
          world.say(`${this.name} store: ${operation} finds the database locked`);
          throw new TypeError("database is locked");
        }
      },
      after: () => this.pause(world.fault(this.#faults.slow) ? world.between(500, 12_000) : 1),
    });
  }
}

/** A signal that knows how many listen to it. */
export type CountedSignal = AbortSignal & {
  listenerCount: number;
  onCount?: (count: number) => void;
};

function countListeners(signal: AbortSignal): CountedSignal {
  const counted = signal as CountedSignal;
  if (counted.listenerCount !== undefined) return counted;
  const listeners = new Set<unknown>();
  counted.listenerCount = 0;
  const update = () => {
    counted.listenerCount = listeners.size;
    counted.onCount?.(listeners.size);
  };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: unknown, options?: unknown) => {
    listeners.add(listener);
    update();
    // deno-lint-ignore no-explicit-any -- passed on as it came
    add(type, listener as any, options as any);
  };
  signal.removeEventListener = (type: string, listener: unknown) => {
    listeners.delete(listener);
    update();
    // deno-lint-ignore no-explicit-any -- passed on as it came
    remove(type, listener as any);
  };
  return counted;
}
