import assert from "node:assert/strict";
import type { PendingAuthorization } from "../../src/base/credential.ts";
import type { SignInInvitation } from "../../src/base/sign_in_invitation.ts";
import { within } from "../support/within.ts";
import { asking, background, reasonOf, Room } from "./room.ts";
import { flowError } from "./scripted_flows.ts";

const { signal } = new AbortController();

function invitationOf({ time }: Room): SignInInvitation {
  return { url: "http://localhost:8080/sign-in/secret", expiresAt: time + 300_000 };
}

function pendingOf({ time }: Room): PendingAuthorization {
  return {
    issuer: "https://auth.example/",
    authorizationUrl: "https://auth.example/authorize",
    redirectUrl: "http://localhost:8080/auth/callback",
    startPath: "/sign-in/secret",
    state: "state",
    nonce: "nonce",
    codeVerifier: "verifier",
    startedAt: time,
    expiresAt: time + 300_000,
  };
}

/** Sign-ins invite the person once they may, and end when they are told to. */
function scriptSignIns(room: Room) {
  const mayInvite = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  end.promise.catch(() => {});
  room.flows.onSignIn = async (context) => {
    begun.resolve();
    await mayInvite.promise;
    context.onInvitation(invitationOf(room));
    await context.onPending(pendingOf(room));
    const aborted = Promise.withResolvers<never>();
    context.signal.addEventListener("abort", () => aborted.reject(context.signal.reason));
    await Promise.race([end.promise, aborted.promise]);
    const credential = room.flows.grant();
    await context.onCredential(credential);
    return credential;
  };
  return { invite: mayInvite.resolve, begun: begun.promise, end };
}

Deno.test("a sign-in that has just begun is waited for until there is something to open", async () => {
  await using room = new Room();
  const { invite, end } = scriptSignIns(room);
  const source = room.source();
  const credential = source.current(asking());
  const invitation = source.invitation(signal);
  invite();
  assert.deepEqual(await invitation, invitationOf(room));
  assert.equal(source.isAtHand(), false);
  end.resolve();
  await credential;
  assert.equal(source.isAtHand(), true);
  assert.equal(await source.invitation(signal), undefined);
});

Deno.test("the invitation of another process is that of whoever waits for it", async () => {
  await using room = new Room();
  const { invite, end } = scriptSignIns(room);
  invite();
  const first = room.source();
  const credential = first.current(asking());
  await first.invitation(signal);
  const second = room.source();
  const theirs = second.current(asking());
  assert.deepEqual(await second.invitation(signal), invitationOf(room));
  end.resolve();
  await Promise.all([credential, theirs]);
  assert.equal(room.flows.signIns, 1);
  assert.equal(await second.invitation(signal), undefined);
});

Deno.test("there is no invitation without a sign-in, nor after one that failed", async () => {
  await using room = new Room();
  const source = room.source();
  assert.equal(await source.invitation(signal), undefined);
  assert.equal(await reasonOf(source.current(background())), "signed_out");
  const { invite, begun, end } = scriptSignIns(room);
  const reason = reasonOf(source.current(asking()));
  const invitation = source.invitation(signal);
  await begun;
  end.reject(flowError({ reason: "access_denied" }));
  invite();
  assert.equal(await reason, "access_denied");
  // Whichever came first; never an error, and never one that outlives the sign-in.
  await invitation;
  assert.equal(await source.invitation(signal), undefined);
});

Deno.test("whoever does not want to wait for the invitation any more need not", async () => {
  await using room = new Room();
  const { begun } = scriptSignIns(room);
  const source = room.source();
  reasonOf(source.current(asking()));
  await begun;
  const patience = new AbortController();
  const invitation = source.invitation(patience.signal);
  const enough = new Error("enough");
  patience.abort(enough);
  await assert.rejects(within(invitation, { what: "the end of the wait" }), enough);
});

Deno.test("a sign-in with nothing to be opened here keeps nobody waiting for long", async () => {
  await using room = new Room();
  room.flows.onSignIn = (context) =>
    new Promise((_, reject) =>
      context.signal.addEventListener("abort", () => reject(context.signal.reason))
    );
  const source = room.source();
  reasonOf(source.current(asking()));
  assert.equal(await within(source.invitation(signal), { what: "an answer" }), undefined);
});

Deno.test("a store that must not be used has no invitation, and nothing is thrown", async () => {
  await using room = new Room();
  await Deno.mkdir(`${room.home}/elsewhere`);
  await Deno.symlink(`${room.home}/elsewhere`, room.cacheDir);
  const source = room.source();
  assert.equal(await source.invitation(signal), undefined);
  assert.equal(source.isAtHand(), false);
});
