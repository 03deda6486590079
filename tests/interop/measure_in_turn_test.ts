import { deepEqual, rejects } from "node:assert/strict";
import type { Era } from "./connection.ts";
import type { Feature } from "./features/feature.ts";
import { measureInTurn } from "./measure_in_turn.ts";
import type { FeatureMeasurement } from "./measure_feature.ts";

const feature = (name: string, more: Partial<Feature> = {}): Feature => ({
  name,
  run: () => Promise.reject(new Error("nobody runs it here")),
  ...more,
});
const features = [
  feature("progress"),
  feature("cancel", { needs: "progress" }),
  feature("roots", { only: "2025" }),
  feature("tools"),
];
const ok = { ok: true } as const;
const failed = { ok: false, why: "none came" } as const;

/** What is tried, and what is told of the rest, when progress comes to this. */
async function measureAll(
  progress: Omit<FeatureMeasurement, "ms">,
  options: { era?: Era; failureCountsOnce?: boolean; signal?: AbortSignal } = {},
) {
  const tried: string[] = [];
  const told: unknown[] = [];
  const measuring = measureInTurn(features, {
    era: "2025",
    signal: new AbortController().signal,
    measure({ name }) {
      tried.push(name);
      return Promise.resolve({ ms: 1, ...name === "progress" ? progress : { program: ok } });
    },
    ...options,
  });
  for await (const { feature, direct } of measuring) {
    if (!tried.includes(feature)) told.push([feature, direct]);
  }
  return { tried, told };
}

Deno.test("what needs a feature that a direct client does not find is not tried", async () => {
  deepEqual(await measureAll({ direct: failed }), {
    tried: ["progress", "roots", "tools"],
    told: [["cancel", failed]],
  });
});

Deno.test("what needs a feature that failed through the program is tried, unless it counts once", async () => {
  const progress = { direct: ok, program: failed };
  const all = ["progress", "cancel", "roots", "tools"];
  deepEqual(await measureAll(progress), { tried: all, told: [] });
  deepEqual(await measureAll(progress, { failureCountsOnce: true }), {
    tried: ["progress", "roots", "tools"],
    told: [["cancel", { ok: false, why: "not without progress" }]],
  });
  deepEqual(await measureAll({ program: ok }, { failureCountsOnce: true }), {
    tried: all,
    told: [],
  });
});

Deno.test("what another protocol has is left out", async () => {
  const { tried } = await measureAll({ program: ok }, { era: "2026" });
  deepEqual(tried, ["progress", "cancel", "tools"]);
});

Deno.test("nothing more is tried once the run was ended", async () => {
  const signal = AbortSignal.abort(new Error("ended by SIGINT"));
  await rejects(measureAll({ program: ok }, { signal }), /ended by SIGINT/);
});
