/**
 * How a sign-in is left to another process: the handover, who may take it, and who still waits.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { PendingAuthorization } from "../../src/base/credential.ts";
import { dismissLingering } from "../../src/credentials/dismiss_lingering.ts";
import {
  type Handover,
  lingerLease,
  readHandover,
  removeHandover,
  writeHandover,
} from "../../src/credentials/handover.ts";
import { isLease } from "../../src/credentials/leases/leases.ts";
import type { Lease } from "../../src/credentials/leases/lease.ts";
import { leaveSignIn } from "../../src/credentials/leave_sign_in.ts";
import { lingeringSignIns } from "../../src/credentials/lingering_sign_ins.ts";
import { keys } from "../../src/credentials/store/keys.ts";
import { identity, Room } from "./room.ts";
import { openMemoryStore } from "./store/memory_store.ts";

const digest = "d1";
const handover: Handover = {
  identity,
  signIn: "the-state",
  force: true,
  expiresAt: 61_000,
  task: { secret: "x" },
};

Deno.test("a handover is kept until the sign-in is over, under its identity", async () => {
  using store = await openMemoryStore();
  const place = { ...store, digest };
  assert.equal(await readHandover(place), undefined);
  let expireIn: number | undefined;
  const set = store.kv.set.bind(store.kv);
  store.kv.set = (key, value, options) => {
    expireIn = options?.expireIn;
    return set(key, value, options);
  };
  assert.equal(await writeHandover(place, handover, 1_000), true);
  assert.equal(expireIn, 60_000);
  assert.deepEqual(await readHandover(place), handover);
  assert.deepEqual(await store.keys(), [[2, "handover", digest]]);
  assert.equal(await readHandover({ ...store, digest: "d2" }), undefined);
  assert.equal(await writeHandover(place, handover, 61_000), true);
  assert.equal(expireIn, 1);
  await removeHandover(place);
  assert.deepEqual(await store.keys(), []);
});

Deno.test("what does not fit into one value is not handed over", async () => {
  using store = await openMemoryStore();
  const place = { ...store, digest };
  const sized = async (size: number) => {
    const own = { ...handover, task: "" };
    const empty = (await store.seal.seal(own, "2 handover d1")).length;
    return { ...own, task: "x".repeat(size - empty) };
  };
  assert.equal(await writeHandover(place, await sized(65_536), 0), true);
  await removeHandover(place);
  assert.equal(await writeHandover(place, await sized(65_537), 0), false);
  assert.deepEqual(await store.keys(), []);
});

function pendingAt(time: number): PendingAuthorization {
  return {
    issuer: "https://auth.example/",
    authorizationUrl: "https://auth.example/authorize",
    redirectUrl: "http://localhost:8080/auth/callback",
    state: "state",
    nonce: "nonce",
    codeVerifier: "verifier",
    startedAt: time,
    expiresAt: time + 300_000,
  };
}

/** A process with a sign-in under way, or without one. */
async function open(room: Room, { isUnderWay = true } = {}) {
  const process = await room.otherProcess();
  const { credentials: store } = process;
  if (isUnderWay) {
    await store.writePending({ pending: pendingAt(room.time), attendedAt: room.time });
  }
  const take = async () => {
    const lease = await process.leases.attempt(lingerLease(store.digest), "sign-in");
    assert.ok(isLease(lease));
    return lease as Lease;
  };
  const place = { ...process, digest: store.digest };
  return { ...process, store, place, take, [Symbol.dispose]: () => process[Symbol.dispose]() };
}

const options = (room: Room) => ({ identity, force: true, task: { a: 1 }, now: room.time });

Deno.test("a sign-in is left with what the next one needs, and taken when that is there", async () => {
  await using room = new Room();
  using own = await open(room);
  const left = (await leaveSignIn(own, options(room)))!;
  assert.equal(left.digest, own.store.digest);
  assert.deepEqual(await readHandover(own.place), {
    identity,
    signIn: "state",
    force: true,
    expiresAt: room.time + 300_000,
    task: { a: 1 },
  });
  assert.equal(await left.isTaken(), false);
  // A process that has the lease and not yet the task has not taken it.
  await using _lease = await own.take();
  assert.equal(await left.isTaken(), false);
  const { task: _, ...rest } = (await readHandover(own.place))!;
  await writeHandover(own.place, rest, room.time);
  assert.equal(await left.isTaken(), true);
  // Left once more, it stays what it is.
  assert.equal(await (await leaveSignIn(own, options(room)))!.isTaken(), true);
  assert.equal((await readHandover(own.place))?.task, undefined);
  await writeHandover(own.place, { ...rest, signIn: "another" }, room.time);
  assert.equal(await left.isTaken(), false);
});

Deno.test("a task that was taken by nobody who is there is not taken", async () => {
  await using room = new Room();
  using own = await open(room);
  const left = (await leaveSignIn(own, options(room)))!;
  const { task: _, ...rest } = (await readHandover(own.place))!;
  await writeHandover(own.place, rest, room.time);
  assert.equal(await left.isTaken(), false);
});

Deno.test("without a sign-in, in memory, or with too much to tell, nothing is left", async () => {
  await using room = new Room();
  {
    using own = await open(room, { isUnderWay: false });
    assert.equal(await leaveSignIn(own, options(room)), undefined);
  }
  using own = await open(room);
  const database = { ...own.database, directory: undefined };
  assert.equal(await leaveSignIn({ ...own, database }, options(room)), undefined);
  const task = "x".repeat(70_000);
  assert.equal(await leaveSignIn(own, { ...options(room), task }), undefined);
  assert.equal(await readHandover(own.place), undefined);
});

Deno.test("sign-ins that a process waits for in the background are listed", async () => {
  await using room = new Room();
  using own = await open(room);
  const list = (now = room.time) => lingeringSignIns(own, now);
  await leaveSignIn(own, options(room));
  assert.deepEqual(await list(), [], "nobody is there");
  await using lease = await own.take();
  const { heartbeatAt } = (await own.leases.holder(lingerLease(own.store.digest)))!;
  const found = [{ identity, pid: Deno.pid, expiresAt: room.time + 300_000 }];
  assert.deepEqual(await list(heartbeatAt), found);
  assert.deepEqual(await list(heartbeatAt + 5_000), found);
  assert.deepEqual(await list(heartbeatAt + 5_001), []);
  await own.database.run((kv) => kv.set(keys.handover(own.store.digest), new Uint8Array(3)));
  assert.deepEqual(await list(heartbeatAt), [], "what cannot be read says nothing");
  assert.ok(await lease.isHeld());
});

Deno.test("a process that waits in the background is dismissed by taking away what it waits for", async () => {
  await using room = new Room();
  using own = await open(room);
  const name = lingerLease(own.store.digest);
  await using _lease = await own.take();
  const holder = (await own.leases.holder(name))!;
  await dismissLingering({ ...holder, instance: "another" }, own);
  assert.ok(await own.store.readPending());
  await dismissLingering(holder, own);
  assert.equal(await own.store.readPending(), undefined);
});

Deno.test("where nobody waits, nothing is taken away", async () => {
  await using room = new Room();
  using own = await open(room);
  const holder = {
    instance: "x",
    pid: 1,
    marked: false,
    activity: "sign-in",
    heartbeatAt: 0,
  } as const;
  await dismissLingering(holder, own);
  assert.ok(await own.store.readPending());
});
