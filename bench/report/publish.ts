import { join } from "node:path";
import { output } from "../subjects/prepare.ts";
import { root } from "../subjects/programs.ts";
import { between } from "./between.ts";
import type { Results } from "./results.ts";
import { summary } from "./summary.ts";
import { table } from "./table.ts";

/** Puts the tables where people read them: between the marks of docs/performance.md. */
export async function publish(results: Results): Promise<void> {
  const page = join(root, "docs/performance.md");
  let text = await Deno.readTextFile(page);
  text = between(text, "summary", summary(results));
  text = between(text, "results", table(results));
  await Deno.writeTextFile(page, text);
  await output(Deno.execPath(), ["fmt", "--quiet", page, join(root, "bench/results.json")]);
}
