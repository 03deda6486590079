import { ok } from "node:assert/strict";
import { join } from "node:path";
import { repository } from "../support/paths.ts";
import { findCounterparts } from "./counterparts.ts";
import { expectedFailures } from "./expected_failures.ts";
import { features } from "./features/list.ts";
import { clientFeatures } from "./measure_client.ts";
import { exercises } from "./one_era/exercises.ts";
import { allFlows } from "./flows/all_flows.ts";
import { providerFailures } from "./provider_failures.ts";

Deno.test("the names of counterparts are unique", async () => {
  const names = Object.values(await findCounterparts()).flat().map(({ name }) => name);
  for (const name of names) {
    ok(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name), name);
    ok(names.indexOf(name) === names.lastIndexOf(name), `${name} is there twice`);
  }
});

Deno.test("every expected failure names a counterpart and a feature that there are", async () => {
  const { backends, oneEra, gateways, clients, providers } = await findCounterparts();
  const rows = new Set(
    [...backends, ...gateways, ...clients, ...providers].flatMap((counterpart) => {
      const speaks = "backend" in counterpart ? counterpart.backend : counterpart;
      const eras = "eras" in speaks ? speaks.eras ?? [] : [];
      return eras.length > 1 ? eras.map((era) => `${counterpart.name}@${era}`) : [counterpart.name];
    }),
  );
  const columns = new Set([
    "start",
    "sign-in",
    ...clientFeatures,
    ...[...features, ...allFlows].map(({ name }) => name),
    ...clients.flatMap(({ name, eras = [] }) =>
      eras.flatMap((era) => exercises.map((exercise) => `${name}@${era}: ${exercise.name}`))
    ),
  ]);
  for (const { name } of oneEra) rows.add(name);
  for (const [row, failures] of Object.entries({ ...expectedFailures, ...providerFailures })) {
    ok(rows.has(row), `there is no ${row}`);
    for (const feature of Object.keys(failures)) ok(columns.has(feature), `there is no ${feature}`);
  }
});

Deno.test("docs/compatibility.md tells of every fault of others that is expected", async () => {
  const page = await Deno.readTextFile(join(repository, "docs", "compatibility.md"));
  for (const row of Object.values(expectedFailures)) {
    for (const expected of Object.values(row)) {
      if (typeof expected !== "object") continue;
      ok(page.includes(`\n### ${expected.title}\n`), `the page has no heading "${expected.title}"`);
    }
  }
});
