import assert from "node:assert/strict";
import { signInUnderWay } from "../../src/credentials/sign_in_under_way.ts";
import type {
  CredentialStore,
  StoredDevice,
  StoredPending,
} from "../../src/credentials/store/credential_store.ts";

const now = 1_000_000;
type Times = [startedAt: number, expiresAt: number];
const fresh: Times = [now - 1_000, now + 1];

const pendingOf = ([startedAt, expiresAt]: Times) =>
  ({ pending: { state: "the-state", startedAt, expiresAt } }) as StoredPending;
const deviceOf = ([startedAt, expiresAt]: Times) =>
  ({ device: { deviceCode: "the-code", startedAt, expiresAt } }) as StoredDevice;

function underWay(pending?: StoredPending, device?: StoredDevice) {
  const store = {
    readPending: () => Promise.resolve(pending),
    readDevice: () => Promise.resolve(device),
  } as Pick<CredentialStore, "readPending" | "readDevice"> as CredentialStore;
  return signInUnderWay(store, now);
}

Deno.test("a sign-in is under way by its request, else by its device code", async () => {
  const [authorization, device] = [pendingOf(fresh), deviceOf([now, now + 2])];
  const byRequest = { authorization, id: "the-state", expiresAt: now + 1 };
  const byDevice = { device, id: "the-code", expiresAt: now + 2 };
  assert.deepEqual(await underWay(authorization, device), byRequest);
  assert.deepEqual(await underWay(authorization), byRequest);
  assert.deepEqual(await underWay(undefined, device), byDevice);
  assert.deepEqual(await underWay(pendingOf([0, now]), device), byDevice);
  assert.equal(await underWay(), undefined);
});

Deno.test("one that is over, or began long after now, is none", async () => {
  const rows: [Times, boolean][] = [
    [[0, now + 1], true],
    [[0, now], false],
    [[now + 59_999, now + 100_000], true],
    [[now + 60_000, now + 100_000], false],
  ];
  for (const [times, isUnderWay] of rows) {
    assert.equal(await underWay(pendingOf(times)) !== undefined, isUnderWay);
    assert.equal(await underWay(undefined, deviceOf(times)) !== undefined, isUnderWay);
  }
});
