/**
 * What is done to get a credential, by what is stored and by how a refresh ends.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Credential } from "../../src/base/credential.ts";
import { ProxyError, type ProxyErrorDetails } from "../../src/base/errors.ts";
import { RefreshError, type RefreshTokenFate } from "../../src/base/refresh_error.ts";
import { acquireCredential } from "../../src/credentials/acquire_credential.ts";
import type { Acquisition } from "../../src/credentials/acquisition.ts";
import { AcquisitionBench, otherProcess } from "./acquisition_bench.ts";
import { FakeTime } from "./fake_time.ts";
import { flowError } from "./scripted_flows.ts";

/** Gets a credential on a bench: the access token, or the reason why there is none. */
async function outcome(bench: AcquisitionBench, changes: Partial<Acquisition> = {}) {
  return await acquireCredential(bench.acquisition(changes)).then(
    ({ accessToken }) => accessToken,
    (error) => error instanceof ProxyError ? error.reason : String(error),
  );
}

/** The same, with a clock on which whatever is waited for passes at once. */
async function patientOutcome(bench: AcquisitionBench, changes: Partial<Acquisition> = {}) {
  using time = new FakeTime();
  let ended: string | undefined;
  outcome(bench, changes).then((found) => ended = found);
  const began = time.now;
  let turns = 0;
  while (ended === undefined) {
    if (++turns > 20_000) throw new Error("it does not come to an end");
    await new Promise((resolve) => setTimeout(resolve, 0));
    await time.pass(50);
  }
  return { ended, took: time.now - began };
}

/** Has every refresh end like this. */
function refreshing(
  bench: AcquisitionBench,
  fate: RefreshTokenFate,
  { replacement, ...details }: Partial<ProxyErrorDetails> & { replacement?: string } = {},
) {
  bench.flows.onRefresh = () =>
    Promise.reject(
      new RefreshError(flowError({ reason: "the_reason", ...details }), { fate, replacement }),
    );
}

const counts = ({ flows: { signIns, refreshes } }: AcquisitionBench) => ({ signIns, refreshes });
const asked = "credential d1 for refresh";
const given = "lease given back";

Deno.test("a valid credential is taken from the store, by whoever looks first", async () => {
  using bench = await AcquisitionBench.open();
  const { accessToken } = await bench.storeOld({ expiresAt: bench.time + 3_600_000 });
  assert.equal(await outcome(bench), accessToken);
  assert.deepEqual([bench.events, counts(bench)], [[], { signIns: 0, refreshes: 0 }]);
});

Deno.test("what is stored while the lease is waited for is taken, too", async () => {
  using bench = await AcquisitionBench.open();
  const { accessToken } = await bench.storeOld({ expiresAt: bench.time + 3_600_000 });
  let reads = 0;
  const store = {
    ...bench.store,
    read: async () => ++reads === 1 ? undefined : await bench.store.read(),
  };
  assert.equal(await outcome(bench, { store }), accessToken);
  assert.deepEqual([bench.events, counts(bench)], [[asked, given], { signIns: 0, refreshes: 0 }]);
});

Deno.test("a credential that has run out is refreshed, and what came of it stored", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld();
  assert.equal(await outcome(bench, { interactive: false }), "access-2");
  assert.deepEqual([bench.events, counts(bench)], [[asked, given], { signIns: 0, refreshes: 1 }]);
  const stored = (await bench.store.read())!;
  assert.deepEqual([stored.credential.refreshToken, stored.rotates, stored.maybeSpent], [
    "refresh-2",
    true,
    false,
  ]);
});

Deno.test("a credential that is not wanted is refreshed, or signed in for where that is asked", async () => {
  for (const [force, expected] of [[false, [0, 1]], [true, [1, 0]]] as const) {
    using bench = await AcquisitionBench.open();
    const { accessToken } = await bench.storeOld({ expiresAt: bench.time + 3_600_000 });
    assert.equal(await outcome(bench, { unwanted: accessToken, force }), "access-2");
    assert.deepEqual(Object.values(counts(bench)), expected);
  }
});

Deno.test("without a refresh token a person signs in, where one may be asked", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld({ refreshToken: undefined });
  await assert.rejects(acquireCredential(bench.acquisition({ interactive: false })), {
    category: "Authentication error",
    what: "not signed in",
    fix: "send a request from the client, which starts a sign-in, or run authful-mcp-proxy login",
    reason: "signed_out",
  });
  assert.equal(await outcome(bench), "access-2");
  assert.deepEqual(bench.events.slice(2), [asked, "activity sign-in", "stored", given]);
  assert.deepEqual(counts(bench), { signIns: 1, refreshes: 0 });
});

