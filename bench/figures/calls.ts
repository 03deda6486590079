import { quantile } from "../measure/statistics.ts";
import type { BackendPath, Subject } from "../subjects/connection.ts";
import { smallCall } from "../subjects/messages.ts";
import { openSession, type Session } from "../subjects/open_session.ts";
import { type Plan, type Recorder, rotated, within } from "./figure.ts";

/** Latency of one call after the other, and calls a second with several in flight. */
export async function measureCalls(
  subjects: readonly Subject[],
  plan: Plan,
  recorder: Recorder,
): Promise<void> {
  for (const path of ["/json", "/sse", "/jwt"] as const) {
    await withSessions(subjects, path, async (sessions) => {
      for (let repetition = 0; repetition < plan.repetitions; repetition++) {
        const medians = new Map<string, { p50: number; p99: number }>();
        for (const subject of rotated(subjects, repetition)) {
          const times = await latencies(sessions.get(subject.id)!, plan.latencyCalls);
          medians.set(subject.id, { p50: quantile(times, 0.5), p99: quantile(times, 0.99) });
        }
        const floor = medians.get("floor")!;
        for (const [id, { p50, p99 }] of medians) {
          recorder.sample(`latency p50, ${path.slice(1)}`, id, p50);
          recorder.sample(`latency p99, ${path.slice(1)}`, id, p99);
          if (id === "floor") continue;
          recorder.sample(`added latency p50, ${path.slice(1)}`, id, p50 - floor.p50);
          recorder.sample(`added latency p99, ${path.slice(1)}`, id, p99 - floor.p99);
        }
      }
      if (path === "/jwt") return;
      for (const inFlight of plan.inFlight) {
        for (let repetition = 0; repetition < plan.repetitions; repetition++) {
          for (const subject of rotated(subjects, repetition)) {
            const session = sessions.get(subject.id)!;
            const rate = await throughput(session, { inFlight, calls: plan.throughputCalls });
            recorder.sample(`calls/s, ${inFlight} in flight, ${path.slice(1)}`, subject.id, rate);
          }
        }
      }
    });
  }
}

async function withSessions(
  subjects: readonly Subject[],
  path: BackendPath,
  use: (sessions: ReadonlyMap<string, Session>) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const sessions = new Map<string, Session>();
  for (const subject of subjects) {
    sessions.set(subject.id, stack.use(await openSession(subject, { path, warmUp: 500 })));
  }
  await use(sessions);
}

async function latencies(session: Session, calls: number): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < calls; call++) {
    const id = session.nextId();
    const text = smallCall(id);
    const sent = performance.now();
    await session.connection.request(id, text);
    times.push(performance.now() - sent);
  }
  return times;
}

/** Calls a second with so many requests always under way. */
export async function throughput(
  session: Session,
  options: { inFlight: number; calls: number },
): Promise<number> {
  let left = options.calls;
  const worker = async () => {
    while (left-- > 0) {
      const id = session.nextId();
      await session.connection.request(id, smallCall(id));
    }
  };
  const began = performance.now();
  await within(120_000, Promise.all(Array.from({ length: options.inFlight }, worker)));
  return options.calls / (performance.now() - began) * 1000;
}
