import type { Target } from "../build/targets.ts";
import type { PackedFile } from "./packed_file.ts";
import { project } from "./project.ts";
import { tarGz } from "./tar_gz.ts";
import { zip } from "./zip.ts";

/** The file name of a target's archive in a release. */
export function archiveName(target: Target): string {
  return `${project.name}-${project.version}-${target.triple}.${target.archive}`;
}

/** What every archive holds beside the executable. */
export interface ArchiveExtras {
  /** The project's licence. */
  license: string;
  /** The licences of what is inside the executable. */
  thirdPartyLicenses: string;
  /** The front page of the documentation. */
  readme: string;
  /** Shell completions, by file name. */
  completions: Readonly<Record<string, string>>;
}

/** The files of a target's archive; they lie at its top, as winget and Homebrew expect. */
export function archiveFiles(
  target: Target,
  contents: { executable: Uint8Array; extras: ArchiveExtras },
): PackedFile[] {
  const { executable, extras } = contents;
  return [
    { name: target.executable, content: executable, executable: true },
    { name: "LICENSE", content: extras.license },
    { name: "README.md", content: extras.readme },
    { name: "THIRD_PARTY_LICENSES.md", content: extras.thirdPartyLicenses },
    ...Object.entries(extras.completions).map(([name, content]) => ({
      name: `completions/${name}`,
      content,
    })),
  ];
}

/** Packs the archive of a target. */
export function packArchive(
  target: Target,
  options: { files: readonly PackedFile[]; date: Date },
): Promise<Uint8Array> {
  const { files, date } = options;
  return target.archive === "zip" ? zip(files, { date }) : tarGz(files, { date });
}
