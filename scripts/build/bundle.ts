import { basename, join } from "node:path";
import { keychainLoader } from "./keychain_addon.ts";
import { run } from "./run.ts";

/** What {@linkcode bundle} may be told. */
export interface BundleOptions {
  /** The directory to write to. */
  to: string;
  /** Packages that are left out: native code cannot be bundled. */
  external?: readonly string[];
}

/**
 * Bundles a source copy to minified JavaScript: `main.js` and one chunk for each part that is
 * imported when needed, so that such a part is not even parsed before.
 *
 * @returns the paths of the chunks besides `main.js`
 */
export async function bundle(source: string, options: BundleOptions): Promise<string[]> {
  const { to, external = [keychainLoader] } = options;
  await run([
    Deno.execPath(),
    "bundle",
    "--quiet",
    "--frozen",
    "--platform=deno",
    "--minify",
    "--code-splitting",
    ...external.map((name) => `--external=${name}`),
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
