import { memoryOf, processorTimeOf, wakeUpsOf } from "../measure/process_stats.ts";
import type { Subject } from "../subjects/connection.ts";
import { openSession, type Session } from "../subjects/open_session.ts";
import { bridges, type Plan, type Recorder } from "./figure.ts";

/** Whose processes are started by the hundred: what people install. */
const compared = ["executable", "bundle", "mcp-remote"];

/** How many start at the same time. */
const atATime = 4;

/** What each of many idle proxies on one machine costs, when all of them are of one kind. */
export async function measureManyIdle(
  subjects: readonly Subject[],
  plan: Plan,
  recorder: Recorder,
): Promise<void> {
  for (const subject of bridges(subjects).filter(({ id }) => compared.includes(id))) {
    await using stack = new AsyncDisposableStack();
    const sessions: Session[] = [];
    let left = plan.manyIdle;
    await Promise.all(Array.from({ length: atATime }, async () => {
      while (left-- > 0) {
        sessions.push(stack.use(await openSession(subject, { path: "/sse", warmUp: 10 })));
      }
    }));
    const pids = sessions.map(({ connection }) => connection.pid!);
    const sumOf = async (measure: (pid: number) => Promise<number | undefined>) => {
      let sum = 0;
      for (const pid of pids) sum += await measure(pid) ?? NaN;
      return sum;
    };
    await seconds(5); // what follows a start is not idleness
    const before = { time: await sumOf(processorTimeOf), wakeUps: await sumOf(wakeUpsOf) };
    await seconds(plan.idleSeconds);
    const spent = await sumOf(processorTimeOf) - before.time;
    const wakeUps = await sumOf(wakeUpsOf) - before.wakeUps;
    const each = (figure: string, sum: number) => {
      if (Number.isNaN(sum)) return;
      recorder.sample(`${plan.manyIdle} idle: ${figure}`, subject.id, sum / pids.length);
    };
    each("memory of each, proportional", await sumOf(async (pid) => (await memoryOf(pid)).pss));
    each("memory of each, private", await sumOf(async (pid) => (await memoryOf(pid)).private));
    each("wake-ups of each a second", wakeUps / plan.idleSeconds);
    each("processor time of each", spent / (plan.idleSeconds * 1000));
  }
}

function seconds(count: number): Promise<void> {
  return new Promise((done) => setTimeout(done, count * 1000));
}
