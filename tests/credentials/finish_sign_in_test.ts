import assert from "node:assert/strict";
import type { PendingAuthorization } from "../../src/base/credential.ts";
import { finishSignIn, type FinishSignInOptions } from "../../src/credentials/finish_sign_in.ts";
import { lingerLease, readHandover, writeHandover } from "../../src/credentials/handover.ts";
import { isLease } from "../../src/credentials/leases/leases.ts";
import type { SignInContext } from "../../src/credentials/provider_flows.ts";
import { nextTurn } from "../../src/base/timer.ts";
import { until } from "../support/until.ts";
import { within } from "../support/within.ts";
import { identity, Room } from "./room.ts";
import { flowError } from "./scripted_flows.ts";

function pendingAt(time: number, state = "state"): PendingAuthorization {
  return {
    issuer: "https://auth.example/",
    authorizationUrl: "https://auth.example/authorize",
    redirectUrl: "http://localhost:8080/auth/callback",
    state,
    nonce: "nonce",
    codeVerifier: "verifier",
    startedAt: time,
    expiresAt: time + 300_000,
  };
}

/** The process that has left a sign-in, and what finishes it. */
async function open(room: Room) {
  const process = await room.otherProcess();
  const { credentials: store } = process;
  const place = { ...process, digest: store.digest };
  const tasks: unknown[] = [];
  const leave = async ({ force = false, hasTask = true, signIn = "state" } = {}) => {
    const task = hasTask ? { a: 1 } : undefined;
    await store.writePending({ pending: pendingAt(room.time), attendedAt: room.time });
    const expiresAt = room.time + 300_000;
    await writeHandover(place, { identity, signIn, force, expiresAt, task }, room.time);
  };
  const finish = (options: Partial<FinishSignInOptions> = {}) =>
    within(
      finishSignIn({
        cacheDir: room.cacheDir,
        encryption: "file",
        digest: store.digest,
        createFlows: (task, notes) => {
          assert.equal(typeof notes.read, "function");
          tasks.push(task);
          return Promise.resolve(room.flows);
        },
        log: room.log,
        now: room.now,
        signal: new AbortController().signal,
        ...options,
      }),
      { what: "the end of the process that finishes the sign-in" },
    );
  return {
    ...process,
    store,
    place,
    tasks,
    leave,
    finish,
    [Symbol.dispose]: () => process[Symbol.dispose](),
  };
}

Deno.test("a sign-in that was left is finished, and its task is nobody's any more", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.leave({ force: true });
  let told: Partial<SignInContext> = {};
  room.flows.onSignIn = async (context) => {
    const { interactive, byHand, force, resume, reopenAt } = context;
    told = { interactive, byHand, force, resume, reopenAt };
    const left = await readHandover(own.place);
    assert.deepEqual([left?.signIn, left?.task], ["state", undefined]);
    assert.ok(
      await own.leases.holder(lingerLease(own.store.digest)),
      "it can be seen that it is there",
    );
    assert.ok(!isLease(await own.leases.attempt(`credential ${own.store.digest}`, "refresh")));
    const credential = room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  await own.finish();
  assert.deepEqual(told, {
    interactive: true,
    byHand: false,
    force: true,
    resume: pendingAt(room.time),
    reopenAt: undefined,
  });
  assert.deepEqual(own.tasks, [{ a: 1 }]);
  assert.equal((await own.store.read())?.credential.accessToken, "access-1");
  assert.equal(await readHandover(own.place), undefined);
  assert.equal(await own.leases.holder(lingerLease(own.store.digest)), undefined);
  assert.ok(isLease(await own.leases.attempt(`credential ${own.store.digest}`, "refresh")));
});

Deno.test("what is exchanged when the time of the sign-in ends has ten seconds more", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.leave();
  room.time += 299_000;
  room.flows.onSignIn = async (context) => {
    // Whatever ends at once has ended behind this.
    await nextTurn();
    context.signal.throwIfAborted();
    const credential = room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  await own.finish();
  assert.equal((await own.store.read())?.credential.accessToken, "access-1");
});

