import assert from "node:assert/strict";
import { join } from "node:path";
import { between } from "../../bench/report/between.ts";
import type { Results } from "../../bench/report/results.ts";
import { summary } from "../../bench/report/summary.ts";
import { table } from "../../bench/report/table.ts";
import { repository } from "../support/paths.ts";

/** Without what `deno fmt` decides: where lines break, and how wide the columns of a table are. */
function unformatted(text: string): string {
  return text.replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ");
}

const results: Results = JSON.parse(
  await Deno.readTextFile(join(repository, "bench/results.json")),
);

Deno.test("docs/performance.md has the tables of bench/results.json (deno task bench --render)", async () => {
  const page = await Deno.readTextFile(join(repository, "docs/performance.md"));
  let rendered = between(page, "summary", summary(results));
  rendered = between(rendered, "results", table(results));
  assert.equal(unformatted(page), unformatted(rendered));
});

Deno.test("summary: says of what mcp-remote cannot do that it fails", () => {
  const row = summary(results).split("\n").find((line) => line.startsWith("| 50 MB argument"));
  assert.match(row ?? "", /^\| 50 MB argument \| [\d.]+ ms \| fails \| [\d.]+ ms \|/);
});

Deno.test("summary: says when and on which machine it was measured", () => {
  const text = summary({
    ...results,
    date: "2031-02-03T04:05:06.789Z",
    machine: { system: "an operating system", processors: "3 × a processor", memory: "5 GiB" },
  });
  assert.match(
    text,
    /^Measured 2031-02-03 on an operating system; 3 × a processor; 5 GiB\. /m,
  );
});

Deno.test("summary: has what a call takes longer, and the size", () => {
  const text = summary(results);
  assert.match(text, /^\| added to a call, median \| [\d.]+ ms \| [\d.]+ ms \([\d.]+ ×\) \|/m);
  assert.match(text, /^\| size on disk \| [\d.]+ MB \|/m);
});

Deno.test("summary: leaves out what a run did not measure", () => {
  const { "latency p50, json": _left, ...figures } = results.figures;
  const text = summary({ ...results, figures });
  assert.ok(summary(results).includes("| one call"));
  assert.ok(!text.includes("| one call"), text);
  assert.ok(text.includes("| 10 MB result |"), text);
});

Deno.test("between: refuses a page that lacks a mark, which would lose what is behind it", () => {
  const page = "before\n<!-- results -->\nold\n<!-- end of results -->\nafter\n";
  assert.equal(
    between(page, "results", "new"),
    "before\n<!-- results -->\n\nnew\n<!-- end of results -->\nafter\n",
  );
  for (const broken of ["no marks", page.replace("<!-- end of results -->", "")]) {
    assert.throws(() => between(broken, "results", "new"), /<!-- end of results -->/);
  }
});
