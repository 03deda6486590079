import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";
import type { Target } from "./targets.ts";

/** The package that loads the keychain add-on of the platform. */
export const keychainLoader = "@napi-rs/keyring";

/** The file of an executable that holds the keychain add-on, its only native code. */
export const addonFile = "keyring.node";

/** What the add-on of one platform is fetched with. */
export interface KeychainAddonOptions {
  /** The platform. */
  target: Target;
  /** The text of `deno.lock`, which names the bytes that are accepted. */
  lock: string;
}

/**
 * Makes a source copy load the add-on from a file beside the bundle instead of from a package:
 * native code cannot be bundled, and an executable shall not search directories for packages.
 */
export async function detachKeychainAddon(root: string, source: string): Promise<void> {
  await copyFile(
    join(root, "packaging", "keychain_addon.js"),
    join(source, "src", "keychain_addon.js"),
  );
  const path = join(source, "deno.json");
  await Deno.writeTextFile(path, detached(await Deno.readTextFile(path)));
}

/** The text of `deno.json` with the add-on's name leading, below `src`, to the file that loads it. */
export function detached(denoJson: string): string {
  const configuration = JSON.parse(denoJson);
  if (!configuration.imports[keychainLoader]) {
    throw new Error(`Cannot find ${keychainLoader} in deno.json`);
  }
  // A scope leaves the dependency itself alone, so that deno.lock still fits.
  configuration.scopes = { "./src/": { [keychainLoader]: "./src/keychain_addon.js" } };
  return JSON.stringify(configuration);
}

/** Puts the add-on of one platform beside the bundle. */
export async function addKeychainAddon(
  directory: string,
  options: KeychainAddonOptions,
): Promise<void> {
  await withKeychainAddon(options, async (packages) => {
    const from = packages[options.target.keyring]!;
    const { main } = JSON.parse(await Deno.readTextFile(join(from, "package.json")));
    await copyFile(join(from, main), join(directory, addonFile));
  });
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
  const names = [keychainLoader, target.keyring];
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

/** The version of the add-on that the lock file holds. */
export function keychainVersion(lock: string): string {
  const { specifiers } = JSON.parse(lock) as { specifiers: Record<string, string> };
  for (const [specifier, version] of Object.entries(specifiers)) {
    if (specifier.startsWith(`npm:${keychainLoader}@`)) return version;
  }
  throw new Error(`Cannot find ${keychainLoader} in deno.lock`);
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
