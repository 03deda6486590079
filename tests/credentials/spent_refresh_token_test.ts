import assert from "node:assert/strict";
import { join } from "node:path";
import { acquireCredential } from "../../src/credentials/acquire_credential.ts";
import { RefreshError } from "../../src/base/refresh_error.ts";
import { asking, background, reasonOf, Room } from "./room.ts";
import { until } from "../support/until.ts";
import { isLease } from "../../src/credentials/leases/leases.ts";
import { within } from "../support/within.ts";
import { flowError } from "./scripted_flows.ts";

Deno.test("a refresh token that a dead process may have spent is not used again", async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.closeAll();
  room.time += 3_600_000;
  using other = await room.otherProcess();
  const stored = await other.credentials.read();
  assert.ok(stored);
  await other.credentials.beginSpending(stored);
  assert.equal((await room.source().current(asking())).accessToken, "access-2");
  assert.equal(room.flows.refreshes, 0);
  assert.equal(room.flows.signIns, 2);
});

Deno.test("unless the provider is known to give the same refresh token again", async () => {
  await using room = new Room();
  room.flows.onRefresh = (credential) =>
    Promise.resolve(room.flows.grant({ refreshToken: credential.refreshToken }));
  const source = room.source();
  await source.current(asking());
  await source.renewed("access-1", asking());
  await room.closeAll();
  room.time += 3_600_000;
  using other = await room.otherProcess();
  const stored = await other.credentials.read();
  assert.ok(stored);
  await other.credentials.beginSpending(stored);
  assert.equal((await room.source().current(asking())).accessToken, "access-3");
  assert.equal(room.flows.signIns, 1);
});

Deno.test("a failed refresh leaves no such doubt behind", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.flows.onRefresh = () => Promise.reject(new Error("a defect"));
  await reasonOf(source.renewed("access-1", asking()));
  await room.closeAll();
  using other = await room.otherProcess();
  assert.equal((await other.credentials.read())?.maybeSpent, false);
});

Deno.test("who was frozen does not spend what another process is spending, nor ends its note", async () => {
  await using room = new Room();
  await room.source().current(asking());
  using frozen = await room.otherProcess();
  using next = await room.otherProcess();
  const before = await frozen.credentials.read();
  const stored = await next.credentials.read();
  assert.ok(before && stored);
  assert.equal(await next.credentials.beginSpending(stored), true);
  assert.equal(await frozen.credentials.beginSpending(before), false);
  await frozen.credentials.endSpending();
  assert.equal((await next.credentials.read())?.maybeSpent, true);
  await next.credentials.endSpending();
  assert.equal((await next.credentials.read())?.maybeSpent, false);
});

Deno.test("what is only sealed anew meanwhile is still being spent", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  using other = await room.otherProcess();
  room.flows.onRefresh = async () => {
    const changed = room.source({}, { encryption: "none" });
    await changed.ready;
    assert.equal((await other.credentials.read())?.maybeSpent, true);
    return room.flows.grant();
  };
  assert.equal((await source.renewed("access-1", background())).accessToken, "access-2");
  const stored = await other.credentials.read();
  assert.equal(stored?.credential.accessToken, "access-2");
  assert.equal(stored.maybeSpent, false);
});

Deno.test("what comes of a refresh is kept, though others have given it up meanwhile", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  using other = await room.otherProcess();
  room.flows.onRefresh = async () => {
    // As whoever takes the lease over from a process that was frozen while it refreshed.
    const stored = await other.credentials.read();
    assert.ok(stored?.maybeSpent);
    const { refreshToken: _, ...rest } = stored.credential;
    assert.ok(await other.credentials.replace(stored, rest));
    return room.flows.grant();
  };
  assert.equal((await source.renewed("access-1", background())).accessToken, "access-2");
  assert.equal((await other.credentials.read())?.credential.refreshToken, "refresh-2");
});

Deno.test("what comes of a refresh gives way to a sign-in that somebody made meanwhile", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  using other = await room.otherProcess();
  room.flows.onRefresh = async () => {
    await other.credentials.complete(room.flows.grant({ accessToken: "by hand" }));
    return room.flows.grant();
  };
  assert.equal((await source.renewed("access-1", background())).accessToken, "by hand");
  assert.equal((await other.credentials.read())?.credential.accessToken, "by hand");
});

Deno.test("ending between two attempts leaves neither doubt nor cooldown to the next start", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  room.flows.onRefresh = () => Promise.reject(flowError({ transient: true, retryAfter: 4_000 }));
  const renewed = reasonOf(source.renewed("access-1", asking()));
  await until(
    () => room.logged("info").some((line) => line.includes("trying again")),
    "the second try",
  );
  await source.close();
  assert.equal(await renewed, "closing");
  using other = await room.otherProcess();
  assert.equal((await other.credentials.read())?.maybeSpent, false);
  assert.equal(await other.credentials.readCooldown("refresh"), undefined);
});

Deno.test("the note of a spent refresh token stays when its replacement cannot be stored", async () => {
  await using room = new Room();
  await room.source().current(asking());
  await room.closeAll();
  room.time += 3_600_000;
  room.flows.onRefresh = () =>
    Promise.reject(
      new RefreshError(flowError({ reason: "invalid_response" }), {
        fate: "replaced",
        replacement: "refresh-2",
      }),
    );
  using process = await room.otherProcess();
  const { signal } = new AbortController();
  const acquiring = acquireCredential({
    store: {
      ...process.credentials,
      replace: () => Promise.reject(flowError({ reason: "store_locked", transient: true })),
    },
    leases: process.leases,
    flows: room.flows,
    log: room.log,
    now: room.now,
    unwanted: undefined,
    refused: false,
    interactive: false,
    byHand: false,
    force: false,
    mustStore: false,
    signal,
    refreshSignal: signal,
    onWaiting: () => {},
    onStage: () => {},
    onInvitation: () => {},
  });
  assert.equal(await reasonOf(acquiring), "invalid_response");
  const stored = await process.credentials.read();
  assert.equal(stored?.credential.refreshToken, "refresh-1");
  assert.equal(stored?.maybeSpent, true, "nobody sends it again");
});

Deno.test("who has lost the lease between two attempts uses what came of it meanwhile", async () => {
  await using room = new Room();
  const source = room.source();
  await source.current(asking());
  using other = await room.otherProcess();
  const taken = Promise.withResolvers<AsyncDisposable>();
  room.flows.onRefresh = async () => {
    // As whoever takes it over after a silence does.
    const kv = await Deno.openKv(join(room.cacheDir, "cache.db"));
    const leases = await Array.fromAsync(kv.list({ prefix: [2, "lease"] }));
    for (const { key } of leases) await kv.delete(key);
    kv.close();
    const lease = await other.leases.attempt(`credential ${other.credentials.digest}`, "refresh");
    assert.ok(isLease(lease));
    taken.resolve(lease);
    throw flowError({ reason: "provider_unreachable", transient: true });
  };
  const renewed = Promise.resolve(source.renewed("access-1", background()));
  const lease = await within(taken.promise, { what: "the first attempt" });
  await until(
    () => room.lines.some((line) => line.includes("trying again")),
    "the pause before the next attempt",
  );
  const stored = await other.credentials.read();
  assert.ok(stored);
  assert.equal(await other.credentials.replace(stored, room.flows.grant()), true);
  await lease[Symbol.asyncDispose]();
  assert.equal((await within(renewed, { what: "the credential" })).accessToken, "access-2");
  assert.equal(room.flows.refreshes, 1);
});