Deno.test("what needs nobody signs in for background work, and keeps its claims without a name", async () => {
  using bench = await AcquisitionBench.open();
  const flows = Object.assign(bench.flows, { unattended: true });
  assert.equal(await outcome(bench, { interactive: false, flows }), "access-1");
  await bench.storeOld({ claims: undefined });
  bench.flows.onRefresh = () => Promise.resolve(bench.flows.grant({ claims: undefined }));
  await outcome(bench, { interactive: false, flows });
  assert.equal((await bench.store.read())?.credential.signInId, undefined);
});

Deno.test("the name of a sign-in stays the same through refreshes", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld({ claims: undefined, signInId: "the-sign-in" });
  bench.flows.onRefresh = () => Promise.resolve(bench.flows.grant({ claims: undefined }));
  await outcome(bench);
  assert.equal((await bench.store.read())?.credential.signInId, "the-sign-in");
});

for (const unattended of [false, true]) {
  Deno.test(`after a sign-in that failed nobody signs in for a while, but by hand: ${unattended}`, async () => {
    using bench = await AcquisitionBench.open();
    const flows = Object.assign(bench.flows, { unattended });
    const cooldown = {
      failures: 1,
      until: bench.time + 30_000,
      failedAt: bench.time,
      category: "Authentication error",
      what: "it failed",
      todo: "mend it",
    } as const;
    await bench.store.writeCooldown("sign-in", cooldown);
    assert.equal(await outcome(bench, { flows }), unattended ? "refusal_paused" : "sign_in_paused");
    assert.equal(bench.flows.signIns, 0);
    assert.equal(await outcome(bench, { flows, byHand: true }), "access-1");
    await bench.store.writeCooldown("sign-in", cooldown);
    bench.time += 30_000;
    assert.equal(await outcome(bench, { flows, unwanted: "access-1", force: true }), "access-2");
  });
}

interface End {
  fate: RefreshTokenFate;
  transient?: boolean;
  rotates?: boolean;
  byHand?: boolean;
  /** Whether the access token is still good for a moment. */
  isGood?: boolean;
  /** Whether it is refused by the backend. */
  refused?: boolean;
}
interface After {
  ended: string;
  refreshes?: number;
  signIns?: number;
  hasToken: boolean;
  isHeldBack?: boolean;
  lines?: string[];
}
const renewalFailed = "[warn] renewal failed: the provider said no; the access token is still good";
const signingIn = "[info] the access token cannot be renewed (the provider said no): signing in";
const notAccepted =
  "[info] the provider does not accept the refresh token any more (the provider said no)";
const maybeSpent =
  "[info] the refresh token may be spent and is not used again (the provider said no)";
const again = "[info] the provider said no, trying again";
const ends: [end: End, after: After][] = [
  [{ fate: "refused" }, { ended: "access-2", signIns: 1, hasToken: false, lines: [notAccepted] }],
  [{ fate: "unreadable" }, { ended: "access-2", signIns: 1, hasToken: false, lines: [maybeSpent] }],
  [{ fate: "unreadable", rotates: false }, {
    ended: "the_reason",
    hasToken: true,
    isHeldBack: true,
  }],
  [{ fate: "unclear" }, { ended: "access-2", signIns: 1, hasToken: true, lines: [signingIn] }],
  [{ fate: "unused" }, { ended: "the_reason", hasToken: true }],
  [{ fate: "unused", isGood: true }, { ended: "the_reason", hasToken: true }],
  [{ fate: "unused", byHand: true }, {
    ended: "access-2",
    signIns: 1,
    hasToken: true,
    lines: [signingIn],
  }],
  [{ fate: "unused", transient: true }, {
    ended: "the_reason",
    refreshes: 3,
    hasToken: true,
    isHeldBack: true,
    lines: [again, again],
  }],
  [{ fate: "unused", transient: true, isGood: true }, {
    ended: "access-1",
    refreshes: 3,
    hasToken: true,
    isHeldBack: true,
    lines: [again, again, renewalFailed],
  }],
  [{ fate: "unused", transient: true, isGood: true, refused: true }, {
    ended: "the_reason",
    refreshes: 3,
    hasToken: true,
    isHeldBack: true,
    lines: [again, again],
  }],
  [{ fate: "uncertain" }, {
    ended: "the_reason",
    refreshes: 3,
    hasToken: true,
    isHeldBack: true,
    lines: [again, again],
  }],
  [{ fate: "uncertain", isGood: true, byHand: true }, {
    ended: "access-2",
    refreshes: 3,
    signIns: 1,
    hasToken: true,
    isHeldBack: true,
    lines: [again, again, renewalFailed, signingIn],
  }],
];
for (const [end, after] of ends) {
  Deno.test(`a refresh that ends ${JSON.stringify(end)}`, async () => {
    using bench = await AcquisitionBench.open();
    const { fate, transient, rotates, byHand = false, isGood, refused = false } = end;
    await bench.storeOld({ expiresAt: bench.time + (isGood ? 30_000 : 1_000) });
    if (rotates === false) {
      const stored = (await bench.store.read())!;
      await bench.store.replace(stored, {
        ...stored.credential,
        obtainedAt: 0,
        expiresAt: bench.time + 1_000,
      });
    }
    refreshing(bench, fate, { transient });
    // A sign-in that came of it would hide what became of the refresh token.
    let seen: Credential | undefined;
    let isHeldBack: boolean | undefined;
    bench.flows.onSignIn = async (context) => {
      seen = (await bench.store.read())?.credential;
      isHeldBack = await bench.store.readCooldown("refresh") !== undefined;
      const credential = bench.flows.grant();
      await context.onCredential(credential);
      return credential;
    };
    const unwanted = refused || isGood ? "access-1" : undefined;
    const { ended } = await patientOutcome(bench, { byHand, refused, unwanted });
    const { signIns = 0, refreshes = 1, hasToken, lines = [] } = after;
    assert.deepEqual([ended, counts(bench), bench.recorded.lines], [
      after.ended,
      { signIns, refreshes },
      lines,
    ]);
    const stored = (await bench.store.read())!;
    seen ??= stored.credential;
    isHeldBack ??= await bench.store.readCooldown("refresh") !== undefined;
    assert.equal(seen.refreshToken, hasToken ? "refresh-1" : undefined);
    assert.equal(isHeldBack, after.isHeldBack ?? false);
    assert.equal(stored.maybeSpent, false);
  });
}

