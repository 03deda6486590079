/**
 * What a credential source says of itself while it holds, gets or waits for a credential.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Credential, PendingAuthorization } from "../../src/base/credential.ts";
import type { SignInContext } from "../../src/credentials/provider_flows.ts";
import { until } from "../support/until.ts";
import { within } from "../support/within.ts";
import { asking, background, reasonOf, Room } from "./room.ts";
import { flowError } from "./scripted_flows.ts";

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

/** Has the next sign-in wait for a person until the test lets it go on. */
function waitingSignIn(room: Room) {
  const begun = Promise.withResolvers<SignInContext>();
  const person = Promise.withResolvers<void>();
  room.flows.onSignIn = async (context) => {
    begun.resolve(context);
    await person.promise;
    const credential = room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  return {
    begun: within(begun.promise, { what: "the sign-in" }),
    finish: person.resolve,
    fail: person.reject,
  };
}

Deno.test("a source says whether a credential is at hand, and whose all of them were", async () => {
  await using room = new Room();
  const source = room.source();
  assert.equal(source.isAtHand(), false);
  assert.equal(source.account(), undefined);
  await source.current(asking());
  assert.equal(source.isAtHand(), true);
  assert.equal(source.account(), '["https://auth.example/","ada"]');
  room.time += room.flows.lifetime;
  assert.equal(source.isAtHand(), false);
  room.flows.onSignIn = async (context) => {
    const credential = room.flows.grant({ claims: { sub: "bob" } });
    await context.onCredential(credential);
    return credential;
  };
  await source.signIn({ force: true, signal: asking().signal });
  assert.equal(source.account(), undefined, "there were two");
});

Deno.test("a sign-in of this process can be left from the moment on that the person may come", async () => {
  await using room = new Room();
  const source = room.source();
  const { begun, finish } = waitingSignIn(room);
  const states = () => [source.isSigningIn(), source.isElsewhere()];
  assert.deepEqual(states(), [false, false]);
  assert.equal(await source.leave("task"), undefined);
  const signingIn = source.current(asking());
  const context = await begun;
  assert.deepEqual(states(), [false, false]);
  assert.equal(await source.leave("task"), undefined);
  let hasBegun = false;
  const waiting = source.begun().then(() => hasBegun = true);
  assert.equal(hasBegun, false);
  await context.onPending(pendingAt(room.time));
  await within(waiting, { what: "the notice that the person may come" });
  assert.deepEqual(states(), [true, false]);
  const left = await source.leave("task");
  assert.equal(left?.digest.length, 64);
  assert.equal(await left?.isTaken(), false);
  await context.onRedeem();
  assert.deepEqual(states(), [false, false], "a code is good once");
  assert.equal(await source.leave("task"), undefined);
  finish();
  await signingIn;
  assert.deepEqual(states(), [false, false]);
});

Deno.test("who waits for the sign-in of another process says so", async () => {
  await using room = new Room();
  const [one, other] = [room.source(), room.source()];
  const { begun, finish } = waitingSignIn(room);
  const first = one.current(asking());
  const context = await begun;
  await context.onPending(pendingAt(room.time));
  const second = other.current(asking());
  await until(() => other.isElsewhere(), "the other one to find out that it is not its turn");
  assert.equal(other.isSigningIn(), false);
  await within(other.settled(), { what: "the end of what this process is needed for" });
  assert.deepEqual([one.isElsewhere(), one.isSigningIn()], [false, true]);
  finish();
  assert.equal((await first).accessToken, (await second).accessToken);
  assert.equal(other.isElsewhere(), false);
});

Deno.test("a valid credential is signed in for again only when that is forced", async () => {
  await using room = new Room();
  const source = room.source();
  const { signal } = asking();
  await source.signIn({ force: false, signal });
  assert.equal((await source.signIn({ force: false, signal })).accessToken, "access-1");
  assert.equal((await source.signIn({ force: true, signal })).accessToken, "access-2");
  assert.equal(room.flows.signIns, 2);
});

Deno.test("sign-ins that are asked for at the same time are one", async () => {
  await using room = new Room();
  const source = room.source();
  const { signal } = asking();
  const both = await Promise.all([
    source.signIn({ force: true, signal }),
    source.signIn({ force: true, signal }),
  ]);
  assert.deepEqual(both.map(({ accessToken }) => accessToken), ["access-1", "access-1"]);
});

Deno.test("a sign-in by hand passes over a pause, one that is not by hand does not", async () => {
  await using room = new Room();
  const source = room.source();
  room.flows.onSignIn = () => Promise.reject(flowError({ reason: "access_denied" }));
  const { signal } = asking();
  assert.equal(await reasonOf(source.signIn({ force: false, signal })), "access_denied");
  room.flows.onSignIn = undefined;
  const notByHand = source.signIn({ force: false, byHand: false, signal });
  assert.equal(await reasonOf(notByHand), "sign_in_paused");
  assert.equal((await source.signIn({ force: false, signal })).accessToken, "access-1");
});

Deno.test("a source that was closed gives out nothing, and what it was asked before ends", async () => {
  await using room = new Room();
  const source = room.source();
  const begun = Promise.withResolvers<void>();
  room.flows.onSignIn = (context) =>
    new Promise((_, reject) => {
      context.signal.addEventListener("abort", () => reject(context.signal.reason));
      begun.resolve();
    });
  const waiting = reasonOf(source.current(asking()));
  await within(begun.promise, { what: "the sign-in" });
  await source.close();
  assert.equal(await waiting, "closing");
  assert.equal(await reasonOf(source.current(asking())), "closing");
  assert.equal(source.isAtHand(), false);
});

Deno.test("a credential stays in use when its renewal ahead of time takes long", async () => {
  await using room = new Room();
  const source = room.source();
  const first = await source.current(asking()) as Credential;
  assert.equal(source.current(background()), first);
  room.time += room.flows.lifetime - 4_999;
  const due = source.current(background());
  assert.ok(due instanceof Promise, "it has all but run out");
  assert.equal((await due).accessToken, "access-2");
});

Deno.test("notes and files of the account lie in the same store", async () => {
  await using room = new Room();
  const [one, other] = [room.source(), room.source()];
  await one.notes.write("metadata", { a: 1 });
  assert.deepEqual(await other.notes.read("metadata"), { a: 1 });
  await one.current(asking());
  const files = await one.accountFiles();
  const bytes = Uint8Array.of(1);
  assert.equal(await files.write("tools", { bytes, account: one.account()! }), true);
  assert.deepEqual(await (await other.accountFiles()).read("tools"), bytes);
});

Deno.test("what a person is in a sign-in is found where it lay before that was left out of the identity", async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.closeAll();
  const hinted = room.source({ authorizationParameters: { login_hint: "ada" } });
  assert.equal((await hinted.current(background())).accessToken, "access-1");
});
