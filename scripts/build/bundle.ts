import { basename, join } from "node:path";
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
  await dropUnusedRequire([join(to, "main.js"), ...chunks]);
  return chunks.sort();
}

/**
 * Every chunk imports the one that makes a `require` for CommonJS packages, also the many that have
 * none in them. It brings half of Node's built-ins along, which doubles the time of a start.
 */
async function dropUnusedRequire(files: readonly string[]): Promise<void> {
  const texts = new Map<string, string>();
  for (const file of files) texts.set(file, await Deno.readTextFile(file));
  for (const [maker, text] of texts) {
    if (!/^import\s*\{createRequire as \w+\}\s*from\s*"node:module"/.test(text)) continue;
    const unused = `import"./${basename(maker)}";`;
    for (const [file, text] of texts) {
      if (text.includes(unused)) await Deno.writeTextFile(file, text.replace(unused, ""));
    }
  }
}
