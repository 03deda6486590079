import { dirname, join, normalize } from "node:path";

/** One import, dynamic ones and those of types included. Paths begin at `src/`. */
export interface Import {
  /** The file that imports. */
  from: string;
  /** The file that is imported. */
  to: string;
}

/**
 * All imports between the program's own files.
 *
 * @param source the directory `src`, with a separator at its end
 */
export async function readImports(source: string): Promise<Import[]> {
  const imports: Import[] = [];
  for await (const file of filesIn("")) {
    const text = await Deno.readTextFile(join(source, file));
    // Examples in comments import, too.
    const code = text.replaceAll(/^ *\*.*$/gm, "");
    const named = code.matchAll(/\b(?:from\s+|import\(\s*|import\s+)"(\.[^"]+)"/g);
    for (const [, target] of named) {
      imports.push({ from: `src/${file}`, to: `src/${normalize(join(dirname(file), target))}` });
    }
  }
  return imports;

  async function* filesIn(directory: string): AsyncGenerator<string> {
    for await (const { name, isDirectory } of Deno.readDir(join(source, directory))) {
      const path = join(directory, name);
      if (isDirectory) yield* filesIn(path);
      else if (name.endsWith(".ts")) yield path;
    }
  }
}

/** The module of `src` that a file belongs to. */
export function moduleOf(file: string): string {
  return file.split("/")[1];
}

/** The files of each circle, in the order in which they import each other. */
export function importCircles(imports: readonly Import[]): string[][] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const circles: string[][] = [];

  function visit(file: string, path: string[]) {
    const at = path.indexOf(file);
    if (at !== -1) return void circles.push(path.slice(at));
    if (done.has(file)) return;
    for (const { to } of targets.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  }

  for (const file of targets.keys()) visit(file, []);
  return circles;
}
