import assert from "node:assert/strict";
import type { Credential, PendingAuthorization } from "../../src/base/credential.ts";
import { asProxyError } from "../../src/base/errors.ts";
import type { SignInContext } from "../../src/credentials/provider_flows.ts";
import { asking, background, reasonOf, Room } from "./room.ts";
import { until } from "../support/until.ts";
import { flowError } from "./scripted_flows.ts";
import { within } from "../support/within.ts";

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

/** A sign-in that a process began and left to whoever comes next. */
async function leaveSignIn(room: Room): Promise<void> {
  const contexts = await waitingSignIn(room);
  await room.closeAll();
  assert.equal(contexts.length, 1);
}

/** Starts a sign-in whose person does not come; the contexts that it and later ones get. */
async function waitingSignIn(room: Room): Promise<SignInContext[]> {
  const contexts: SignInContext[] = [];
  room.flows.onSignIn = async (context) => {
    if (!context.resume) await context.onPending(pendingAt(room.time));
    contexts.push(context);
    return await new Promise((_, reject) =>
      context.signal.addEventListener("abort", () => reject(context.signal.reason))
    );
  };
  reasonOf(room.source().current(asking()));
  await until(() => contexts.length > 0, "the authorization request");
  return contexts;
}

Deno.test("a sign-in that was left goes on with the same authorization and no new tab", async () => {
  await using room = new Room();
  await leaveSignIn(room);
  room.time += 20_000;
  const contexts: SignInContext[] = [];
  room.flows.onSignIn = async (context) => {
    contexts.push(context);
    const credential = room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  await room.source().current(asking());
  assert.deepEqual(contexts[0].resume, pendingAt(room.time - 20_000));
  assert.equal(contexts[0].reopenAt, room.time + 40_000, "a minute after it was opened");
  await room.source().renewed("access-1", background());
  using other = await room.otherProcess();
  assert.equal(await other.credentials.readPending(), undefined, "deleted when used");
});

Deno.test("a tab that nobody listened for longer than a minute may be opened again", async () => {
  await using room = new Room();
  await leaveSignIn(room);
  room.time += 61_000;
  const [context] = await waitingSignIn(room);
  assert.ok(context.resume);
  assert.equal(context.reopenAt, room.time);
});

Deno.test("a page that no browser has loaded is opened again after five seconds, once", async () => {
  await using room = new Room();
  const unloaded = { ...pendingAt(room.time), startPath: "/sign-in/secret" };
  const contexts: SignInContext[] = [];
  room.flows.onSignIn = async (context) => {
    if (!context.resume) await context.onPending(unloaded);
    contexts.push(context);
    return await new Promise((_, reject) =>
      context.signal.addEventListener("abort", () => reject(context.signal.reason))
    );
  };
  const next = async () => {
    const known = contexts.length;
    reasonOf(room.source().current(asking()));
    await until(() => contexts.length > known, "the sign-in");
    return contexts[known];
  };
  await next();
  await room.closeAll();
  const second = await next();
  assert.equal(second.reopenAt, room.time + 5_000);
  room.time += 5_000;
  await second.onReopen();
  await room.closeAll();
  assert.equal((await next()).reopenAt, room.time + 60_000, "not twice in a minute");
});

Deno.test("a page is not opened again where somebody listened all the time", async () => {
  await using room = new Room();
  await leaveSignIn(room);
  room.time += 4_000;
  const [context] = await waitingSignIn(room);
  assert.ok(context.resume);
  assert.equal(context.reopenAt, undefined);
});

Deno.test("an authorization that has expired, or is yet to begin, is not gone on with", async () => {
  // It is yet to begin when the clock was set back since.
  for (const later of [300_001, -60_000]) {
    await using room = new Room();
    await leaveSignIn(room);
    room.time += later;
    const [context] = await waitingSignIn(room);
    assert.equal(context.resume, undefined);
  }
});

Deno.test("once the code is being redeemed nobody else goes on with it", async () => {
  await using room = new Room();
  const [context] = await waitingSignIn(room);
  await context.onRedeem();
  await room.closeAll();
  const [next] = await waitingSignIn(room);
  assert.equal(next.resume, undefined);
});

Deno.test("an authorization that came to nothing is not gone on with", async () => {
  await using room = new Room();
  room.flows.onSignIn = async (context) => {
    await context.onPending(pendingAt(room.time));
    throw new Error("the listener broke");
  };
  await reasonOf(room.source().current(asking()));
  using other = await room.otherProcess();
  assert.equal(await other.credentials.readPending(), undefined);
  assert.equal((await other.credentials.readCooldown("sign-in"))?.failures, 1);
});

Deno.test("while a frozen process keeps the port, the sign-in is not given up", async () => {
  await using room = new Room();
  await leaveSignIn(room);
  room.flows.onSignIn = () =>
    Promise.reject(flowError({ category: "System error", reason: "redirect_port_taken" }));
  assert.equal(await reasonOf(room.source().current(asking())), "redirect_port_taken");
  const [context] = await waitingSignIn(room);
  assert.ok(context.resume);
});

/** What comes of finishing another process's sign-in with this credential after one of `ada`'s. */
async function finishedWith(room: Room, fields: Partial<Credential>): Promise<string> {
  await room.source().current(asking());
  await room.closeAll();
  room.time += 3_600_000;
  room.flows.onRefresh = () => Promise.reject(new Error("must not be tried"));
  using other = await room.otherProcess();
  const stored = await other.credentials.read();
  assert.ok(stored);
  const { refreshToken: _, ...rest } = stored.credential;
  assert.ok(await other.credentials.replace(stored, rest));
  await leaveSignIn(room);
  room.flows.onSignIn = async (context) => {
    assert.ok(context.resume);
    const credential = room.flows.grant(fields);
    await context.onCredential(credential);
    return credential;
  };
  try {
    return String((await room.source().current(asking())).claims?.sub);
  } catch (error) {
    assert.equal(await other.credentials.read(), undefined);
    return asProxyError(error).reason;
  }
}

Deno.test("finishing another's sign-in as somebody else is refused", async () => {
  await using room = new Room();
  assert.equal(await finishedWith(room, { claims: { sub: "eve" } }), "subject_changed");
});

Deno.test("another provider has another name for the person", async () => {
  await using room = new Room();
  const elsewhere = { issuer: "https://other.example/", claims: { sub: "1815" } };
  assert.equal(await finishedWith(room, elsewhere), "1815");
});

Deno.test("who waits for another's sign-in gets its credential within 300 ms", async () => {
  await using room = new Room();
  const finish = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<void>();
  room.flows.onSignIn = async (context) => {
    await finish.promise;
    const credential = room.flows.grant();
    await context.onCredential(credential);
    stored.resolve();
    return credential;
  };
  const leader = room.source().current(asking());
  await until(() => room.flows.signIns > 0, "the sign-in");
  const others = Array.from({ length: 5 }, () => room.source().current(asking()));
  await until(() => waiting(room) === 5, "five that wait");
  finish.resolve();
  await within(stored.promise, { what: "the credential in the store" });
  let late = false;
  const time = ownTime(300).then(() => late = true);
  for (const other of await Promise.all(others)) assert.equal(other.accessToken, "access-1");
  assert.equal(late, false);
  await Promise.all([leader, time]);
  assert.equal(room.flows.signIns, 1);
});

/** How many wait for the sign-in of another one. */
function waiting(room: Room): number {
  return room.logged("info").filter((line) => /waiting for it/.test(line)).length;
}

/**
 * Resolves after so many milliseconds of this process's own time: in short steps, so that what a
 * busy machine takes away counts once at most, for whoever is measured as for this.
 */
async function ownTime(milliseconds: number): Promise<void> {
  const step = 10;
  for (let passed = 0; passed < milliseconds; passed += step) {
    await new Promise((resolve) => setTimeout(resolve, step));
  }
}

Deno.test("when the sign-in they wait for fails, all hear why, and no tab more opens", async () => {
  await using room = new Room();
  const finish = Promise.withResolvers<void>();
  room.flows.onSignIn = async (context) => {
    await context.onPending(pendingAt(room.time));
    await finish.promise;
    throw new Error("it broke");
  };
  const leader = reasonOf(room.source().current(asking()));
  await until(() => room.flows.signIns > 0, "the sign-in");
  const others = Array.from({ length: 5 }, () => reasonOf(room.source().current(asking())));
  await until(() => waiting(room) === 5, "five that wait");
  finish.resolve();
  assert.equal(await leader, "internal");
  assert.deepEqual(new Set(await Promise.all(others)), new Set(["sign_in_paused"]));
  assert.equal(room.flows.signIns, 1);
});

Deno.test("sign-ins of different identities go on side by side, but queue for one port", async () => {
  await using room = new Room();
  const order: string[] = [];
  const persons = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  room.flows.onSignIn = async (context) => {
    const mine = persons[room.flows.signIns - 1];
    const other = await context.reservePort(8081, { wait: false });
    assert.equal(other !== undefined, order.length === 0);
    await using _port = await context.reservePort(8080, { wait: true });
    order.push("listening");
    await mine.promise;
    order.push("done");
    const credential = room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  const first = room.source({ profile: "a" }).current(asking());
  await until(() => order.length > 0, "the first listener");
  const second = room.source({ profile: "b" }).current(asking());
  await until(
    () => room.lines.join("").includes("which needs port 8080 for another sign-in"),
    "the wait for the port",
  );
  assert.deepEqual(order, ["listening"]);
  persons[0].resolve();
  await first;
  persons[1].resolve();
  await second;
  assert.deepEqual(order, ["listening", "done", "listening", "done"]);
});

Deno.test("a sign-in for more by another account is refused, and who is signed in stays so", async () => {
  await using room = new Room();
  const source = room.source();
  const ada = await source.current(asking());
  room.flows.onSignIn = async (context) => {
    const eve = room.flows.grant({ claims: { sub: "eve" } });
    await context.onCredential(eve);
    return eve;
  };
  const { signal } = new AbortController();
  const forMore = { force: true, byHand: false, signal };
  assert.equal(await reasonOf(source.signIn(forMore)), "other_account");
  assert.equal((await source.current(asking())).accessToken, ada.accessToken);
  assert.equal((await room.source().current(background())).accessToken, ada.accessToken);
  // By hand, whoever sits there decides.
  assert.equal((await source.signIn({ force: true, signal })).claims?.sub, "eve");
});

Deno.test("no page is opened again for a sign-in that the process before has finished after all", async () => {
  await using room = new Room();
  await leaveSignIn(room);
  room.time += 61_000;
  const contexts: SignInContext[] = [];
  room.flows.onSignIn = async (context) => {
    contexts.push(context);
    return await new Promise((_, reject) =>
      context.signal.addEventListener("abort", () => reject(context.signal.reason))
    );
  };
  const asked = room.source().current(asking());
  await until(() => contexts.length > 0, "the sign-in that is gone on with");
  using other = await room.otherProcess();
  const theirs = room.flows.grant();
  await other.credentials.complete(theirs);
  await assert.rejects(contexts[0].onReopen(), /has come to its end/);
  assert.equal((await asked).accessToken, theirs.accessToken);
});
