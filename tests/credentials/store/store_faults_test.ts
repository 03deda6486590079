import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { asking, background, reasonOf, Room } from "../room.ts";
import { until } from "../../support/until.ts";

const posix = Deno.build.os !== "windows";
const root = posix && Deno.uid() === 0;
const canMount = root && Deno.build.os === "linux" && mounts();

function mounts(): boolean {
  const directory = Deno.makeTempDirSync();
  const run = (command: string, ...args: string[]) =>
    new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  try {
    return run("mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", directory) &&
      run("umount", directory);
  } catch {
    return false;
  } finally {
    Deno.removeSync(directory);
  }
}

/** A file system of this size at the cache directory's place. */
function mountAt(directory: string, options: string): Disposable {
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const run = (command: string, ...args: string[]) => {
    const { success, stderr } = new Deno.Command(command, { args, stdout: "null" }).outputSync();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  run("mount", "-t", "tmpfs", "-o", `${options},mode=0700`, "tmpfs", directory);
  return { [Symbol.dispose]: () => run("umount", "-l", directory) };
}

async function refusal(room: Room): Promise<string> {
  const source = room.source();
  const error = await source.ready.then(() => new Error("was accepted"), (error) => error);
  assert.equal(error.reason, "unsafe_cache_dir", error.message);
  assert.equal(await reasonOf(source.current(asking())), "unsafe_cache_dir");
  assert.equal(room.flows.signIns, 0);
  return error.message;
}

Deno.test("a database that is a link to a file which is not there yet is private, too", {
  ignore: !posix,
}, async () => {
  await using room = new Room();
  const target = join(room.home, "elsewhere.db");
  await Deno.mkdir(room.cacheDir, { mode: 0o700 });
  await Deno.symlink(target, join(room.cacheDir, "cache.db"));
  await room.source().current(asking());
  const { mode } = await Deno.stat(target);
  assert.equal(mode! & 0o777, 0o600);
});

Deno.test("a cache directory that is a symbolic link is refused", { ignore: !posix }, async () => {
  await using room = new Room();
  await Deno.mkdir(join(room.home, "elsewhere"), { mode: 0o700 });
  await Deno.symlink(join(room.home, "elsewhere"), room.cacheDir);
  assert.match(await refusal(room), /is a symbolic link\. Fix: remove it or name its target/);
});

Deno.test("a cache directory that others can write to is refused with the command that helps", {
  ignore: !posix,
}, async () => {
  for (const mode of [0o777, 0o770, 0o722]) {
    await using room = new Room();
    room.cacheDir = join(room.home, "it's here");
    await Deno.mkdir(room.cacheDir);
    await Deno.chmod(room.cacheDir, mode);
    const message = await refusal(room);
    const command = message.match(/Fix: run (chmod .*), or choose/)?.[1];
    assert.ok(command, message);
    const { success } = await new Deno.Command("sh", { args: ["-c", command] }).output();
    assert.ok(success);
    assert.equal((await room.source().current(asking())).accessToken, "access-1");
  }
});

Deno.test("a cache directory that belongs to someone else is refused", {
  ignore: !root,
}, async () => {
  await using room = new Room();
  await Deno.mkdir(room.cacheDir, { mode: 0o700 });
  await Deno.chown(room.cacheDir, 4711, 4711);
  assert.match(await refusal(room), /belongs to user 4711\. Fix: run sudo chown -R/);
});

Deno.test("a cache directory that is a file is refused", async () => {
  await using room = new Room();
  await Deno.writeTextFile(room.cacheDir, "");
  assert.match(await refusal(room), /is not a directory/);
});

Deno.test("a wide mode of the directory and its files is narrowed, another's directory is not", {
  ignore: !posix,
}, async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.closeAll();
  await Deno.chmod(room.cacheDir, 0o755);
  await Deno.chmod(join(room.cacheDir, "cache.db"), 0o644);
  await room.source().ready;
  const mode = (path: string) => (Deno.statSync(path).mode! & 0o777).toString(8);
  assert.equal(mode(room.cacheDir), "700");
  assert.equal(mode(join(room.cacheDir, "cache.db")), "600");
  await room.closeAll();
  await Deno.writeTextFile(join(room.cacheDir, "something else"), "");
  await Deno.chmod(room.cacheDir, 0o755);
  await Deno.chmod(join(room.cacheDir, "something else"), 0o644);
  await Deno.chmod(join(room.cacheDir, "cache.key"), 0o644);
  await room.source().ready;
  assert.equal(mode(room.cacheDir), "755");
  assert.equal(mode(join(room.cacheDir, "cache.key")), "600");
  assert.equal(mode(join(room.cacheDir, "something else")), "644");
});

