import { join } from "node:path";
import { output } from "../subjects/prepare.ts";
import { root } from "../subjects/programs.ts";

/** Puts the table where people read it: between the marks of docs/performance.md. */
export async function publish(text: string): Promise<void> {
  const page = join(root, "docs/performance.md");
  const [before, rest] = (await Deno.readTextFile(page)).split("<!-- results -->");
  const after = rest.split("<!-- end of results -->")[1];
  await Deno.writeTextFile(
    page,
    `${before}<!-- results -->\n\n${text}\n<!-- end of results -->${after}`,
  );
  await output(Deno.execPath(), ["fmt", "--quiet", page, join(root, "bench/results.json")]);
}
