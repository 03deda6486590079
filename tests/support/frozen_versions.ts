/**
 * What released versions left on people's machines, as `deno task freeze` kept it at each release:
 * stores, a configuration file, and the program.
 *
 * @module
 */
import { join } from "node:path";
import type { FrozenStore } from "../../scripts/freeze/write_store.ts";
import { repository } from "./paths.ts";
import type { ProgramSettings } from "./program_command.ts";

/** What was kept of one version. */
export interface FrozenVersion {
  /** The version. */
  readonly version: string;
  /** Where it lies. */
  readonly directory: string;
  /** Its stores, one of each encryption. */
  readonly stores: readonly FrozenStoreFixture[];
}

/** A store, and what it must open to. */
export interface FrozenStoreFixture extends FrozenStore {
  /** Where it lies. */
  readonly directory: string;
}

/** All frozen versions. */
export const frozenVersions: readonly FrozenVersion[] = readVersions();

function readVersions(): FrozenVersion[] {
  const all = join(repository, "tests", "fixtures", "store");
  return directoriesIn(all).map((version) => {
    const directory = join(all, version);
    const stores = directoriesIn(directory).map((name) => readFrozenStore(join(directory, name)));
    return { version, directory, stores };
  });
}

/** The store in a directory that `scripts/freeze/write_store.ts` wrote. */
export function readFrozenStore(directory: string): FrozenStoreFixture {
  return {
    directory,
    ...JSON.parse(Deno.readTextFileSync(join(directory, "expected.json"))),
  };
}

function directoriesIn(path: string): string[] {
  return Array.from(Deno.readDirSync(path)).filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name).sort();
}

/** Copies a frozen store into a home, where the program looks for it; returns the cache directory. */
export async function copyFrozenStore(store: FrozenStoreFixture, home: string): Promise<string> {
  const cacheDir = join(home, ".mcp-auth", "authful-mcp-proxy");
  await Deno.mkdir(cacheDir, { recursive: true, mode: 0o700 });
  for await (const { name } of Deno.readDir(store.directory)) {
    if (!/^(account-|cache\.)/.test(name)) continue;
    await Deno.copyFile(join(store.directory, name), join(cacheDir, name));
    // Git keeps no modes; the program itself narrows what it finds.
    if (Deno.build.os !== "windows") await Deno.chmod(join(cacheDir, name), 0o600);
  }
  return cacheDir;
}

/** How to start the program as it was in that version, for `command` of {@linkcode ProgramSettings}. */
export function frozenProgram({ directory }: FrozenVersion): ProgramSettings["command"] {
  return [
    Deno.execPath(),
    ...["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-check", "--unstable-kv"],
    ...["--allow-net", "--allow-env", "--allow-read", "--allow-write", "--allow-sys=uid"],
    "--allow-run",
    join(directory, "program.js"),
  ];
}
