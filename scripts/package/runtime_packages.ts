import { join } from "node:path";
import { run } from "../build/run.ts";
import { keychainLoader } from "../build/keychain_addon.ts";
import { targets } from "../build/targets.ts";

/** An npm package of which something is inside the executables. */
export interface RuntimePackage {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** The checksum of its tarball as the lock file has it: `sha512-…`. */
  readonly integrity: string;
  /** The packages that it needs itself, as `name@version`. */
  readonly dependencies: readonly string[];
  /** Where it is unpacked on this machine; absent for another platform's. */
  readonly directory?: string;
}

/** The part of `deno info --json` that is used here. */
export interface ModuleInfo {
  modules: readonly { npmPackage?: string }[];
  npmPackages: Readonly<
    Record<
      string,
      { name: string; version: string; dependencies: readonly string[]; localPath?: string }
    >
  >;
}

/** The part of `deno.lock` that is used here. */
export interface Lock {
  npm: Readonly<Record<string, { integrity: string; optionalDependencies?: readonly string[] }>>;
}

/** Finds the packages that the program of this working copy is made of, by name. */
export async function findRuntimePackages(root: string): Promise<RuntimePackage[]> {
  const info = await run([Deno.execPath(), "info", "--json", "main.ts"], { cwd: root });
  return runtimePackages({
    info: JSON.parse(info),
    lock: JSON.parse(await Deno.readTextFile(join(root, "deno.lock"))),
  });
}

/** Picks out of all locked packages those that the program imports, directly or not. */
export function runtimePackages(
  { info, lock }: { info: ModuleInfo; lock: Lock },
): RuntimePackage[] {
  const found = new Map<string, RuntimePackage>();
  // The add-on is carried for its own platform; of the others a release carries one each.
  const addons = new Set([keychainLoader, ...targets.map((target) => target.keyring)]);
  const visit = (id: string) => {
    if (found.has(id)) return;
    const { name, version, dependencies, localPath } = info.npmPackages[id]!;
    found.set(id, {
      name,
      version,
      integrity: lock.npm[id]!.integrity,
      dependencies: dependencies.map((each) => plainId(each)),
      directory: localPath,
    });
    dependencies.forEach(visit);
  };
  for (const { npmPackage } of info.modules) if (npmPackage) visit(npmPackage);
  for (const [id, entry] of Object.entries(lock.npm)) {
    const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(id)!;
    if (addons.has(name!)) {
      const { localPath } = info.npmPackages[id] ?? {};
      found.set(id, {
        name: name!,
        version: version!,
        integrity: entry.integrity,
        dependencies: [],
        directory: localPath,
      });
    }
  }
  return [...found.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

/** A lock file's id without the peers that were chosen for it. */
function plainId(id: string): string {
  return /^@?[^@]+@[^_]+/.exec(id)![0];
}
