import assert from "node:assert/strict";
import type { Credential } from "../../src/base/credential.ts";
import { createRenewalSchedule } from "../../src/credentials/renewal_schedule.ts";
import { isValid, renewalTime } from "../../src/credentials/validity.ts";
import { createLog } from "../../src/base/log.ts";
import { flowError } from "./scripted_flows.ts";
import { FakeTime } from "./fake_time.ts";

const hour = 3_600_000;

function credential(obtainedAt: number, lifetime = hour): Credential {
  return {
    issuer: "https://auth.example/",
    clientId: "client",
    accessToken: `at ${obtainedAt}`,
    tokenType: "Bearer",
    refreshToken: "refresh",
    obtainedAt,
    expiresAt: obtainedAt + lifetime,
  };
}

function rig(renew: (time: FakeTime) => Promise<Credential>) {
  const time = new FakeTime();
  const renewals: number[] = [];
  const schedule = createRenewalSchedule({
    now: () => time.now,
    log: createLog({ level: "error" }),
    random: () => 0,
    async renew() {
      renewals.push(time.now);
      schedule.follow(await renew(time));
    },
  });
  return {
    time,
    renewals,
    schedule,
    [Symbol.dispose]() {
      schedule.stop();
      time[Symbol.dispose]();
    },
  };
}

Deno.test("renewal ahead of time lies before the end of validity, whatever the lifetime and chance", () => {
  for (const lifetime of [1_000, 10_000, 300_000, 301_000, hour, 24 * hour]) {
    for (const random of [0, 0.5, 1]) {
      const given = credential(0, lifetime);
      const at = renewalTime(given, random);
      assert.ok(at !== undefined && isValid(given, at));
      assert.ok(at >= lifetime * 0.7 && at <= lifetime * 0.8);
    }
  }
  assert.equal(renewalTime({ ...credential(0), expiresAt: undefined }, 0), undefined);
  assert.equal(renewalTime(credential(0, 0), 0), undefined, "over when it comes");
});

Deno.test("while requests are made, the credential is renewed at about 80 % of its lifetime", async () => {
  using room = rig((time) => Promise.resolve(credential(time.now)));
  const { schedule, time, renewals } = room;
  schedule.follow(credential(0));
  for (let minute = 0; minute < 120; minute++) {
    schedule.used();
    await time.pass(60_000);
  }
  assert.equal(renewals.length, 2);
  assert.ok(renewals[0] >= 0.7 * hour && renewals[0] <= 0.8 * hour, String(renewals));
});

Deno.test("after ten minutes without a request nothing is renewed until the next one", async () => {
  using room = rig((time) => Promise.resolve(credential(time.now)));
  const { schedule, time, renewals } = room;
  schedule.follow(credential(0));
  schedule.used();
  await time.pass(10 * hour);
  assert.deepEqual(renewals, []);
  schedule.used();
  await time.pass(0);
  assert.deepEqual(renewals, [10 * hour]);
});

Deno.test("a renewal that fails for the moment is tried again, any other is not", async () => {
  let transient = true;
  using room = rig(() => Promise.reject(flowError({ transient, retryAfter: 20_000 })));
  const { schedule, time, renewals } = room;
  schedule.follow(credential(0));
  await time.pass(0.78 * hour - 1);
  schedule.used();
  await time.pass(1);
  assert.equal(renewals.length, 1);
  await time.pass(19_999);
  assert.equal(renewals.length, 1);
  transient = false;
  await time.pass(1);
  assert.equal(renewals.length, 2);
  schedule.used();
  await time.pass(hour);
  assert.equal(renewals.length, 2);
});