Deno.test("without a task nothing is done", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.finish();
  await own.leave({ hasTask: false });
  await own.finish();
  assert.deepEqual([own.tasks, room.flows.signIns], [[], 0]);
});

Deno.test("a sign-in that has come to its end meanwhile is left alone", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.leave();
  await own.store.removePending();
  await own.finish();
  assert.deepEqual([own.tasks.length, room.flows.signIns], [1, 0]);
  assert.equal(await readHandover(own.place), undefined);
  // One that was begun anew is another one.
  await own.leave({ signIn: "another" });
  await own.finish();
  assert.equal(room.flows.signIns, 0);
});

Deno.test("what fails is told to whoever started it, and nobody is left to", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.leave();
  room.flows.onSignIn = () => Promise.reject(flowError({ reason: "access_denied" }));
  await assert.rejects(own.finish(), { reason: "access_denied" });
  assert.equal(await readHandover(own.place), undefined);
  assert.ok(await own.store.readCooldown("sign-in"));
});

Deno.test("a handover of another sign-in stays", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.leave();
  room.flows.onSignIn = async (context) => {
    const handover = {
      identity,
      signIn: "another",
      force: false,
      expiresAt: room.time + 1,
      task: 1,
    };
    await writeHandover(own.place, handover, room.time);
    const credential = room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  await own.finish();
  assert.equal((await readHandover(own.place))?.signIn, "another");
});

Deno.test("one process that waits for a sign-in is enough: a second one gives up after three seconds", async () => {
  await using room = new Room();
  using own = await open(room);
  using other = await open(room);
  await own.leave();
  const lease = await other.leases.attempt(lingerLease(own.store.digest), "sign-in");
  assert.ok(isLease(lease));
  const looks: number[] = [];
  const began = room.time;
  await own.finish({
    now: () => {
      looks.push(room.time += 100);
      return room.time;
    },
  });
  assert.equal(room.flows.signIns, 0);
  assert.ok(room.time - began >= 3_000 && room.time - began < 6_000, `${room.time - began} ms`);
  assert.deepEqual((await readHandover(own.place))?.task, { a: 1 }, "it is the other one's");
  await lease[Symbol.asyncDispose]();
});

Deno.test("it takes over when the process that left the sign-in has ended", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.leave();
  const lease = await own.leases.attempt(`credential ${own.store.digest}`, "sign-in");
  assert.ok(isLease(lease));
  const finishing = own.finish();
  await until(
    async () => (await readHandover(own.place))?.task === undefined,
    "the process that stands by",
  );
  assert.equal(room.flows.signIns, 0);
  await lease[Symbol.asyncDispose]();
  await finishing;
  assert.equal(room.flows.signIns, 1);
});

Deno.test("it ends when it is told to, and the sign-in stays for the next one", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.leave();
  const stop = new AbortController();
  const reason = flowError({ reason: "closing" });
  room.flows.onSignIn = (context) => {
    stop.abort(reason);
    return Promise.reject(context.signal.reason);
  };
  await assert.rejects(own.finish({ signal: stop.signal }), reason);
  assert.ok(await own.store.readPending());
  assert.equal(await own.store.readCooldown("sign-in"), undefined);
});

Deno.test("it ends when the sign-in is given up, by whomever", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.leave();
  room.flows.onSignIn = async (context) => {
    await own.store.removePending();
    return await new Promise((_, reject) =>
      context.signal.addEventListener("abort", () => reject(context.signal.reason))
    );
  };
  await assert.rejects(own.finish(), /the sign-in was given up or begun anew/);
  assert.equal(room.flows.signIns, 1);
});

Deno.test("where nothing can be stored, nothing is finished", async () => {
  await using room = new Room();
  using own = await open(room);
  await own.leave();
  await assert.rejects(own.finish({ cacheDir: "/proc/nowhere" }), { reason: "store_unusable" });
});
