/**
 * What a sign-in leaves in the store on its way, and what each end of it means for the next one.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ProxyError } from "../../src/base/errors.ts";
import type { Acquisition } from "../../src/credentials/acquisition.ts";
import type { SignInContext } from "../../src/credentials/provider_flows.ts";
import { signIn } from "../../src/credentials/sign_in.ts";
import { AcquisitionBench, otherProcess } from "./acquisition_bench.ts";
import { FakeTime } from "./fake_time.ts";
import { flowError } from "./scripted_flows.ts";

/** Signs in on a bench; how that ends. */
async function outcome(bench: AcquisitionBench, changes: Partial<Acquisition> = {}) {
  return await signIn(bench.acquisition(changes), bench.lease()).then(
    ({ accessToken }) => accessToken,
    (error) => error instanceof ProxyError ? error.reason : String(error),
  );
}

/** Has the next sign-ins run this, and then fail. */
function failing(
  bench: AcquisitionBench,
  error: unknown,
  before?: (context: SignInContext) => Promise<void>,
) {
  bench.flows.onSignIn = async (context) => {
    await before?.(context);
    throw error;
  };
}

const going = "[info] going on with the sign-in that another process began";

Deno.test("a sign-in is told how it is wanted, and brings what is stored", async () => {
  using bench = await AcquisitionBench.open();
  let told: Partial<SignInContext> = {};
  bench.flows.onSignIn = async (context) => {
    const { interactive, byHand, force, resume, resumeDevice, reopenAt } = context;
    told = { interactive, byHand, force, resume, resumeDevice, reopenAt };
    assert.equal(context.signal.aborted, false);
    return await Promise.resolve(bench.flows.grant());
  };
  assert.equal(await outcome(bench, { interactive: false }), "access-1");
  const nothing = { resume: undefined, resumeDevice: undefined, reopenAt: undefined };
  assert.deepEqual(told, { interactive: false, byHand: false, force: false, ...nothing });
  assert.equal((await bench.store.read())?.credential.accessToken, "access-1");
  assert.deepEqual(bench.events, ["stored"]);
  await outcome(bench, { byHand: true, force: true });
  assert.deepEqual(told, { interactive: true, byHand: true, force: true, ...nothing });
});

Deno.test("what is found is stored before the person is told, and once", async () => {
  using bench = await AcquisitionBench.open();
  let stored: string | undefined;
  bench.flows.onSignIn = async (context) => {
    const credential = bench.flows.grant();
    await context.onCredential(credential);
    stored = (await bench.store.read())?.credential.accessToken;
    return credential;
  };
  assert.equal(await outcome(bench), "access-1");
  assert.equal(stored, "access-1");
  assert.deepEqual(bench.events, ["stored"]);
});

Deno.test("a sign-in without claims gets a name of its own, one that needs nobody does not", async () => {
  for (const unattended of [false, true]) {
    using bench = await AcquisitionBench.open();
    const flows = {
      ...bench.flows,
      unattended,
      signIn: () => Promise.resolve(bench.flows.grant({ claims: undefined })),
    };
    await outcome(bench, { flows });
    assert.equal((await bench.store.read())?.credential.signInId === undefined, unattended);
  }
});

Deno.test("what another process would need is stored when the person may come", async () => {
  using bench = await AcquisitionBench.open();
  const invitation = bench.invitation();
  bench.flows.onSignIn = async (context) => {
    assert.equal(await bench.store.readPending(), undefined);
    context.onInvitation(invitation);
    await context.onPending(bench.pending());
    assert.deepEqual(await bench.store.readPending(), {
      pending: bench.pending(),
      attendedAt: bench.time,
      invitation,
    });
    bench.time += 100;
    await context.onReopen();
    assert.deepEqual(await bench.store.readPending(), {
      pending: bench.pending({ startedAt: bench.time - 100, expiresAt: bench.time + 299_900 }),
      attendedAt: bench.time,
      invitation,
      reopenedAt: bench.time,
    });
    await context.onRedeem();
    assert.equal(await bench.store.readPending(), undefined);
    return bench.flows.grant();
  };
  assert.equal(await outcome(bench), "access-1");
  assert.deepEqual(bench.events, [
    "invited to http://localhost:8080/start",
    "begun",
    "redeeming",
    "stored",
  ]);
});

