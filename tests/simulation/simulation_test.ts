import assert from "node:assert/strict";
import { loadProgram } from "./load_program.ts";
import { runSeeds } from "./run_seeds.ts";
import { type Outcome, simulate } from "./simulate.ts";

/** CI plays 5,000 others, and `deno task test:simulation` 100,000. */
const seeds = Array.from({ length: 60 }, (_, at) => 1_000_000 + at);

Deno.test("whatever happens on the way, the program keeps what it promises", async () => {
  const failures: Outcome[] = [];
  await runSeeds(await loadProgram(), seeds, (outcome) => failures.push(outcome) > 0);
  const [failure] = failures;
  assert.equal(
    failure?.violation,
    undefined,
    `deno task test:simulation --seed ${failure?.seed} shows what happened`,
  );
});

Deno.test("a seed is played the same way each time, alone or behind others", async () => {
  const start = await loadProgram();
  const seed = 1_000_007;
  const alone = await simulate(start, seed, { keepTrace: true });
  for (const before of [1, 2, 3]) await simulate(start, before);
  const behind = await simulate(await loadProgram(), seed, { keepTrace: true });
  assert.deepEqual(behind.trace, alone.trace);
  assert.equal(behind.hash, alone.hash);
  assert.ok(alone.trace.length > 20, "something happens in it");
  const silent = await simulate(start, seed);
  assert.equal(silent.hash, alone.hash, "whether the trace is kept changes nothing");
  const another = await simulate(start, seed + 1);
  assert.notEqual(another.hash, alone.hash);
});