Deno.test("an error of the provider that is no refresh error counts by its reason", async () => {
  for (
    const [reason, ended, hasToken] of [["invalid_grant", "access-2", false], [
      "other",
      "other",
      true,
    ]] as const
  ) {
    using bench = await AcquisitionBench.open();
    await bench.storeOld();
    bench.flows.onRefresh = () => Promise.reject(flowError({ reason }));
    assert.equal(await outcome(bench), ended);
    if (ended === "other") {
      assert.equal((await bench.store.read())?.credential.refreshToken !== undefined, hasToken);
    }
  }
});

Deno.test("a new refresh token takes the place of the old one, whatever else failed", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld({ expiresAt: bench.time + 30_000 });
  refreshing(bench, "replaced", { replacement: "the-next-one", transient: true });
  assert.equal(await outcome(bench), "access-1");
  const stored = (await bench.store.read())!;
  assert.deepEqual([stored.credential.refreshToken, stored.rotates], ["the-next-one", true]);
  assert.deepEqual(bench.recorded.lines, [renewalFailed]);
  assert.ok(await bench.store.readCooldown("refresh"));
});

Deno.test("a refresh that failed for a moment is held back, longer each time, but by hand", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld({ expiresAt: bench.time + 30_000 });
  refreshing(bench, "replaced", { replacement: "the-next-one" });
  assert.equal(await outcome(bench), "access-1");
  const first = (await bench.store.readCooldown("refresh"))!;
  assert.equal(first.until, bench.time + 2_000);
  assert.equal(await outcome(bench), "access-1", "it is still good");
  assert.equal(await outcome(bench, { refused: true, unwanted: "access-1" }), "refresh_paused");
  assert.equal(bench.flows.refreshes, 1);
  bench.time += 2_000;
  await outcome(bench);
  const second = (await bench.store.readCooldown("refresh"))!;
  assert.deepEqual([second.failures, second.until - bench.time], [2, 4_000]);
  bench.flows.onRefresh = undefined;
  assert.equal(await outcome(bench, { byHand: true }), "access-2");
});

Deno.test("an access token is good enough until five seconds before its end", async () => {
  for (const [left, ended] of [[5_001, "access-1"], [5_000, "refresh_paused"]] as const) {
    using bench = await AcquisitionBench.open();
    await bench.storeOld({ expiresAt: bench.time + left });
    await bench.store.writeCooldown("refresh", {
      failures: 1,
      until: bench.time + 2_000,
      failedAt: bench.time,
      category: "Network error",
      what: "no answer",
      todo: "wait",
    });
    assert.equal(await outcome(bench), ended);
    assert.equal(await outcome(bench, { refused: true, unwanted: "access-1" }), "refresh_paused");
    assert.equal(await outcome(bench, { unwanted: "access-1" }), ended);
  }
});

