import assert from "node:assert/strict";
import { v8Flags } from "../../../scripts/build/executable.ts";
import { type SeededRandom, seededRandom } from "../../bridge/seeded_random.ts";
import { startCompany } from "../../support/company.ts";
import type { FaultName } from "../../support/faults.ts";
import { type FaultyBackend, startFaultyBackend } from "../../support/faulty_backend.ts";
import { memoryOf } from "../../support/process_figures.ts";

const requests = 20_000;
const inFlight = 32;

/** How the backend answers, and how often of a hundred times. */
const behaviours: [FaultName, number][] = [
  ["good json", 45],
  ["good events", 15],
  ["good events, one by one", 15],
  ["good json, later", 10],
  ["a stream that is cut and can be resumed, twice", 4],
  ["a stream cut before the answer", 3],
  ["a stream cut after the answer", 2],
  ["a stream that ends at once", 2],
  ["a connection reset without an answer", 2],
  ["503", 1],
  ["500", 1],
];

/** Restarts the backend and drops its sessions, at random, until it is told to stop. */
async function plague(backend: FaultyBackend, random: SeededRandom, signal: AbortSignal) {
  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
  while (!signal.aborted) {
    await pause(200 + random.below(800));
    if (signal.aborted) return;
    if (random.below(2) === 0) {
      backend.loseSessions(random.pick(["404", "400 that says so"]));
      continue;
    }
    await backend.down();
    await pause(random.below(300));
    await backend.up();
    backend.loseSessions("404");
  }
}

Deno.test("20,000 requests, 32 in flight, and a backend that plays every trick", async () => {
  const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
  console.log(`SEED=${seed}`);
  const random = seededRandom(seed);
  await using backend = await startFaultyBackend();
  await using company = await startCompany({ backend: backend.url });
  await using program = await company.start({
    args: [backend.url.href, "--silent"],
    // As executables have it.
    env: { DENO_V8_FLAGS: v8Flags.join(",") },
  });
  await Promise.all([company.signIn(), program.initialize()]);

  const stop = new AbortController();
  const plagued = plague(backend, random, stop.signal);
  const outcomes = new Map<string, number>();
  let sent = 0;
  let memoryEarly = 0;
  const begin = performance.now();
  const worker = async () => {
    while (sent < requests) {
      sent++;
      if (sent === 2000) memoryEarly = await memoryOf(program.pid);
      let dice = random.below(100);
      const [name] = behaviours.find(([, share]) => (dice -= share) < 0) ?? behaviours[0]!;
      const { result, error } = await program.request("tools/call", { name });
      const outcome = result ? "result" : String(error?.data?.reason ?? error?.code);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  stop.abort();
  await plagued;
  const memoryLate = await memoryOf(program.pid);
  const seconds = Math.round((performance.now() - begin) / 1000);
  const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  console.log(
    `${sent} requests in ${seconds} s; memory ${megabytes(memoryEarly)} after 2,000, ` +
      `${megabytes(memoryLate)} at the end;`,
    Object.fromEntries(outcomes),
  );

  const answered = new Map<unknown, number>();
  for (const message of program.messages) {
    assert.ok(message, "a line that is no JSON");
    if (message.method === undefined) answered.set(message.id, (answered.get(message.id) ?? 0) + 1);
  }
  // initialize is among them.
  assert.equal(answered.size, sent + 1);
  for (const [id, times] of answered) assert.equal(times, 1, `${id} was answered ${times} times`);
  assert.ok(outcomes.get("result")! > requests * 0.75, "most of it should have worked");
  assert.ok(memoryLate <= memoryEarly * 1.2, "memory grows");
  await program.endInput();
  assert.equal((await program.exit).code, 0);
});
