/**
 * A lease as the database sees it: its signs of life, how it is lost and given back.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type HeldLease, holdLease } from "../../../src/credentials/leases/lease.ts";
import type { LeaseHolder } from "../../../src/credentials/leases/lease_holder.ts";
import { createLeases, isLease } from "../../../src/credentials/leases/leases.ts";
import type { Database } from "../../../src/credentials/store/database.ts";
import { keys } from "../../../src/credentials/store/keys.ts";
import { decodeRecord, encodeRecord } from "../../../src/credentials/store/record.ts";
import { until } from "../../support/until.ts";
import { type MemoryStore, openMemoryStore } from "../store/memory_store.ts";

const key = keys.lease("name");

/** A database whose replacement a test tells of. */
function replaceable(memory: MemoryStore): { database: Database; replace: () => void } {
  let generation = 0;
  const database = Object.defineProperty(
    { ...memory.database, directory: undefined },
    "generation",
    {
      get: () => generation,
    },
  );
  return { database, replace: () => void generation++ };
}

/** A lease that was just taken, with no sign of life of its own within a test. */
async function held(memory: MemoryStore, changes: Partial<HeldLease> = {}) {
  let written = 0;
  const record: HeldLease["record"] = (activity) =>
    encodeRecord({ instance: "own", activity, heartbeatAt: ++written });
  const { versionstamp } = await memory.kv.set(key, record("refresh"));
  return holdLease({
    database: memory.database,
    key,
    instance: "own",
    record,
    activity: "refresh",
    heartbeat: 1_000_000,
    versionstamp,
    predecessor: undefined,
    ...changes,
  });
}

const read = async ({ kv }: MemoryStore) => decodeRecord<LeaseHolder>((await kv.get(key)).value);
const takeOver = ({ kv }: MemoryStore) => kv.set(key, encodeRecord({ instance: "other" }));

Deno.test("a lease tells what is done with it, and is gone when it is given back", async () => {
  using memory = await openMemoryStore();
  const lease = await held(memory);
  assert.equal((await read(memory))?.heartbeatAt, 1);
  await lease.setActivity("refresh");
  assert.equal((await read(memory))?.heartbeatAt, 1, "nothing has changed");
  await lease.setActivity("sign-in");
  assert.deepEqual(await read(memory), { instance: "own", activity: "sign-in", heartbeatAt: 2 });
  assert.equal(await lease.isHeld(), true);
  await lease[Symbol.asyncDispose]();
  assert.equal(await read(memory), undefined);
  assert.equal(lease.lost.aborted, false);
  await lease.setActivity("listen");
  assert.equal(await read(memory), undefined, "it shows no life any more");
});

Deno.test("a lease shows signs of life, each after the one before", async () => {
  using memory = await openMemoryStore();
  await using _lease = await held(memory, { heartbeat: 1 });
  await until(async () => (await read(memory))!.heartbeatAt >= 4, "the third sign of life");
});

Deno.test("a lease that another process took is lost, and stays that one's", async () => {
  for (const notice of ["isHeld", "setActivity"] as const) {
    using memory = await openMemoryStore();
    const lease = await held(memory);
    await takeOver(memory);
    assert.equal(lease.lost.aborted, false);
    if (notice === "isHeld") assert.equal(await lease.isHeld(), false);
    else await lease.setActivity("sign-in");
    assert.equal(lease.lost.aborted, true);
    assert.equal(lease.lost.reason.message, "another process took the lease over");
    assert.equal(await lease.isHeld(), false);
    await lease.setActivity("listen");
    await lease[Symbol.asyncDispose]();
    assert.deepEqual(await read(memory), { instance: "other" });
  }
});

Deno.test("a lease that was taken and given back meanwhile is lost", async () => {
  using memory = await openMemoryStore();
  const lease = await held(memory);
  await memory.kv.delete(key);
  assert.equal(await lease.isHeld(), false);
  await lease[Symbol.asyncDispose]();
});

