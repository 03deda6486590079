import { join } from "node:path";
import { run } from "./run.ts";

/** Native code cannot be bundled; it travels as files beside the bundle. */
export const unbundled = ["@napi-rs/keyring"];

/**
 * Bundles a source copy to minified JavaScript: `main.js` and one chunk for each part that is
 * imported when needed, so that such a part is not even parsed before.
 *
 * @returns the paths of the chunks besides `main.js`
 */
export async function bundle(
  source: string,
  options: { to: string; deno?: string },
): Promise<string[]> {
  const { to, deno = Deno.execPath() } = options;
  await run([
    deno,
    "bundle",
    "--quiet",
    "--frozen",
    "--platform=deno",
    "--minify",
    "--code-splitting",
    ...unbundled.map((name) => `--external=${name}`),
    `--outdir=${to}`,
    "main.ts",
  ], { cwd: source });
  const chunks: string[] = [];
  for await (const entry of Deno.readDir(to)) {
    if (entry.isFile && entry.name !== "main.js") chunks.push(join(to, entry.name));
  }
  return chunks.sort();
}
