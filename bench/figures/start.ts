import { join } from "node:path";
import { dropFromPageCache } from "../measure/drop_from_page_cache.ts";
import type { Subject } from "../subjects/connection.ts";
import { initialize, initialized, listTools } from "../subjects/messages.ts";
import { commonEnv, type Surroundings } from "../subjects/programs.ts";
import { bridges, type Plan, type Recorder, rotated, within } from "./figure.ts";

/** From spawn to the answer to `initialize` and to the tool list, and from the end of stdin to exit. */
export async function measureStart(
  subjects: readonly Subject[],
  plan: Plan,
  options: { recorder: Recorder; surroundings: Surroundings },
): Promise<void> {
  const { recorder, surroundings } = options;
  for (let repetition = -1; repetition < plan.repetitions; repetition++) {
    const counts = repetition >= 0; // the round before the first fills the caches
    const empty = await runEmptyFile(surroundings);
    if (counts) recorder.sample("start, empty file", "empty", empty);
    for (const subject of rotated(bridges(subjects), Math.max(repetition, 0))) {
      const times = await start(subject);
      if (!counts) continue;
      recorder.sample("start, warm", subject.id, times.initialized);
      recorder.sample("start to first list, warm", subject.id, times.listed);
      recorder.sample("time to exit", subject.id, times.exit);
    }
  }
  for (let repetition = 0; repetition < plan.repetitions; repetition++) {
    for (const subject of rotated(bridges(subjects), repetition)) {
      if (!dropFromPageCache(subject.files)) return;
      const times = await start(subject);
      recorder.sample("start, cold", subject.id, times.initialized);
    }
  }
}

async function start(subject: Subject) {
  const spawned = performance.now();
  await using connection = subject.open("/json");
  const listId = 2;
  await within(30_000, connection.request(1, initialize));
  const initializedAt = performance.now();
  await connection.notify(initialized);
  await within(30_000, connection.request(listId, listTools(listId)));
  const listedAt = performance.now();
  await within(30_000, connection.end());
  return {
    initialized: initializedAt - spawned,
    listed: listedAt - spawned,
    exit: performance.now() - listedAt,
  };
}

/** What Deno itself takes: nothing that runs on it starts faster. */
async function runEmptyFile(surroundings: Surroundings): Promise<number> {
  const file = join(surroundings.home, "empty.js");
  await Deno.writeTextFile(file, "");
  const spawned = performance.now();
  await new Deno.Command(surroundings.deno, {
    args: ["run", "--quiet", file],
    env: commonEnv(surroundings),
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn().status;
  return performance.now() - spawned;
}
