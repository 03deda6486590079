import { memoryOf, processorTimeOf } from "../measure/process_stats.ts";
import type { Subject } from "../subjects/connection.ts";
import { openSession, type Session } from "../subjects/open_session.ts";
import { throughput } from "./calls.ts";
import { bridges, type Plan, type Recorder, rotated } from "./figure.ts";

/** Memory and processor time of programs that are left alone, then used a lot, then left alone. */
export async function measureResidence(
  subjects: readonly Subject[],
  plan: Plan,
  recorder: Recorder,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const residents: { subject: Subject; session: Session; pid: number; idle?: number }[] = [];
  for (let process = 0; process < plan.idleProcesses; process++) {
    for (const subject of rotated(bridges(subjects), process)) {
      const session = stack.use(await openSession(subject, { path: "/sse", warmUp: 10 }));
      residents.push({ subject, session, pid: session.connection.pid! });
    }
  }
  await seconds(5); // what follows a start is not idleness
  const used = new Map<number, number>();
  for (const { pid } of residents) used.set(pid, await processorTimeOf(pid));
  await seconds(plan.idleSeconds);
  for (const resident of residents) {
    const { subject, pid } = resident;
    const busy = await processorTimeOf(pid) - used.get(pid)!;
    recorder.sample("idle processor time", subject.id, busy / (plan.idleSeconds * 1000));
    const memory = await memoryOf(pid);
    resident.idle = memory.rss;
    recorder.sample("idle memory, resident", subject.id, memory.rss);
    if (memory.pss) recorder.sample("idle memory, proportional", subject.id, memory.pss);
    if (memory.private) recorder.sample("idle memory, private", subject.id, memory.private);
  }
  for (const { subject, session, pid } of residents) {
    const before = await processorTimeOf(pid);
    await throughput(session, { inFlight: 4, calls: plan.manyCalls });
    const busy = await processorTimeOf(pid) - before;
    recorder.sample("processor time of 1,000 calls", subject.id, busy / plan.manyCalls * 1000);
  }
  // As long as before: V8 tidies up when a program has been idle for half a minute.
  await seconds(plan.idleSeconds);
  for (const { subject, pid, idle } of residents) {
    const { rss } = await memoryOf(pid);
    recorder.sample(`memory after ${plan.manyCalls} calls`, subject.id, rss);
    recorder.sample(`memory growth over ${plan.manyCalls} calls`, subject.id, rss - idle!);
  }
}

function seconds(count: number): Promise<void> {
  return new Promise((done) => setTimeout(done, count * 1000));
}
