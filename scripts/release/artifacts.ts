import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Origin } from "../build/origin.ts";
import { packNpm } from "../npm.ts";
import { type Target, targetOf } from "../build/targets.ts";
import { type ArchiveExtras, archiveFiles, archiveName, packArchive } from "../package/archive.ts";
import { billOfMaterials } from "../package/bill_of_materials.ts";
import type { ChangelogEntry } from "../package/changelog.ts";
import { formatChecksums, sha256 } from "../package/checksums.ts";
import { containerContext } from "../package/container_context.ts";
import { homebrewFormula } from "../package/homebrew_formula.ts";
import { bundleFiles, bundleName } from "../package/mcpb_bundle.ts";
import { npmPackages } from "../package/npm_packages.ts";
import { writeFiles } from "../package/packed_file.ts";
import { project } from "../package/project.ts";
import { findRuntimePackages } from "../package/runtime_packages.ts";
import { serverJson } from "../package/server_json.ts";
import {
  collectLicenses,
  type ThirdPartyLicense,
  thirdPartyLicensesPage,
} from "../package/third_party_licenses.ts";
import { wingetManifests } from "../package/winget_manifests.ts";
import { zip } from "../package/zip.ts";
import type { Executables } from "./executables.ts";

/** What {@linkcode writeArtifacts} makes a release of. */
export interface ReleaseContents {
  /** The executable of each target. */
  executables: Executables;
  /** Shell completions, by file name. */
  completions: ArchiveExtras["completions"];
  /** What they were built from. */
  origin: Origin;
  /** The version of Deno inside the executables. */
  deno: string;
  /** What changed. */
  changes: ChangelogEntry;
  /** The directory to write to. */
  to: string;
}

/** Where the parts of a release lie below `dist/`. */
export const layout = {
  /** What people download from the release page. */
  downloads: "downloads",
  /** The npm tarballs. */
  npm: "npm",
  /** The Homebrew formula. */
  homebrew: "homebrew",
  /** The winget manifests. */
  winget: "winget",
  /** What the container image is built from. */
  container: "container",
  /** The entry for the MCP registry. */
  registry: "server.json",
  /** The text of the release page. */
  notes: "release-notes.md",
} as const;

/** Writes every artefact of a release. */
export async function writeArtifacts(root: string, contents: ReleaseContents): Promise<void> {
  const { executables, origin, changes, to } = contents;
  const [license, readme, launcher] = await Promise.all(
    ["LICENSE", "README.md", "packaging/npm/launcher.cjs"]
      .map((file) => Deno.readTextFile(join(root, file))),
  ) as [string, string, string];
  const icon = await Deno.readFile(join(root, "packaging", "icon", "icon.png"));
  const packages = await findRuntimePackages(root);
  const licenses = new Map<Target, ThirdPartyLicense[]>();
  for (const target of executables.bytes.keys()) {
    licenses.set(target, await collectLicenses(root, { target, packages }));
  }
  const licensePage = (target: Target) => thirdPartyLicensesPage(licenses.get(target)!);

  const downloads = join(to, layout.downloads);
  const sums: Record<string, string> = {};
  const write = async (name: string, content: Uint8Array) => {
    await Deno.writeFile(join(downloads, name), content);
    sums[name] = await sha256(content);
  };
  await mkdir(downloads, { recursive: true });
  for (const [target, executable] of executables.bytes) {
    const thirdPartyLicenses = licensePage(target);
    const extras = { license, readme, thirdPartyLicenses, completions: contents.completions };
    const files = archiveFiles(target, { executable, extras });
    await write(archiveName(target), await packArchive(target, { files, date: origin.date }));
    const bundle = bundleFiles(target, { executable, icon, license, thirdPartyLicenses });
    await write(bundleName(target), await zip(bundle, { date: origin.date }));
  }
  const declared = new Map([...licenses.values()].flat().map((each) => [each.name, each.license]));
  const bill = billOfMaterials({
    packages: packages.map((each) => ({
      ...each,
      license: declared.get(`${each.name}@${each.version}`),
    })),
    deno: contents.deno,
    commit: origin.commit,
    date: origin.date,
  });
  await write(`${project.name}-${project.version}.cdx.json`, new TextEncoder().encode(bill));
  await Deno.writeTextFile(join(downloads, "SHA256SUMS"), formatChecksums(sums));

  const texts = { license, readme, launcher, thirdPartyLicenses: licensePage };
  await packNpm(npmPackages(executables.bytes, texts), { to: join(to, layout.npm) });

  const dockerfile = await Deno.readTextFile(join(root, "packaging", "container", "Dockerfile"));
  const container = containerContext(executables.bytes, {
    dockerfile,
    license,
    thirdPartyLicenses: licensePage(targetOf("x86_64-unknown-linux-gnu")),
  });
  await writeFiles(join(to, layout.container), container);

  const date = changes.date ?? origin.date.toISOString().slice(0, 10);
  await writeTexts(join(to, layout.homebrew), { [`${project.name}.rb`]: homebrewFormula(sums) });
  await writeTexts(
    join(to, layout.winget),
    wingetManifests({ sums, date, notes: changes.notes }),
  );
  await writeTexts(to, { [layout.registry]: serverJson(), [layout.notes]: `${changes.notes}\n` });
}

function writeTexts(directory: string, texts: Record<string, string>): Promise<void> {
  const files = Object.entries(texts).map(([name, content]) => ({ name, content }));
  return writeFiles(directory, files);
}
