/**
 * Writes the picture of the modules into docs/architecture.md, from what the files of `src` really
 * import: `deno task docs`. A test fails when it is stale.
 *
 * @module
 */
import { join } from "node:path";
import { moduleOf, readImports } from "./architecture/imports.ts";
import { modules } from "./architecture/modules.ts";

const begin = "<!-- modules: written by `deno task docs` -->";
const end = "<!-- /modules -->";

/** The picture, as a Mermaid flowchart. */
export async function modulePicture(source: string): Promise<string> {
  const arrows = new Map<string, Set<string>>(
    Object.keys(modules).map((name) => [name, new Set()]),
  );
  for (const { from, to } of await readImports(source)) {
    const [own, other] = [moduleOf(from), moduleOf(to)];
    // Everything stands on base: its arrows would hide the others.
    if (own !== other && other !== "base") arrows.get(own)?.add(other);
  }
  const lines = Object.entries(modules).reverse().map(([name, { purpose }]) =>
    `  ${name}["<b>${name}</b><br/>${purpose}"]`
  );
  for (const [name, targets] of [...arrows].reverse()) {
    for (const target of targets) {
      // What is reached by way of another arrow is not drawn again.
      const isImplied = [...targets].some((other) => other !== target && reaches(other, target));
      if (!isImplied) lines.push(`  ${name} --> ${target}`);
    }
  }
  return ["```mermaid", "flowchart TD", ...lines, "```"].join("\n");

  function reaches(from: string, to: string): boolean {
    const targets = arrows.get(from) ?? new Set();
    return targets.has(to) || [...targets].some((next) => reaches(next, to));
  }
}

/** The text of the page with this picture between its two markers. */
export function withPicture(markdown: string, picture: string): string {
  const from = markdown.indexOf(begin);
  const to = markdown.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Cannot find ${begin} … ${end} in the page`);
  return `${markdown.slice(0, from)}${begin}\n\n${picture}\n\n${markdown.slice(to)}`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname!, "..");
  const page = join(root, "docs", "architecture.md");
  const picture = await modulePicture(join(root, "src"));
  await Deno.writeTextFile(page, withPicture(await Deno.readTextFile(page), picture));
}
