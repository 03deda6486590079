import assert from "node:assert/strict";
import { join } from "node:path";
import type { Lease } from "../../../src/credentials/leases/lease.ts";
import { isLease } from "../../../src/credentials/leases/leases.ts";
import type { LeaseHolder } from "../../../src/credentials/leases/lease_holder.ts";
import { createSilenceWatch } from "../../../src/credentials/leases/silence.ts";
import { openStore, type Store } from "../../../src/credentials/store/open_store.ts";
import { createLog } from "../../../src/base/log.ts";
import { TextLineStream } from "../../support/text_line_stream.ts";
import { bounded } from "../../support/bounded.ts";

class Rig implements AsyncDisposable {
  readonly home = Deno.makeTempDirSync();
  readonly cacheDir = join(this.home, "cache");
  readonly #stack = new AsyncDisposableStack();

  async store(): Promise<Store> {
    const log = createLog({ level: "error" });
    return this.#stack.use(await openStore({ cacheDir: this.cacheDir, encryption: "file", log }));
  }

  /** Another process that holds this lease. */
  async holder(name: string) {
    const script = new URL("lease_holder.ts", import.meta.url).href;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--unstable-kv", script, this.cacheDir, name],
      stdout: "piped",
    }).spawn();
    const output = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TextLineStream(),
    ).getReader();
    const lines = bounded(output, "the output of the process that holds the lease");
    this.#stack.defer(async () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // Dead already.
      }
      await child.status;
      await lines.cancel();
    });
    assert.equal((await lines.read()).value, "held");
    return { child, nextLine: async () => (await lines.read()).value };
  }

  async [Symbol.asyncDispose]() {
    await this.#stack.disposeAsync();
    await Deno.remove(this.home, { recursive: true });
  }
}

async function take(store: Store, name: string): Promise<Lease> {
  const result = await store.leases.attempt(name, "refresh");
  assert.ok(isLease(result));
  return result;
}

/** Attempts until it is ours; how long that took, in milliseconds. */
async function takeEventually(store: Store, name: string): Promise<[Lease, number]> {
  const begin = performance.now();
  for (;;) {
    const result = await store.leases.attempt(name, "refresh");
    const waited = performance.now() - begin;
    if (isLease(result)) return [result, waited];
    if (waited > 30_000) throw new Error(`nobody gives the lease up: ${JSON.stringify(result)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test("a lease is given to one at a time, and tells who has it", async () => {
  await using rig = new Rig();
  const [one, two] = [await rig.store(), await rig.store()];
  const attempts = await Promise.all(
    [one, two, one, two].map((store) => store.leases.attempt("credential x", "sign-in")),
  );
  const leases = attempts.filter(isLease);
  assert.equal(leases.length, 1);
  const holder = await two.leases.attempt("credential x", "refresh") as LeaseHolder;
  assert.equal(holder.pid, Deno.pid);
  assert.equal(holder.activity, "sign-in");
  await using _other = await take(two, "credential y");
  await leases[0][Symbol.asyncDispose]();
  await using next = await take(two, "credential x");
  assert.equal(next.predecessor, undefined, "it was given back in order");
});

Deno.test("those who wait hear what the holder does now", async () => {
  await using rig = new Rig();
  const [one, two] = [await rig.store(), await rig.store()];
  await using lease = await take(one, "x");
  await lease.setActivity("sign-in");
  assert.equal((await two.leases.attempt("x", "refresh") as LeaseHolder).activity, "sign-in");
  assert.ok(await lease.isHeld());
});

Deno.test("a lease that cannot be given back does not undo what was done under it", async () => {
  await using rig = new Rig();
  const store = await rig.store();
  await using _lease = await take(store, "x");
  store.database[Symbol.dispose]();
});

Deno.test("the lease of a process that was killed is free at once", {
  // Deno 2.4 cannot try a lock: there it takes five seconds of silence.
  ignore: !("tryLock" in Deno.FsFile.prototype),
}, async () => {
  await using rig = new Rig();
  const store = await rig.store();
  const { child } = await rig.holder("x");
  assert.ok(!isLease(await store.leases.attempt("x", "refresh")));
  child.kill("SIGKILL");
  await child.status;
  await using lease = await take(store, "x");
  assert.equal(lease.predecessor?.pid, child.pid);
  const marks = [...Deno.readDirSync(rig.cacheDir)].filter(({ name }) => /^process-/.test(name));
  assert.equal(marks.length, 1, "the dead one's mark is cleared away");
});

Deno.test("a process that shows no life for 5 s loses its lease and notices", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using rig = new Rig();
  const store = await rig.store();
  const { child, nextLine } = await rig.holder("x");
  child.kill("SIGSTOP");
  const [lease, waited] = await takeEventually(store, "x");
  assert.ok(waited > 4_500, `only ${waited} ms of silence`);
  await using _lease = lease;
  child.kill("SIGCONT");
  assert.equal(await nextLine(), "lost");
  assert.ok(await lease.isHeld());
});

Deno.test("silence is what was seen, not what a clock says", () => {
  let clock = 0;
  const silence = createSilenceWatch(5_000, () => clock);
  assert.equal(silence.isSilent("x", "1"), false);
  clock += 3_000;
  assert.equal(silence.isSilent("x", "1"), false);
  clock += 3_000;
  assert.equal(silence.isSilent("x", "1"), true, "6 s without a sign of life");
  assert.equal(silence.isSilent("x", "2"), false, "a sign of life");
  clock += 3_600_000;
  assert.equal(silence.isSilent("x", "2"), false, "we slept for an hour, the holder perhaps too");
  clock += 4_000;
  assert.equal(silence.isSilent("x", "2"), false);
  clock += 2_000;
  assert.equal(silence.isSilent("x", "2"), true);
});
