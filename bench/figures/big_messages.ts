import { describe } from "../../src/base/errors.ts";
import { peakMemoryOf } from "../measure/process_stats.ts";
import type { Subject } from "../subjects/connection.ts";
import { callForResult, callWithArgument } from "../subjects/messages.ts";
import { openSession } from "../subjects/open_session.ts";
import { type Plan, type Recorder, rotated, within } from "./figure.ts";

/** What is big, and how it is answered: an argument travels the same way whatever the answer is. */
const transfers = [
  { direction: "result", path: "/json", call: callForResult },
  { direction: "result", path: "/sse", call: callForResult },
  { direction: "argument", path: "/json", call: callWithArgument },
] as const;
const megabyte = 1_000_000;
const patience = 30_000;

/** Time and peak memory of one big result or argument, in a fresh process each time. */
export async function measureBigMessages(
  subjects: readonly Subject[],
  plan: Plan,
  recorder: Recorder,
): Promise<void> {
  for (const megabytes of plan.megabytes) {
    for (const { direction, path, call } of transfers) {
      const name = `${megabytes} MB ${direction}, ${path.slice(1)}`;
      for (let repetition = 0; repetition < plan.repetitions; repetition++) {
        for (const subject of rotated(subjects, repetition)) {
          if (recorder.failed(name, subject.id)) continue;
          try {
            await using session = await openSession(subject, { path, warmUp: 20 });
            const { connection } = session;
            const id = session.nextId();
            const text = call(id, megabytes * megabyte);
            const sent = performance.now();
            const answer = await within(patience, connection.request(id, text));
            const time = performance.now() - sent;
            const whole = direction === "result"
              ? answer.bytes > megabytes * megabyte
              : JSON.stringify(answer.message?.result).includes(" bytes");
            if (!whole) throw new Error(answer.message?.error?.message ?? "a cut answer");
            recorder.sample(`${name}, time`, subject.id, time);
            const peak = connection.pid && await peakMemoryOf(connection.pid);
            if (peak) recorder.sample(`${name}, peak memory`, subject.id, peak);
          } catch (error) {
            recorder.failure(name, subject.id, describe(error));
          }
        }
      }
    }
  }
}
