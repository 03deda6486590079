import assert from "node:assert/strict";
import { join } from "node:path";
import type { Results } from "../../bench/report/results.ts";
import { table } from "../../bench/report/table.ts";
import { withRoundTrips } from "../../bench/report/with_round_trips.ts";
import { repository } from "../support/paths.ts";

const whole: Results = JSON.parse(
  await Deno.readTextFile(join(repository, "bench/results.json")),
);
const summary = { median: 4.25, low: 4.25, high: 4.25, count: 7 };
const apart: Results = {
  ...whole,
  date: "2031-02-03T04:05:06.789Z",
  figures: {
    "round trips, start to first list, HTTP/1.1": { source: summary },
    "size in bytes": { bundle: { ...summary, median: 1 } },
  },
  failures: [],
  targets: [
    {
      target: "a list",
      subject: "source",
      limit: 4.6,
      measured: 4.25,
      unit: "round trips",
      met: true,
    },
    { target: "bundle, minified", subject: "bundle", limit: 1, measured: 1, unit: "kB", met: true },
  ],
};

Deno.test("withRoundTrips: takes the round trips, their targets and their date, and nothing else", () => {
  const both = withRoundTrips(whole, apart);
  assert.equal(both.date, whole.date);
  assert.equal(both.roundTrips?.date, apart.date);
  assert.deepEqual(both.figures["size in bytes"], whole.figures["size in bytes"]);
  assert.deepEqual(
    both.targets.filter(({ unit }) => unit === "round trips").map(({ target }) => target),
    ["a list"],
  );
  assert.match(
    table(both),
    /^Measured apart, 2031-02-03; .*\n\n.*\n.*\n\| round trips, start to first list, HTTP\/1\.1 \| 4\.25 \|/m,
  );
});

Deno.test("withRoundTrips: those of a run before are gone", () => {
  const first = withRoundTrips(whole, apart);
  const second = withRoundTrips(first, { ...apart, figures: {}, targets: [] });
  assert.ok(!Object.keys(second.figures).some((figure) => figure.startsWith("round trips")));
  assert.ok(!second.targets.some(({ unit }) => unit === "round trips"));
});
