import { join } from "node:path";
import type { Counterpart } from "./counterpart.ts";
import { installNodePackages, installPythonPackages } from "./installation.ts";
import { pinnedVersions } from "./python_backends.ts";

/** What both {@linkcode npmPeer} and {@linkcode pythonPeer} say of a peer's installation. */
export type PeerPackage =
  & Pick<Counterpart, "versions" | "toolchains" | "files" | "install" | "quick">
  & {
    /** The command line that starts it, where it was installed. */
    start(directory: string): [string, ...string[]];
  };

/** A peer that `package.json` and `package-lock.json` in its folder pin. */
export async function npmPeer(
  folder: string,
  { name, script }: { name: string; script: string },
): Promise<PeerPackage> {
  const files = ["package.json", "package-lock.json"].map((file) => new URL(file, folder));
  const { dependencies } = JSON.parse(await Deno.readTextFile(files[0]!));
  return {
    versions: { [name]: dependencies[name] },
    toolchains: ["node"],
    quick: true,
    files,
    install: (directory, signal) => installNodePackages(directory, { files, signal }),
    start: (directory) => ["node", join(directory, "node_modules", name, script)],
  };
}

/** A peer that `requirements.txt` in its folder pins. */
export async function pythonPeer(
  folder: string,
  { name, shown }: { name: string; shown: readonly string[] },
): Promise<PeerPackage> {
  const files = [new URL("requirements.txt", folder)];
  return {
    versions: pinnedVersions(await Deno.readTextFile(files[0]!), shown),
    toolchains: ["python"],
    quick: true,
    files,
    install: (directory, signal) => installPythonPackages(directory, { files, signal }),
    start: (directory) => [join(directory, "venv", "bin", name)],
  };
}
