/**
 * Fails when the program has come to do more than before, in numbers that are the same on a fast
 * and on a slow machine:
 *
 *     deno task bench:counts             compares with bench/counts/baseline.json
 *     deno task bench:counts --update    makes what is counted now the baseline, on purpose
 */
import { fileURLToPath } from "node:url";
import { prepare } from "../subjects/prepare.ts";
import { compare } from "./compare.ts";
import { takeCounts } from "./counts.ts";

const file = fileURLToPath(new URL("baseline.json", import.meta.url));
await using prepared = await prepare({ only: "this proxy" });
const counts = await takeCounts(prepared);
if (Deno.args.includes("--update")) {
  const baseline = Object.fromEntries(
    counts.filter(({ value }) => value !== undefined)
      .map(({ name, value }) => [name, Math.round(value! * 10) / 10]),
  );
  await Deno.writeTextFile(file, JSON.stringify(baseline, null, 2) + "\n");
}
const { lines, failed } = compare(counts, JSON.parse(await Deno.readTextFile(file)));
console.log(lines.join("\n"));
if (failed) {
  console.log(
    "More than the baseline allows. Find out why; if it is worth it, raise the baseline with " +
      "deno task bench:counts --update and say so in the commit message.",
  );
  Deno.exitCode = 1;
}