Deno.test("a damaged database is set aside once, however many find it, and sign-in goes on", async () => {
  for (const damage of ["garbage", "truncated", "empty page"]) {
    await using room = new Room();
    await room.source().current(asking());
    await room.closeAll();
    const path = join(room.cacheDir, "cache.db");
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(
      path,
      damage === "garbage"
        ? crypto.getRandomValues(new Uint8Array(9000))
        : damage === "truncated"
        ? bytes.subarray(0, 5000)
        : bytes.fill(0, 4096, 8192),
    );
    const sources = [room.source(), room.source(), room.source()];
    const got = await Promise.all(sources.map((source) => source.current(asking())));
    assert.deepEqual(new Set(got.map((one) => one.accessToken)), new Set(["access-2"]), damage);
    const aside = [...Deno.readDirSync(room.cacheDir)].map((entry) => entry.name)
      .filter((name) => /^cache\.db\.corrupt-[^.]*$/.test(name));
    assert.equal(aside.length, 1, String(aside));
    assert.equal(room.logged("warn").filter((line) => line.includes("was damaged")).length, 1);
    await room.closeAll();
    assert.equal((await room.source().current(background())).accessToken, "access-2");
  }
});

Deno.test("a cache directory that is removed while the program runs costs nothing", {
  ignore: !posix,
}, async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.closeAll();
  const source = room.source();
  await source.ready;
  await Deno.remove(room.cacheDir, { recursive: true });
  assert.equal((await source.renewed("access-1", asking())).accessToken, "access-2");
  assert.equal((await source.renewed("access-2", asking())).accessToken, "access-3");
  assert.equal(room.flows.signIns, 1);
  assert.ok(room.logged("warn").length <= 1, room.logged("warn").join(""));
});

Deno.test("a read-only store works from memory and says so once", {
  ignore: !canMount,
}, async () => {
  await using room = new Room();
  using _mount = mountAt(room.cacheDir, "size=1m,ro");
  const source = room.source();
  assert.equal((await source.current(asking())).accessToken, "access-1");
  assert.equal((await source.renewed("access-1", asking())).accessToken, "access-2");
  assert.equal(room.logged("warn").length, 1);
  assert.match(room.logged("warn")[0], /kept in memory only/);
  await room.closeAll();
});

Deno.test("nothing begins with a read-only store when the credential must be stored", {
  ignore: !canMount,
}, async () => {
  await using room = new Room();
  using _mount = mountAt(room.cacheDir, "size=1m,ro");
  const source = room.source({}, { mustStore: true });
  const { signal } = new AbortController();
  assert.equal(await reasonOf(source.signIn({ force: false, signal })), "store_unusable");
  assert.equal(room.flows.signIns, 0);
  await room.closeAll();
});

Deno.test("a full disk works from memory and says so once", { ignore: !canMount }, async () => {
  for (const size of ["8k", "60k", "120k"]) {
    await using room = new Room();
    using _mount = mountAt(room.cacheDir, `size=${size}`);
    const source = room.source();
    assert.equal((await source.current(asking())).accessToken, "access-1", size);
    assert.equal((await source.renewed("access-1", asking())).accessToken, "access-2", size);
    assert.equal(room.flows.signIns, 1, size);
    assert.equal(room.logged("warn").length, 1, room.lines.join(""));
    await room.closeAll();
  }
});

Deno.test("a disk that fills up while the program runs loses nothing", {
  ignore: !canMount,
}, async () => {
  await using room = new Room();
  using _mount = mountAt(room.cacheDir, "size=400k");
  const source = room.source();
  await source.current(asking());
  await Deno.writeFile(join(room.cacheDir, "filler"), new Uint8Array(400_000)).catch(() => {});
  let token = "access-1";
  for (let round = 0; round < 200; round++) {
    token = (await source.renewed(token, asking())).accessToken;
  }
  assert.equal(room.flows.signIns, 1);
  assert.equal(room.flows.refreshes, 200);
  assert.equal(room.logged("warn").length, 1, room.logged("warn").join(""));
  await room.closeAll();
});

