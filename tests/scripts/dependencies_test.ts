import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { findRuntimePackages } from "../../scripts/package/runtime_packages.ts";
import { repository } from "../support/paths.ts";

/** The part of a `deno.json` that several of them have. */
interface Configuration {
  imports: Record<string, string>;
  lock: { path: string; frozen: boolean };
  fmt: { lineWidth: number };
  unstable: string[];
  compilerOptions: Record<string, unknown>;
  permissions?: Record<string, unknown>;
}

/** The part of a `deno.lock` that is looked at here. */
interface Lock {
  specifiers: Record<string, string>;
  npm: Record<
    string,
    { integrity: string; dependencies?: string[]; optionalDependencies?: string[] }
  >;
}

const read = (...path: string[]) => Deno.readTextFile(join(repository, ...path));
const directories = await directoriesWithConfiguration();
const configurations = new Map<string, Configuration>();
const locks = new Map<string, Lock>();
for (const directory of directories) {
  configurations.set(directory, JSON.parse(await read(directory, "deno.json")));
  locks.set(directory, JSON.parse(await read(directory, "deno.lock")));
}
const ofUsers = configurations.get(".")!;
const ofTests = configurations.get("tests")!;

Deno.test("the directories with dependencies of their own are these", () => {
  deepEqual(directories, [".", "bench", "examples", "scripts", "tests"]);
});

for (const directory of directories) {
  const configuration = configurations.get(directory)!;
  const lock = locks.get(directory)!;

  Deno.test(`${directory}/deno.json says nothing else than tests/deno.json does`, () => {
    for (const [name, specifier] of Object.entries(configuration.imports)) {
      equal(specifier, ofTests.imports[name], `${name}, which tests/deno.json has all of`);
    }
    equal(configuration.fmt.lineWidth, ofTests.fmt.lineWidth);
    for (const field of ["compilerOptions", "lock"] as const) {
      deepEqual(configuration[field], ofTests[field], field);
    }
    // Only the program is run with `deno run -P`, and has to start fast.
    const ofTheProgram = ["kv", "lazy-dynamic-imports"];
    deepEqual(configuration.unstable, directory === "." ? ofTheProgram : ["kv"]);
    if (directory !== ".") equal(configuration.permissions, undefined);
  });

  Deno.test(`${directory}/deno.lock holds what the imports beside it need, and nothing else`, () => {
    const specifiers = Object.values(configuration.imports).sort();
    deepEqual(Object.keys(lock.specifiers).sort(), specifiers);
    deepEqual(Object.keys(lock.npm).sort(), [...neededPackages(lock)].sort());
  });

  Deno.test(`${directory}/deno.lock names the bytes that tests/deno.lock names`, () => {
    const known = integrities(locks.get("tests")!);
    for (const [id, integrity] of integrities(lock)) equal(integrity, known.get(id), id);
  });
}

Deno.test("deno.json imports what the program loads, and nothing else", async () => {
  const loaded = (await findRuntimePackages(repository))
    .filter(({ name }) => !name.startsWith("@napi-rs/keyring-"))
    .map(({ name, version }) => `npm:${name}@${version}`);
  deepEqual(Object.values(ofUsers.imports).sort(), loaded.sort());
});

Deno.test("CONTRIBUTING.md gives a reason for every package that the program loads", async () => {
  const page = await read("CONTRIBUTING.md");
  const [, section] = page.split("\n## Dependencies\n");
  const [table] = /(^\|.*\n)+/m.exec(section!)!;
  const told = [...table.matchAll(/^\| `([^`]+)` +\| \S/gm)].map(([, name]) => name!);
  const imported = Object.values(ofUsers.imports).map((specifier) =>
    /^npm:(@?[^@]+)@/.exec(specifier)![1]!
  );
  ok(told.length > 0);
  deepEqual(told.sort(), imported.sort());
});

async function directoriesWithConfiguration(): Promise<string[]> {
  const found = ["."];
  for await (const { name, isDirectory } of Deno.readDir(repository)) {
    if (!isDirectory || name.startsWith(".") || ["dist", "tmp"].includes(name)) continue;
    const has = await read(name, "deno.json").then(() => true, () => false);
    if (has) found.push(name);
  }
  return found.sort();
}

/** The ids of the packages that the specifiers of a lock file lead to. */
function neededPackages({ specifiers, npm }: Lock): Set<string> {
  const ids = Object.keys(npm);
  const needed = new Set<string>();
  const visit = (reference: string) => {
    // Where a lock file has a package once, those that need it name it without a version.
    const id = npm[reference] ? reference : ids.find((each) => nameOf(each) === reference);
    if (!id || needed.has(id)) return;
    needed.add(id);
    const { dependencies = [], optionalDependencies = [] } = npm[id]!;
    [...dependencies, ...optionalDependencies].forEach(visit);
  };
  for (const [specifier, version] of Object.entries(specifiers)) {
    visit(`${nameOf(specifier.slice("npm:".length))}@${version}`);
  }
  return needed;
}

/** The integrity hashes of a lock file, by name and version. */
function integrities({ npm }: Lock): Map<string, string> {
  return new Map(
    Object.entries(npm).map(([id, { integrity }]) => [/^@?[^@]+@[^_]+/.exec(id)![0], integrity]),
  );
}

/** `@scope/name` of `@scope/name@1.2.3`. */
function nameOf(id: string): string {
  return /^@?[^@]+/.exec(id)![0];
}
