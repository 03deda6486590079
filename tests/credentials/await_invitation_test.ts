import assert from "node:assert/strict";
import { awaitInvitation } from "../../src/credentials/await_invitation.ts";
import type { SignInInvitation } from "../../src/base/sign_in_invitation.ts";
import type {
  CredentialStore,
  StoredDevice,
  StoredPending,
} from "../../src/credentials/store/credential_store.ts";
import { FakeTime } from "./fake_time.ts";

const present = 1_000_000;
const invitation: SignInInvitation = { url: "http://localhost:1/a", expiresAt: present + 1 };
const other: SignInInvitation = { url: "https://auth.test/device", expiresAt: present + 1 };
const times = { startedAt: present, expiresAt: present + 60_000 };

interface Given {
  flight?: { invitation?: SignInInvitation };
  pending?: Partial<StoredPending>;
  device?: Partial<StoredDevice>;
  isUnreadable?: boolean;
  signal?: AbortSignal;
}

/** A wait, with what comes of it. */
function wait(given: Given) {
  const state: { found?: SignInInvitation; error?: unknown; isOver: boolean; reads: number } = {
    isOver: false,
    reads: 0,
  };
  const store = {
    readPending: () => Promise.resolve(given.pending as StoredPending | undefined),
    readDevice: () => Promise.resolve(given.device as StoredDevice | undefined),
  } as Pick<CredentialStore, "readPending" | "readDevice"> as CredentialStore;
  awaitInvitation({
    flight: () => given.flight,
    store: () => {
      state.reads++;
      return given.isUnreadable ? Promise.reject(new Error("unreadable")) : Promise.resolve(store);
    },
    now: () => present,
    signal: given.signal ?? new AbortController().signal,
  }).then((found) => Object.assign(state, { found, isOver: true }), (error) => {
    Object.assign(state, { error, isOver: true });
  });
  return state;
}

const pending = { pending: { ...times, state: "s" }, invitation } as StoredPending;
const device = { device: { ...times, deviceCode: "d" }, invitation: other } as StoredDevice;
const rows: [what: string, given: Given, found: SignInInvitation | undefined][] = [
  ["without anybody who gets a credential there is none", { pending }, undefined],
  ["what this process does is known", { flight: { invitation }, pending: undefined }, invitation],
  ["its own comes before another one's", { flight: { invitation: other }, pending }, other],
  ["what another process does is stored", { flight: {}, pending }, invitation],
  ["as is its device code", { flight: {}, device }, other],
];
for (const [what, given, found] of rows) {
  Deno.test(`an invitation: ${what}`, async () => {
    using time = new FakeTime();
    const state = wait(given);
    await time.pass(0);
    assert.deepEqual([state.isOver, state.found], [true, found]);
    if (given.flight?.invitation) assert.equal(state.reads, 0);
  });
}

for (
  const [what, given] of [
    ["not yet", {}],
    ["over", { flight: { invitation: { ...invitation, expiresAt: present } } }],
    ["unreadable", { isUnreadable: true }],
  ] as [string, Given][]
) {
  Deno.test(`an invitation that is ${what} is waited for five seconds, every 50 ms`, async () => {
    using time = new FakeTime();
    const given_: Given = { flight: {}, ...given };
    const [late, comes] = [wait(given_), wait(given_)];
    await time.pass(4_999);
    assert.deepEqual([late.isOver, comes.isOver], [false, false]);
    if (!given_.flight!.invitation) assert.equal(late.reads, 100);
    await time.pass(1);
    assert.deepEqual([late.isOver, late.found], [true, undefined]);
  });
}

Deno.test("an invitation is found as soon as it is there, and nobody waits who gave up", async () => {
  using time = new FakeTime();
  const controller = new AbortController();
  const flight: { invitation?: SignInInvitation } = {};
  const [found, givenUp] = [wait({ flight }), wait({ flight, signal: controller.signal })];
  await time.pass(100);
  const reason = new Error("given up");
  controller.abort(reason);
  await time.pass(0);
  assert.equal(givenUp.error, reason);
  flight.invitation = invitation;
  await time.pass(50);
  assert.equal(found.found, invitation);
});