Deno.test("a home that cannot be written to works from memory", { ignore: !canMount }, async () => {
  await using room = new Room();
  room.cacheDir = join(room.home, "home", ".mcp-auth", "authful-mcp-proxy");
  using _mount = mountAt(join(room.home, "home"), "size=1m,ro");
  assert.equal((await room.source().current(asking())).accessToken, "access-1");
  assert.equal(room.logged("warn").length, 1);
  await room.closeAll();
});

Deno.test("a database that another process keeps locked for a while is waited for", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  // Long enough for several attempts; it is released in any case.
  const lockForAWhile = () => {
    const lock = new DatabaseLock(join(room.cacheDir, "cache.db"));
    setTimeout(() => lock[Symbol.dispose](), 300);
    return lock;
  };
  {
    using lock = lockForAWhile();
    assert.equal((await room.source().current(asking())).accessToken, "access-1");
    assert.equal(lock.isHeld, false, "what is stored is read behind the lock");
  }
  using lock = lockForAWhile();
  room.flows.onRefresh = () => {
    assert.equal(lock.isHeld, false, "nothing is spent before the lease is written");
    return Promise.resolve(room.flows.grant());
  };
  assert.equal((await source.renewed("access-1", asking())).accessToken, "access-2");
  assert.deepEqual(room.logged("warn"), []);
});

Deno.test("what keeps the store from being opened does not keep the program from ending", {
  // The opening ends with the lock, after this.
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.closeAll();
  using lock = new DatabaseLock(join(room.cacheDir, "cache.db"));
  const source = room.source();
  const begin = performance.now();
  await source.close();
  assert.ok(performance.now() - begin < 8_000, "the lock alone is waited for longer");
  lock[Symbol.dispose]();
  await source.ready;
});

// All take the ten seconds that a lock is waited for, so they do so together.
Deno.test("a database that stays locked is an error that tells so, not a hang, and loses nothing", {
  // Opening it, which cannot be called off, ends only with the lock.
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await Promise.all([opensLocked(), lockedInMidRefresh(), lockedInMidSignIn(), lockedInMidLogin()]);
});

async function opensLocked() {
  await using room = new Room();
  await room.source().current(asking());
  using _lock = new DatabaseLock(join(room.cacheDir, "cache.db"));
  assert.equal(await reasonOf(room.source().current(asking())), "store_locked");
}

async function lockedInMidRefresh() {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  using other = await room.otherProcess();
  let lock: DatabaseLock | undefined;
  room.flows.onRefresh = () => {
    lock = new DatabaseLock(join(room.cacheDir, "cache.db"));
    return Promise.resolve(room.flows.grant());
  };
  const renewed = source.renewed("access-1", asking());
  await until(() => room.logged("warn").length > 0, "a warning");
  const stored = await other.credentials.read();
  assert.equal(stored?.credential.refreshToken, "refresh-1");
  assert.equal(stored.maybeSpent, true, "nobody uses it a second time");
  lock?.[Symbol.dispose]();
  assert.match(
    room.logged("warn")[0],
    /keeps .* locked: the new credential could not be stored/,
  );
  assert.equal((await renewed).accessToken, "access-2", "the only good one is used");
}

async function lockedInMidSignIn() {
  await using room = new Room();
  const source = room.source();
  let lock: DatabaseLock | undefined;
  room.flows.onSignIn = async (context) => {
    lock = new DatabaseLock(join(room.cacheDir, "cache.db"));
    const credential = room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  const signedIn = source.current(asking());
  await until(() => room.logged("warn").length > 0, "a warning");
  lock?.[Symbol.dispose]();
  assert.equal((await signedIn).accessToken, "access-1");
  assert.equal(room.flows.signIns, 1);
}

async function lockedInMidLogin() {
  await using room = new Room();
  const source = room.source({}, { mustStore: true });
  room.flows.onSignIn = async (context) => {
    using _lock = new DatabaseLock(join(room.cacheDir, "cache.db"));
    const credential = room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  const { signal } = new AbortController();
  assert.equal(await reasonOf(source.signIn({ force: false, signal })), "store_locked");
}

/** What keeps others from writing to a database. */
class DatabaseLock implements Disposable {
  #database: DatabaseSync | undefined;

  get isHeld(): boolean {
    return this.#database !== undefined;
  }

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec("BEGIN IMMEDIATE");
  }

  [Symbol.dispose]() {
    this.#database?.close();
    this.#database = undefined;
  }
}