const patience: [details: Partial<ProxyErrorDetails>, refreshes: number, least: number][] = [
  [{ transient: true }, 3, 300 + 1_200],
  [{ transient: true, retryAfter: 5_000 }, 3, 10_000],
  [{ transient: true, retryAfter: 5_001 }, 1, 0],
  [{ transient: false }, 1, 0],
];
for (const [details, refreshes, least] of patience) {
  Deno.test(`a refresh that fails with ${JSON.stringify(details)} is tried ${refreshes} times`, async () => {
    using bench = await AcquisitionBench.open();
    await bench.storeOld();
    refreshing(bench, "unused", details);
    const { ended, took } = await patientOutcome(bench);
    assert.deepEqual([ended, bench.flows.refreshes], ["the_reason", refreshes]);
    // While the store is asked the clock goes on, so that only the least is certain.
    assert.ok(took >= least && took < 20 * (least + 1_000), `${took} ms`);
  });
}

Deno.test("what may not be sent again is not, however the error passes", async () => {
  for (const fate of ["unreadable", "unclear", "refused"] as const) {
    using bench = await AcquisitionBench.open();
    await bench.storeOld();
    refreshing(bench, fate, { transient: true });
    await patientOutcome(bench);
    assert.equal(bench.flows.refreshes, 1, fate);
  }
});

Deno.test("a refresh token that another process may have spent is forgotten", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld();
  await bench.store.beginSpending((await bench.store.read())!);
  assert.equal(await outcome(bench, { interactive: false }), "signed_out");
  assert.deepEqual([bench.flows.refreshes, bench.recorded.lines], [0, [
    "[info] a process ended in the middle of a refresh: its refresh token must not be used again",
  ]]);
  assert.equal((await bench.store.read())?.credential.refreshToken, undefined);
});

Deno.test("whoever has lost the lease spends nothing, and forgets nothing", async () => {
  for (const maybeSpent of [false, true]) {
    using bench = await AcquisitionBench.open();
    await bench.storeOld();
    if (maybeSpent) await bench.store.beginSpending((await bench.store.read())!);
    bench.isHeld = false;
    assert.equal(await outcome(bench), maybeSpent ? "Error: the lease was taken over" : "internal");
    assert.equal(bench.flows.refreshes, 0);
    assert.equal((await bench.store.read())?.credential.refreshToken, "refresh-1");
  }
});

Deno.test("where another process goes on with it, what comes of that is waited for", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld();
  bench.flows.onRefresh = async () => {
    bench.lost.abort();
    await bench.store.complete(bench.flows.grant());
    throw flowError({ reason: "other" });
  };
  assert.equal(await outcome(bench), "access-2");
  assert.deepEqual(bench.events, [asked, given]);
});

Deno.test("a marker that changed meanwhile has the store looked into once more", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld();
  let isFirst = true;
  const store = {
    ...bench.store,
    beginSpending: async (...args: Parameters<typeof bench.store.beginSpending>) => {
      if (!isFirst) return await bench.store.beginSpending(...args);
      isFirst = false;
      return false;
    },
  };
  assert.equal(await outcome(bench, { store }), "access-2");
  assert.equal(bench.flows.refreshes, 1);
});

Deno.test("what came of a refresh gives way to what somebody did by hand meanwhile", async () => {
  const rows: [
    what: string,
    meanwhile: (bench: AcquisitionBench) => Promise<unknown>,
    ended: string,
  ][] = [
    ["signed in", async (bench) => await bench.store.complete(bench.flows.grant()), "access-2"],
    [
      "signed out",
      async (bench) => await bench.store.remove((await bench.store.read())!),
      "signed_out",
    ],
  ];
  for (const [what, meanwhile, ended] of rows) {
    using bench = await AcquisitionBench.open();
    await bench.storeOld();
    bench.flows.onRefresh = async () => {
      await meanwhile(bench);
      return bench.flows.grant();
    };
    assert.equal(await outcome(bench), ended, what);
  }
  using bench = await AcquisitionBench.open();
  await bench.storeOld();
  bench.flows.onRefresh = async () => {
    const stored = (await bench.store.read())!;
    await bench.store.replace(stored, stored.credential);
    return bench.flows.grant();
  };
  assert.equal(await outcome(bench), "access-2", "it was only sealed anew");
  assert.equal((await bench.store.read())?.credential.accessToken, "access-2");
});

