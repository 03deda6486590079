import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";
import type { Target } from "./targets.ts";

const loader = "@napi-rs/keyring";

/** What the add-on of one platform is fetched with. */
export interface KeychainAddonOptions {
  /** The platform. */
  target: Target;
  /** The text of `deno.lock`, which names the bytes that are accepted. */
  lock: string;
}

/**
 * Puts the keychain add-on of one platform into `<directory>/node_modules`, the only native code
 * that an executable carries.
 */
export async function addKeychainAddon(
  directory: string,
  options: KeychainAddonOptions,
): Promise<void> {
  await withKeychainAddon(options, async (packages) => {
    for (const [name, from] of Object.entries(packages)) {
      await copyPackage(from, join(directory, "node_modules", name));
    }
  });
  // Makes Deno look into node_modules for this name, in the executable as well.
  await Deno.writeTextFile(
    join(directory, "package.json"),
    JSON.stringify({ type: "module", dependencies: { [loader]: keychainVersion(options.lock) } }),
  );
}

/**
 * Fetches the packages of the keychain add-on of one platform.
 *
 * @param use is given the directory of each package, by name; they are gone when it is done
 * @throws {Error} when a package is not the one that the lock file names
 */
export async function withKeychainAddon<T>(
  options: KeychainAddonOptions,
  use: (packages: Record<string, string>) => Promise<T>,
): Promise<T> {
  const { target, lock } = options;
  const version = keychainVersion(lock);
  const names = [loader, target.keyring];
  const stage = await Deno.makeTempDir({ prefix: "keychain-addon-" });
  try {
    await Deno.writeTextFile(
      join(stage, "package.json"),
      JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [name, version])) }),
    );
    await run([
      Deno.execPath(),
      "install",
      "--quiet",
      `--os=${target.os}`,
      `--arch=${target.cpu}`,
      "--node-modules-dir=auto",
    ], { cwd: stage });
    const installed = await Deno.readTextFile(join(stage, "deno.lock"));
    const packages: Record<string, string> = {};
    for (const name of names) {
      assertSameIntegrity(`${name}@${version}`, { expected: lock, actual: installed });
      packages[name] = await Deno.realPath(join(stage, "node_modules", name));
    }
    return await use(packages);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

/** Copies what a program loads of a package: its main file, and what names it. */
async function copyPackage(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const { name, version, main } = JSON.parse(
    await Deno.readTextFile(join(from, "package.json")),
  ) as { name: string; version: string; main: string };
  await cp(await Deno.realPath(join(from, main)), join(to, main));
  // `deno compile` reads what may be CommonJS and keeps its complaint about an add-on, with the
  // path it had here; "module" makes it pass the file by.
  const type = main.endsWith(".node") ? "module" : "commonjs";
  await Deno.writeTextFile(
    join(to, "package.json"),
    JSON.stringify({ name, version, main, type }),
  );
}

/** The version of the add-on that the lock file holds. */
export function keychainVersion(lock: string): string {
  const { specifiers } = JSON.parse(lock) as { specifiers: Record<string, string> };
  for (const [specifier, version] of Object.entries(specifiers)) {
    if (specifier.startsWith(`npm:${loader}@`)) return version;
  }
  throw new Error(`Cannot find ${loader} in deno.lock`);
}

/** Refuses a package that is not the one that the lock file was written for. */
export function assertSameIntegrity(
  name: string,
  locks: { expected: string; actual: string },
): void {
  const [expected, actual] = [locks.expected, locks.actual].map((text) => {
    const { npm } = JSON.parse(text) as { npm: Record<string, { integrity?: string }> };
    return npm[name]?.integrity;
  });
  if (!expected || expected !== actual) {
    throw new Error(
      `Cannot use ${name}: deno.lock has ${expected ?? "nothing of it"}, installed was ${actual}`,
    );
  }
}