Deno.test("a device code is stored with its page", async () => {
  using bench = await AcquisitionBench.open();
  const invitation = bench.invitation("https://auth.example/device");
  bench.flows.onSignIn = async (context) => {
    context.onInvitation(invitation);
    await context.onDevice(bench.device());
    assert.deepEqual(await bench.store.readDevice(), { device: bench.device(), invitation });
    return bench.flows.grant();
  };
  assert.equal(await outcome(bench), "access-1");
  assert.deepEqual(bench.events, ["invited to https://auth.example/device", "begun", "stored"]);
});

const modes: [what: string, changes: Partial<Acquisition>, isResumed: boolean][] = [
  ["a request of the client", {}, true],
  ["a process that finishes it", { takesOver: true }, true],
  ["a process that finishes one for more", { takesOver: true, force: true }, true],
  ["a person by a command", { byHand: true }, false],
  ["a sign-in for more", { force: true }, false],
];
for (const [what, changes, isResumed] of modes) {
  Deno.test(`whether what another process began is gone on with by ${what}: ${isResumed}`, async () => {
    using bench = await AcquisitionBench.open();
    const pending = bench.pending();
    await bench.store.writePending({ pending, attendedAt: bench.time });
    let resume: unknown;
    bench.flows.onSignIn = (context) => {
      ({ resume } = context);
      return Promise.resolve(bench.flows.grant());
    };
    assert.equal(await outcome(bench, changes), "access-1");
    assert.deepEqual(resume, isResumed ? pending : undefined);
    assert.deepEqual(bench.recorded.lines, isResumed ? [going] : []);
    assert.deepEqual(bench.events, [...isResumed ? ["begun"] : [], "stored"]);
  });
}

Deno.test("a device code of another process is gone on with", async () => {
  using bench = await AcquisitionBench.open();
  await bench.store.writeDevice({ device: bench.device() });
  let told: unknown;
  bench.flows.onSignIn = ({ resume, resumeDevice, reopenAt }) => {
    told = { resume, resumeDevice, reopenAt };
    return Promise.resolve(bench.flows.grant());
  };
  await outcome(bench);
  assert.deepEqual(told, { resume: undefined, resumeDevice: bench.device(), reopenAt: undefined });
});

interface Left {
  /** When it was begun, attended to and opened again, before now, in milliseconds. */
  began: number;
  attended: number;
  reopened?: number;
  /** Whether its page leads a browser by us, and whether one has come. */
  hasStart?: boolean;
  hasCome?: boolean;
  /** The last sign of life of the process before, before now. */
  alive?: number;
  takesOver?: boolean;
}
const reopening: [what: string, left: Left, inMilliseconds: number | undefined][] = [
  ["nobody listened for five seconds", { began: 20_000, attended: 5_000 }, 40_000],
  ["nobody listened for less", { began: 20_000, attended: 4_999 }, undefined],
  ["the one before was alive since", { began: 20_000, attended: 9_000, alive: 4_999 }, undefined],
  ["the one before was alive until then", { began: 20_000, attended: 9_000, alive: 5_000 }, 40_000],
  ["it was opened long ago", { began: 100_000, attended: 5_000 }, 0],
  ["it was opened again since", { began: 100_000, attended: 5_000, reopened: 20_000 }, 40_000],
  ["no browser has come", { began: 3_000, attended: 1_000, hasStart: true }, 4_000],
  ["no browser has come for long", { began: 90_000, attended: 9_000, hasStart: true }, 0],
  ["no browser has come the second time", {
    began: 90_000,
    attended: 1_000,
    hasStart: true,
    reopened: 20_000,
  }, 40_000],
  [
    "a browser has come",
    { began: 20_000, attended: 1_000, hasStart: true, hasCome: true },
    undefined,
  ],
  ["a browser has come to the one before", {
    began: 20_000,
    attended: 6_000,
    hasStart: true,
    hasCome: true,
  }, 40_000],
  ["it is only to be finished", { began: 100_000, attended: 50_000, takesOver: true }, undefined],
];
for (const [what, left, inMilliseconds] of reopening) {
  Deno.test(`when the page is opened again: ${what}`, async () => {
    using bench = await AcquisitionBench.open();
    const { began, attended, reopened, hasStart, hasCome, alive, takesOver } = left;
    const { time } = bench;
    if (alive !== undefined) bench.predecessor = { ...otherProcess, heartbeatAt: time - alive };
    await bench.store.writePending({
      pending: bench.pending({
        startedAt: time - began,
        startPath: hasStart ? "/start" : undefined,
        browserKey: hasCome ? "key" : undefined,
      }),
      attendedAt: time - attended,
      reopenedAt: reopened === undefined ? undefined : time - reopened,
    });
    let reopenAt: number | undefined;
    bench.flows.onSignIn = (context) => {
      ({ reopenAt } = context);
      return Promise.resolve(bench.flows.grant());
    };
    await outcome(bench, { takesOver });
    assert.equal(reopenAt === undefined ? undefined : reopenAt - time, inMilliseconds);
  });
}