Deno.test("what cannot be stored for a moment is used, unless it must be stored", async () => {
  for (const mustStore of [false, true]) {
    using bench = await AcquisitionBench.open();
    await bench.storeOld();
    const store = {
      ...bench.store,
      replace: () => Promise.reject(flowError({ reason: "store_locked", transient: true })),
    };
    assert.equal(
      await outcome(bench, { store, mustStore }),
      mustStore ? "store_locked" : "access-2",
    );
  }
});

Deno.test("a refresh that answers for another account is refused", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld();
  bench.flows.onRefresh = () => Promise.resolve(bench.flows.grant({ claims: { sub: "bob" } }));
  assert.equal(await outcome(bench), "subject_changed");
  assert.equal(await bench.store.read(), undefined);
});

Deno.test("a program that ends says so, and leaves the refresh token as it is", async () => {
  const closing = flowError({ reason: "closing" });
  {
    using bench = await AcquisitionBench.open();
    await bench.storeOld();
    bench.flows.onRefresh = () => {
      bench.stop.abort(closing);
      return Promise.reject(flowError({ reason: "other", transient: true }));
    };
    assert.equal(await outcome(bench), "other");
    assert.equal(await bench.store.readCooldown("refresh"), undefined);
    assert.equal((await bench.store.read())?.maybeSpent, false);
  }
  {
    using bench = await AcquisitionBench.open();
    await bench.storeOld();
    bench.flows.onRefresh = () => {
      bench.refreshStop.abort(closing);
      return Promise.reject(flowError({ reason: "invalid_grant" }));
    };
    assert.equal(await outcome(bench), "closing");
    assert.equal((await bench.store.read())?.maybeSpent, true, "its answer may have been lost");
  }
  using bench = await AcquisitionBench.open();
  bench.stop.abort(closing);
  assert.equal(await outcome(bench), "closing");
  assert.deepEqual(bench.events, []);
});

const waiting = "waiting for a sign-in";

Deno.test("who waits for another's sign-in says so once, with its page", async () => {
  for (const [isMarked, hasPage] of [[true, true], [false, true], [true, false]]) {
    using bench = await AcquisitionBench.open();
    const holder = { ...otherProcess, marked: isMarked };
    bench.holders.push(holder, holder);
    const invitation = hasPage ? bench.invitation() : undefined;
    await bench.store.writePending({
      pending: bench.pending(),
      attendedAt: bench.time,
      invitation,
    });
    const { ended } = await patientOutcome(bench);
    assert.equal(ended, "access-1");
    const line = "[info] process 4711 is signing in for this identity already, waiting for it" +
      (isMarked ? "" : "; whether it still lives shows after 5 s, as files have no locks here") +
      (hasPage ? "; its page, should you have closed it: http://localhost:8080/start" : "");
    assert.deepEqual(bench.recorded.lines.slice(0, 1), [line]);
    assert.equal(bench.recorded.lines.filter((each) => each === line).length, 1);
    assert.deepEqual(bench.events.slice(0, 5), [asked, waiting, asked, waiting, asked]);
  }
});

Deno.test("who waits for another's refresh says nothing, and takes what comes of it", async () => {
  using bench = await AcquisitionBench.open();
  await bench.storeOld();
  bench.holders.push({ ...otherProcess, activity: "refresh" });
  let reads = 0;
  const store = {
    ...bench.store,
    read: async () => {
      if (++reads === 2) await bench.store.complete(bench.flows.grant());
      return await bench.store.read();
    },
  };
  const { ended, took } = await patientOutcome(bench, { store });
  assert.equal(ended, "access-2");
  assert.deepEqual([bench.events, bench.recorded.lines], [[asked, "waiting for a refresh"], []]);
  assert.ok(took >= 100, `${took} ms`);
});

Deno.test("a person who signs in by hand has what lingers for the sign-in end", async () => {
  for (
    const [byHand, activity, isDismissed] of [[true, "sign-in", true], [false, "sign-in", false], [
      true,
      "refresh",
      false,
    ]] as const
  ) {
    using bench = await AcquisitionBench.open();
    const holder = { ...otherProcess, activity };
    bench.holders.push(holder);
    await bench.store.writePending({ pending: bench.pending(), attendedAt: bench.time });
    const { leases } = bench.acquisition();
    let asks = 0;
    const own = {
      ...leases,
      holder: (name: string) => {
        assert.equal(name, "linger d1");
        asks++;
        return Promise.resolve(holder);
      },
    };
    let isThere: boolean | undefined;
    bench.flows.onSignIn = async () => {
      isThere = await bench.store.readPending() !== undefined;
      return bench.flows.grant();
    };
    await patientOutcome(bench, { byHand, leases: own });
    assert.deepEqual([asks, isThere], [isDismissed ? 1 : 0, !isDismissed]);
  }
});
