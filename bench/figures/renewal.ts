import { join } from "node:path";
import { startProvider } from "../counterparts/provider.ts";
import { storeCredential } from "../counterparts/stored_credential.ts";
import { quantile } from "../measure/statistics.ts";
import type { Subject } from "../subjects/connection.ts";
import { smallCall } from "../subjects/messages.ts";
import { openSession } from "../subjects/open_session.ts";
import type { Surroundings } from "../subjects/programs.ts";
import { type Plan, type Recorder, rotated, within } from "./figure.ts";

/** Of the access token, in milliseconds: it is renewed when about three quarters are over. */
const lifetime = 6_000;

/** What a renewal does is done within so many milliseconds before and after its request. */
const around = 300;

/** How much longer than others a call takes that is made while the credential is renewed. */
export async function measureRenewal(
  subjects: readonly Subject[],
  plan: Plan,
  options: { recorder: Recorder; surroundings: Surroundings },
): Promise<void> {
  const { recorder, surroundings } = options;
  const ours = subjects.filter(({ id }) => ["source", "bundle", "executable"].includes(id));
  for (let repetition = 0; repetition < plan.repetitions; repetition++) {
    for (const subject of rotated(ours, repetition)) {
      const calls = await callsAroundRenewal(subject, surroundings);
      recorder.sample("renewal, median call", subject.id, quantile(calls.times, 0.5));
      recorder.sample("renewal, slowest call around it", subject.id, calls.slowest);
      recorder.sample("renewal, slowest call before it", subject.id, calls.slowestBefore);
    }
  }
}

async function callsAroundRenewal(subject: Subject, { home, token }: Surroundings) {
  await using provider = startProvider(token);
  const directory = await Deno.makeTempDir({ dir: home });
  const credential = await storeCredential({
    directory: join(directory, "cache"),
    token,
    issuer: provider.issuer,
    lifetime,
  });
  await using session = await openSession(subject, { path: "/json", warmUp: 1_000, credential });
  const calls: { began: number; ended: number }[] = [];
  let renewedAt = Infinity;
  provider.renewedAt.then((at) => renewedAt = at);
  await within(
    3 * lifetime,
    (async () => {
      while (performance.now() < renewedAt + around) {
        const id = session.nextId();
        const text = smallCall(id);
        const began = performance.now();
        await session.connection.request(id, text);
        calls.push({ began, ended: performance.now() });
      }
    })(),
  );
  const timesWithin = (from: number, to: number) =>
    calls.filter(({ began, ended }) => ended > from && began < to)
      .map(({ began, ended }) => ended - began);
  return {
    times: timesWithin(0, Infinity),
    slowest: Math.max(...timesWithin(renewedAt - around, renewedAt + around)),
    slowestBefore: Math.max(...timesWithin(renewedAt - 3 * around, renewedAt - around)),
  };
}
