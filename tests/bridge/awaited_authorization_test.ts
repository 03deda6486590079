import assert from "node:assert/strict";
import type {
  AuthorizationFields,
  Authorizer,
  OutgoingRequest,
  Refusal,
} from "../../src/bridge/authorizer.ts";
import {
  awaitedAuthorization,
  type LongWaitOptions,
} from "../../src/bridge/awaited_authorization.ts";
import { FakeTime } from "../credentials/fake_time.ts";
import { grantAll } from "./bridge_fixture.ts";

/** An authorization that a test gives when it likes. */
function pendingAuthorization(options: LongWaitOptions = {}) {
  const given = Promise.withResolvers<AuthorizationFields>();
  const awaited = awaitedAuthorization({ ...grantAll, authorize: () => given.promise }, options);
  const ask = (purpose: "client" | "background" = "client") =>
    awaited.authorizer.authorize({ purpose } as OutgoingRequest);
  return { ...awaited, given, ask };
}

Deno.test("4 MiB are taken while somebody waits, and a piece a second from then on", async () => {
  using time = new FakeTime();
  const { given, ask, whenWritable, isWaiting } = pendingAuthorization();
  assert.equal(whenWritable(100 << 20), undefined, "nobody waits");
  ask("background");
  assert.ok(!isWaiting(), "nobody waits for what the bridge does by itself");
  ask();
  assert.ok(isWaiting());
  assert.equal(whenWritable(4 << 20), undefined);
  let isTaken = false;
  const taken = whenWritable(1)!.then(() => isTaken = true);
  await time.pass(999);
  assert.equal(isTaken, false);
  await time.pass(1);
  assert.equal(isTaken, true);
  await taken;
  const freed = whenWritable(1)!;
  given.resolve({});
  await freed;
  await time.pass(0);
  assert.ok(!isWaiting());
  // What was held has gone out.
  ask();
  assert.equal(whenWritable(4 << 20), undefined);
});

Deno.test("a long wait is told once, and its end once, when nobody waits any more", async () => {
  using time = new FakeTime();
  const told: string[] = [];
  const { given, ask } = pendingAuthorization({
    patience: 5_000,
    onPatienceLost: () => void told.push("long"),
    onSettled: () => void told.push("over"),
  });
  ask();
  await time.pass(3_000);
  ask();
  await time.pass(1_999);
  assert.deepEqual(told, []);
  await time.pass(1);
  await time.pass(60_000);
  assert.deepEqual(told, ["long"]);
  given.resolve({});
  await time.pass(0);
  assert.deepEqual(told, ["long", "over"]);
  // A short one is told to nobody.
  ask();
  await time.pass(60_000);
  assert.deepEqual(told, ["long", "over"]);
});

const outgoing = (purpose: OutgoingRequest["purpose"]) => ({ purpose }) as OutgoingRequest;
const refusalOf = (purpose: OutgoingRequest["purpose"]) =>
  ({ request: outgoing(purpose) }) as Refusal;

/** An authorizer that does what the test says, as it is seen by the bridge. */
const awaited = (given: Partial<Authorizer>, options?: LongWaitOptions) =>
  awaitedAuthorization({ ...grantAll, ...given }, options);

Deno.test("fields that are at hand are given at once, and nobody waits", () => {
  const fields = { authorization: "Bearer a" };
  const { authorizer, isWaiting } = awaited({ authorize: () => fields });
  assert.equal(authorizer.authorize(outgoing("client")), fields);
  assert.equal(isWaiting(), false);
});

Deno.test("a refusal is waited for, unless it is of what the bridge does by itself", async () => {
  for (
    const [purpose, waits] of [["client", true], ["unasked", true], ["background", false]] as const
  ) {
    const dealtWith = Promise.withResolvers<"answer" | void>();
    const { authorizer, isWaiting } = awaited({ refused: () => dealtWith.promise });
    const outcome = authorizer.refused(refusalOf(purpose));
    assert.equal(isWaiting(), waits, purpose);
    dealtWith.resolve("answer");
    assert.equal(await outcome, "answer");
    assert.equal(isWaiting(), false);
  }
});