const authentication = flowError({ reason: "access_denied" });
const network = flowError({ category: "Network error", reason: "provider_unreachable" });
const passing = flowError({ reason: "server_error", transient: true });
const began = (context: SignInContext) =>
  context.onPending({
    issuer: "https://auth.example/",
    authorizationUrl: "https://auth.example/authorize",
    redirectUrl: "http://localhost:8080/",
    state: "own",
    nonce: "n",
    codeVerifier: "v",
    startedAt: 1_800_000_000_000,
    expiresAt: 1_800_000_300_000,
  });
const ends: [what: string, error: ProxyError, hasBegun: boolean, isHeldBack: boolean][] = [
  ["by the person", authentication, false, true],
  ["with the network, before anybody was bothered", network, false, false],
  ["for a moment, before anybody was bothered", passing, false, false],
  ["with the network, when the person was there", network, true, true],
];
for (const [what, error, hasBegun, isHeldBack] of ends) {
  Deno.test(`whether nobody signs in for a while after a sign-in that failed ${what}: ${isHeldBack}`, async () => {
    using bench = await AcquisitionBench.open();
    failing(bench, error, async (context) => {
      if (hasBegun) await began(context);
    });
    assert.equal(await outcome(bench), error.reason);
    const cooldown = await bench.store.readCooldown("sign-in");
    assert.equal(cooldown?.until, isHeldBack ? bench.time + 30_000 : undefined);
    assert.equal(await bench.store.readPending(), undefined, "nobody goes on with it");
    if (!isHeldBack) return;
    bench.time += 30_000;
    await outcome(bench);
    const next = await bench.store.readCooldown("sign-in");
    assert.deepEqual([next?.failures, next!.until - bench.time], [2, 60_000]);
  });
}

for (const final of [true, false]) {
  Deno.test(`what needs nobody is held back when it was refused for good: ${final}`, async () => {
    using bench = await AcquisitionBench.open();
    const error = flowError({ reason: "invalid_client", final });
    const flows = { ...bench.flows, unattended: true, signIn: () => Promise.reject(error) };
    assert.equal(await outcome(bench, { flows }), "invalid_client");
    assert.equal(await bench.store.readCooldown("sign-in") !== undefined, final);
  });
}

Deno.test("a sign-in that this process leaves stays for the next one, attended to until now", async () => {
  using bench = await AcquisitionBench.open();
  const reason = flowError({ reason: "closing" });
  failing(bench, reason, async (context) => {
    await began(context);
    bench.time += 7_000;
    bench.stop.abort(reason);
  });
  assert.equal(await outcome(bench), "closing");
  assert.equal((await bench.store.readPending())?.attendedAt, bench.time);
  assert.equal(await bench.store.readCooldown("sign-in"), undefined);
});

Deno.test("a sign-in that was left before it began leaves nothing", async () => {
  using bench = await AcquisitionBench.open();
  const reason = flowError({ reason: "closing" });
  failing(bench, reason, () => Promise.resolve(bench.stop.abort(reason)));
  assert.equal(await outcome(bench), "closing");
  assert.deepEqual(await bench.memory.keys(), []);
});

