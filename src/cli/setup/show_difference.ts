import type { Paint } from "../terminal/paint.ts";

/** What {@linkcode formatDifference} compares. */
export interface Difference {
  /** The file. */
  path: string;
  /** What it says now; `undefined` when it is not there. */
  before: string | undefined;
  /** What it will say; `undefined` when it will be gone. */
  after: string | undefined;
}

/** The difference between two texts as a unified diff. */
export async function formatDifference(
  { path, before, after }: Difference,
  paint: Paint,
): Promise<string> {
  const { createTwoFilesPatch } = await import("diff/lib/patch/create.js");
  const patch = createTwoFilesPatch(
    before === undefined ? "/dev/null" : path,
    after === undefined ? "/dev/null" : path,
    before ?? "",
    after ?? "",
    undefined,
    undefined,
    { context: 3 },
  );
  const lines = patch.slice(patch.indexOf("--- ")).trimEnd().split("\n");
  return lines.map(visible).map((line) => {
    if (line.startsWith("+")) return paint.green(line);
    if (line.startsWith("-")) return paint.red(line);
    return line.startsWith("@@") ? paint.cyan(line) : line;
  }).join("\n");
}

/** A line whose control characters and direction marks are seen instead of obeyed. */
function visible(line: string): string {
  return line.replace(/\r$/, "")
    .replace(/[^\P{Cc}\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, "\ufffd");
}
