/**
 * Packs the npm packages: `deno task npm [--executables DIRECTORY] [--out DIRECTORY]`.
 *
 * Without executables that were built elsewhere it builds this machine's, and packs the launcher
 * and that one platform: enough to try `npm install` with.
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { originOf } from "./build/origin.ts";
import { run } from "./build/run.ts";
import { runScript } from "./build/run_script.ts";
import type { Target } from "./build/targets.ts";
import { findToolchain } from "./build/toolchain.ts";
import { type NpmPackage, npmPackages, type NpmTexts } from "./package/npm_packages.ts";
import { writeFiles } from "./package/packed_file.ts";
import { findRuntimePackages } from "./package/runtime_packages.ts";
import { collectLicenses, thirdPartyLicensesPage } from "./package/third_party_licenses.ts";
import { buildPossibleExecutables, readExecutables } from "./release/executables.ts";
import { root } from "./root.ts";
import { scriptArguments } from "./script_arguments.ts";

/**
 * Packs packages with npm itself, which decides what a tarball looks like.
 *
 * @returns the paths of the tarballs
 */
export async function packNpm(
  packages: readonly NpmPackage[],
  options: { to: string },
): Promise<string[]> {
  const to = resolve(options.to);
  await mkdir(to, { recursive: true });
  const stage = await Deno.makeTempDir({ prefix: "authful-npm-" });
  try {
    const tarballs: string[] = [];
    for (const each of packages) {
      const directory = join(stage, each.name.replace("/", "+"));
      await writeFiles(directory, each.files);
      const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
      const packed = await run([npm, "pack", "--json", `--pack-destination=${to}`], {
        cwd: directory,
      });
      const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
      tarballs.push(join(to, filename));
    }
    return tarballs;
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

/** Reads the texts that the packages hold. */
export async function readNpmTexts(root: string, targets: Iterable<Target>): Promise<NpmTexts> {
  const [license, readme, launcher] = await Promise.all(
    ["LICENSE", "README.md", "packaging/npm/launcher.cjs"]
      .map((file) => Deno.readTextFile(join(root, file))),
  ) as [string, string, string];
  const packages = await findRuntimePackages(root);
  const pages = new Map<Target, string>();
  for (const target of targets) {
    pages.set(target, thirdPartyLicensesPage(await collectLicenses(root, { target, packages })));
  }
  return { license, readme, launcher, thirdPartyLicenses: (target) => pages.get(target)! };
}

if (import.meta.main) {
  await runScript(async () => {
    const { flags } = scriptArguments({
      usage: "deno task npm [--executables DIRECTORY] [--out DIRECTORY]",
      options: {
        executables: { type: "string" },
        out: { type: "string", default: join(root, "dist", "npm") },
      },
    });
    const built = await Deno.makeTempDir({ prefix: "authful-executables-" });
    try {
      const { bytes, standIns } = flags.executables
        ? await readExecutables(flags.executables)
        : await buildPossibleExecutables(root, {
          toolchain: await findToolchain((name) => Deno.env.get(name)),
          origin: await originOf(root),
          to: built,
        });
      const executables = new Map([...bytes].filter(([target]) => !standIns.has(target)));
      const packages = npmPackages(executables, await readNpmTexts(root, executables.keys()));
      for (const tarball of await packNpm(packages, { to: flags.out })) console.log(tarball);
    } finally {
      await Deno.remove(built, { recursive: true });
    }
  });
}