Deno.test("whoever has lost the lease changes nothing any more", async () => {
  using bench = await AcquisitionBench.open();
  failing(bench, authentication, async (context) => {
    await began(context);
    bench.lost.abort();
    assert.ok(context.signal.aborted);
  });
  assert.equal(await outcome(bench), "access_denied");
  assert.ok(await bench.store.readPending());
  assert.equal(await bench.store.readCooldown("sign-in"), undefined);
});

Deno.test("a port that is taken costs a sign-in that is gone on with nothing", async () => {
  for (const isResumed of [true, false]) {
    using bench = await AcquisitionBench.open();
    if (isResumed) {
      await bench.store.writePending({ pending: bench.pending(), attendedAt: bench.time });
    }
    failing(bench, flowError({ reason: "redirect_port_taken" }));
    assert.equal(await outcome(bench), "redirect_port_taken");
    assert.equal(await bench.store.readPending() !== undefined, isResumed);
    assert.equal(await bench.store.readCooldown("sign-in") === undefined, isResumed);
  }
});

Deno.test("any other failure of a sign-in that is gone on with ends it for everybody", async () => {
  using bench = await AcquisitionBench.open();
  await bench.store.writePending({ pending: bench.pending(), attendedAt: bench.time });
  failing(bench, authentication);
  assert.equal(await outcome(bench), "access_denied");
  assert.equal(await bench.store.readPending(), undefined);
});

Deno.test("a second browser is told as that, though what it brought could not be stored", async () => {
  using bench = await AcquisitionBench.open();
  const store = { ...bench.store, complete: () => Promise.reject(flowError({ reason: "other" })) };
  bench.flows.onSignIn = async (context) => {
    await context.onCredential(bench.flows.grant()).catch(() => {});
    throw flowError({ reason: "second_browser" });
  };
  assert.equal(await outcome(bench, { store }), "second_browser");
});

Deno.test("what a second browser has brought is taken back, and what came since stays", async () => {
  for (const isReplaced of [false, true]) {
    using bench = await AcquisitionBench.open();
    bench.flows.onSignIn = async (context) => {
      await context.onCredential(bench.flows.grant());
      if (isReplaced) await bench.store.complete(bench.flows.grant());
      throw flowError({ reason: "second_browser" });
    };
    assert.equal(await outcome(bench), "second_browser");
    const left = (await bench.store.read())?.credential.accessToken;
    assert.equal(left, isReplaced ? "access-2" : undefined);
  }
  using bench = await AcquisitionBench.open();
  bench.flows.onSignIn = async (context) => {
    await context.onCredential(bench.flows.grant());
    throw flowError({ reason: "other" });
  };
  assert.equal(await outcome(bench), "other");
  assert.ok(await bench.store.read(), "any other error takes nothing back");
});

Deno.test("who is to finish what has come to its end hears of that", async () => {
  using bench = await AcquisitionBench.open();
  await assert.rejects(signIn(bench.acquisition({ takesOver: true }), bench.lease()), {
    category: "Authentication error",
    what: "the sign-in that was to be finished has come to its end",
    fix: "sign in again if you are not signed in",
    reason: "no_sign_in",
  });
});

const people: [what: string, changes: Partial<Acquisition>, isLeft: boolean, reason: string][] = [
  ["the client", {}, false, "access-2"],
  ["the client, going on with another's", {}, true, "subject_changed"],
  ["the backend, for more", { force: true }, false, "other_account"],
  ["the person, for more", { force: true, byHand: true }, false, "access-2"],
];
for (const [what, changes, isLeft, reason] of people) {
  Deno.test(`another account in a sign-in for ${what} ends in ${reason}`, async () => {
    using bench = await AcquisitionBench.open();
    await bench.storeOld();
    if (isLeft) {
      await bench.store.writePending({ pending: bench.pending(), attendedAt: bench.time });
    }
    bench.flows.onSignIn = () => Promise.resolve(bench.flows.grant({ claims: { sub: "bob" } }));
    assert.equal(await outcome(bench, changes), reason);
    const stored = (await bench.store.read())?.credential.claims?.sub;
    assert.equal(stored, { "access-2": "bob", other_account: "ada" }[reason]);
  });
}