Deno.test("giving back what another process took leaves it", async () => {
  using memory = await openMemoryStore();
  const lease = await held(memory);
  await takeOver(memory);
  await lease[Symbol.asyncDispose]();
  assert.deepEqual(await read(memory), { instance: "other" });
});

Deno.test("where the database was replaced, the lease is written into the new one", async () => {
  using memory = await openMemoryStore();
  const { database, replace } = replaceable(memory);
  const lease = await held(memory, { database });
  await memory.kv.delete(key);
  replace();
  assert.equal(await lease.isHeld(), true);
  assert.equal((await read(memory))?.instance, "own");
  await lease.setActivity("sign-in");
  assert.equal((await read(memory))?.activity, "sign-in");
  await lease[Symbol.asyncDispose]();
  assert.equal(await read(memory), undefined);
});

Deno.test("where another process was faster in the new database, the lease is lost", async () => {
  using memory = await openMemoryStore();
  const { database, replace } = replaceable(memory);
  const lease = await held(memory, { database });
  await takeOver(memory);
  replace();
  assert.equal(await lease.isHeld(), false);
  await lease[Symbol.asyncDispose]();
});

Deno.test("a database that was replaced since is not touched when a lease is given back", async () => {
  using memory = await openMemoryStore();
  const { database, replace } = replaceable(memory);
  const lease = await held(memory, { database });
  replace();
  await lease[Symbol.asyncDispose]();
  assert.equal((await read(memory))?.instance, "own");
});

Deno.test("a sign of life that cannot be written is not the end, nor is one that cannot be given back", async () => {
  using memory = await openMemoryStore();
  let isBroken = false;
  const database: Database = {
    ...memory.database,
    run: (operation) =>
      isBroken ? Promise.reject(new Error("disk I/O error")) : operation(memory.kv),
  };
  const lease = await held(memory, { database });
  isBroken = true;
  await assert.rejects(lease.setActivity("sign-in"), /disk/);
  isBroken = false;
  await lease.setActivity("listen");
  assert.equal((await read(memory))?.activity, "listen");
  isBroken = true;
  await lease[Symbol.asyncDispose]();
});

Deno.test("who has a lease is told, with what it is used for; who had it before, too", async () => {
  using memory = await openMemoryStore();
  const { database } = replaceable(memory);
  const clock = { now: 5_000 };
  using leases = createLeases(database, { now: () => clock.now, heartbeat: 1_000_000 });
  using others = createLeases(database, { heartbeat: 1_000_000 });
  assert.equal(await leases.holder("name"), undefined);
  const lease = await leases.attempt("name", "refresh");
  assert.ok(isLease(lease));
  assert.equal(lease.predecessor, undefined);
  const { instance, ...rest } = (await leases.holder("name"))!;
  assert.match(instance, /^[\da-f-]{36}$/);
  assert.deepEqual(rest, { pid: Deno.pid, marked: false, activity: "refresh", heartbeatAt: 5_000 });
  const second = await leases.attempt("name", "sign-in");
  assert.ok(!isLease(second));
  assert.equal(second.instance, instance);
  assert.ok(isLease(await leases.attempt("another", "listen")));
  // Who looks again and again for five seconds takes it over.
  const { now } = performance;
  try {
    for (const at of [0, 2_500, 5_000]) {
      performance.now = () => at;
      assert.ok(!isLease(await others.attempt("name", "create")), `${at} ms`);
    }
    performance.now = () => 5_001;
    assert.equal(await others.holder("name"), undefined);
  } finally {
    performance.now = now;
  }
  performance.now = () => 5_002;
  const taken = await others.attempt("name", "create");
  performance.now = now;
  assert.ok(isLease(taken));
  assert.equal(taken.predecessor?.instance, instance);
  await taken.setActivity("sign-in");
  assert.equal(await lease.isHeld(), false);
});
