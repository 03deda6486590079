import assert from "node:assert/strict";
import type { Lease } from "../../../src/credentials/leases/lease.ts";
import type { Leases } from "../../../src/credentials/leases/leases.ts";
import { withLease } from "../../../src/credentials/leases/with_lease.ts";

/** Leases that somebody else has the first times. */
function leasesTaken(times: number) {
  const events: string[] = [];
  const lease: Lease = {
    predecessor: undefined,
    lost: new AbortController().signal,
    isHeld: () => Promise.resolve(true),
    setActivity: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(void events.push("given back")),
  };
  const holder = {
    instance: "x",
    pid: 1,
    marked: false,
    activity: "create",
    heartbeatAt: 0,
  } as const;
  const leases = {
    attempt: (name, activity) => {
      events.push(`${name} for ${activity}`);
      return Promise.resolve(times-- > 0 ? holder : lease);
    },
  } as Pick<Leases, "attempt"> as Leases;
  return { leases, events };
}

Deno.test("something is done under a lease, which is waited for and given back", async () => {
  const { leases, events } = leasesTaken(2);
  const result = await withLease(leases, "data key", () => {
    events.push("done");
    return Promise.resolve(7);
  });
  assert.equal(result, 7);
  const asked = "data key for create";
  assert.deepEqual(events, [asked, asked, asked, "done", "given back"]);
});

Deno.test("a lease is given back when what was done under it fails", async () => {
  const { leases, events } = leasesTaken(0);
  const error = new Error("failed");
  await assert.rejects(withLease(leases, "data key", () => Promise.reject(error)), error);
  assert.deepEqual(events, ["data key for create", "given back"]);
});