Deno.test("what cannot be stored for a moment is used, unless it must be stored", async () => {
  for (const mustStore of [false, true]) {
    using bench = await AcquisitionBench.open();
    const store = {
      ...bench.store,
      complete: () => Promise.reject(flowError({ reason: "store_locked", transient: true })),
    };
    const expected = mustStore ? "store_locked" : "access-1";
    assert.equal(await outcome(bench, { store, mustStore }), expected);
    assert.equal(bench.recorded.lines.length, mustStore ? 0 : 1);
  }
});

Deno.test("a port is reserved until the sign-in ends; one of another process is waited for or not", async () => {
  using bench = await AcquisitionBench.open();
  const reserved: boolean[] = [];
  bench.flows.onSignIn = async (context) => {
    reserved.push(await context.reservePort(8080, { wait: false }) !== undefined);
    bench.holders.push(otherProcess);
    reserved.push(await context.reservePort(8081, { wait: false }) !== undefined);
    bench.events.push("signed in");
    return bench.flows.grant();
  };
  assert.equal(await outcome(bench), "access-1");
  assert.deepEqual(reserved, [true, false]);
  assert.deepEqual(bench.events, [
    "port 8080 for listen",
    "port 8081 for listen",
    "signed in",
    "stored",
    "lease given back",
  ]);
});

Deno.test("who waits for a port says for whom, once", async () => {
  using time = new FakeTime();
  using bench = await AcquisitionBench.open();
  bench.holders.push(otherProcess, otherProcess, otherProcess);
  let isReserved = false;
  bench.flows.onSignIn = async (context) => {
    isReserved = await context.reservePort(8080, { wait: true }) !== undefined;
    return bench.flows.grant();
  };
  let ended: string | undefined;
  outcome(bench).then((found) => ended = found);
  while (ended === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await time.pass(200);
  }
  assert.deepEqual([ended, isReserved], ["access-1", true]);
  assert.deepEqual(bench.recorded.lines, [
    "[info] waiting for process 4711, which needs port 8080 for another sign-in",
  ]);
  assert.equal(bench.events.filter((event) => event === "port 8080 for listen").length, 4);
});

interface Elsewhere {
  obtained: number;
  unwanted?: string;
  lifetime?: number;
}
const finished: [what: string, elsewhere: Elsewhere, isTaken: boolean][] = [
  ["one that came since", { obtained: 0 }, true],
  ["one from before it was begun", { obtained: -1 }, false],
  ["the one that is not wanted", { obtained: 0, unwanted: "access-1" }, false],
  ["one that has run out", { obtained: 0, lifetime: 0 }, false],
];
for (const [what, { obtained, unwanted, lifetime = 3_600_000 }, isTaken] of finished) {
  Deno.test(`what another process has finished after all is taken before a page opens again: ${what}`, async () => {
    using bench = await AcquisitionBench.open();
    const pending = bench.pending();
    await bench.store.complete(
      bench.flows.grant({
        obtainedAt: pending.startedAt + obtained,
        expiresAt: pending.startedAt + obtained + lifetime,
      }),
    );
    await bench.store.writePending({ pending, attendedAt: bench.time });
    bench.flows.onSignIn = async (context) => {
      await context.onReopen();
      return bench.flows.grant();
    };
    assert.equal(await outcome(bench, { unwanted }), isTaken ? "access-1" : "access-2");
  });
}

Deno.test("every five seconds it is looked whether another process has finished it", async () => {
  using time = new FakeTime();
  using bench = await AcquisitionBench.open();
  await bench.store.writePending({ pending: bench.pending(), attendedAt: bench.time });
  bench.flows.onSignIn = (context) =>
    new Promise((_, reject) =>
      context.signal.addEventListener("abort", () => reject(context.signal.reason))
    );
  const ended: string[] = [];
  outcome(bench).then((found) => ended.push(found));
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  };
  await settle();
  await bench.store.complete(bench.flows.grant({ obtainedAt: bench.time }));
  await bench.store.writePending({ pending: bench.pending(), attendedAt: bench.time });
  await time.pass(4_999);
  await settle();
  assert.deepEqual(ended, []);
  await time.pass(1);
  await settle();
  assert.deepEqual(ended, ["access-1"]);
});