Deno.test("what an authorizer does not do by itself is not done", async () => {
  const { authorizer } = awaited({});
  assert.equal(await authorizer.forbidden!(refusalOf("client")), false);
  assert.equal(authorizer.answered!(outgoing("client"), new Headers()), undefined);
  const seen: unknown[] = [];
  const doing = awaited({
    forbidden(refusal) {
      seen.push(refusal.request.purpose);
      return Promise.resolve(true);
    },
    answered: ({ purpose }, headers) => void seen.push(purpose, headers.get("dpop-nonce")),
  });
  assert.equal(await doing.authorizer.forbidden!(refusalOf("client")), true);
  doing.authorizer.answered!(outgoing("unasked"), new Headers({ "dpop-nonce": "n" }));
  assert.deepEqual(seen, ["client", "unasked", "n"]);
});

Deno.test("a wait that fails is over as well", async () => {
  using time = new FakeTime();
  const told: string[] = [];
  const given = Promise.withResolvers<AuthorizationFields>();
  const { authorizer, isWaiting } = awaited({ authorize: () => given.promise }, {
    patience: 1_000,
    onPatienceLost: () => void told.push("long"),
    onSettled: () => void told.push("over"),
  });
  const fields = authorizer.authorize(outgoing("client"));
  await time.pass(1_000);
  given.reject(new Error("no"));
  await assert.rejects(Promise.resolve(fields), { message: "no" });
  await time.pass(0);
  assert.deepEqual([isWaiting(), told], [false, ["long", "over"]]);
});

Deno.test("patience begins with the first who waits, ends with the last, and begins anew", async () => {
  using time = new FakeTime();
  const told: string[] = [];
  const waits: PromiseWithResolvers<AuthorizationFields>[] = [];
  const { authorizer, isWaiting } = awaited({
    authorize() {
      waits.push(Promise.withResolvers());
      return waits.at(-1)!.promise;
    },
  }, {
    patience: 1_000,
    onPatienceLost: () => void told.push("long"),
    onSettled: () => void told.push("over"),
  });
  authorizer.authorize(outgoing("client"));
  authorizer.authorize(outgoing("client"));
  await time.pass(900);
  waits[0]!.resolve({});
  await time.pass(50);
  assert.equal(isWaiting(), true);
  waits[1]!.resolve({});
  await time.pass(0);
  assert.equal(isWaiting(), false);
  await time.pass(10_000);
  assert.deepEqual(told, [], "it was over in time");
  authorizer.authorize(outgoing("client"));
  await time.pass(999);
  assert.deepEqual(told, []);
  await time.pass(1);
  assert.deepEqual(told, ["long"]);
  waits[2]!.resolve({});
  await time.pass(0);
  assert.deepEqual(told, ["long", "over"]);
  authorizer.authorize(outgoing("client"));
  authorizer.authorize(outgoing("client"));
  await time.pass(900);
  waits[3]!.resolve({});
  await time.pass(100);
  assert.deepEqual(told, ["long", "over", "long"], "the other one waits still");
});

Deno.test("who holds input is set free by the end of the wait, each time", async () => {
  using time = new FakeTime();
  const waits: PromiseWithResolvers<AuthorizationFields>[] = [];
  const { authorizer, whenWritable } = awaited({
    authorize() {
      waits.push(Promise.withResolvers());
      return waits.at(-1)!.promise;
    },
  });
  for (let round = 0; round < 2; round++) {
    authorizer.authorize(outgoing("client"));
    const held = whenWritable((4 << 20) + 1)!;
    let isFree = false;
    held.then(() => isFree = true);
    await time.pass(500);
    assert.equal(isFree, false, `round ${round}`);
    waits[round]!.resolve({});
    await time.pass(0);
    assert.equal(isFree, true);
  }
});

Deno.test("what is set free leaves nothing to wait for", async () => {
  using time = new FakeTime();
  const given = Promise.withResolvers<AuthorizationFields>();
  const { authorizer, whenWritable } = awaited({ authorize: () => given.promise }, {
    patience: 60_000,
  });
  authorizer.authorize(outgoing("client"));
  const held = whenWritable((4 << 20) + 1);
  given.resolve({});
  await held;
  await time.pass(0);
  assert.equal(time.isAwaited, false);
});
