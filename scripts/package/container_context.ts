import type { Target } from "../build/targets.ts";
import type { PackedFile } from "./packed_file.ts";

/** Docker's name of a processor. */
const architectures = { x64: "amd64", arm64: "arm64" } as const;

/**
 * The files that `packaging/container/Dockerfile` copies.
 *
 * @param executables of the Linux targets; those of other systems are left out
 */
export function containerContext(
  executables: ReadonlyMap<Target, Uint8Array>,
  texts: { dockerfile: string; license: string; thirdPartyLicenses: string },
): PackedFile[] {
  const linux = [...executables].filter(([target]) => target.os === "linux");
  return [
    { name: "Dockerfile", content: texts.dockerfile },
    { name: "LICENSE", content: texts.license },
    { name: "THIRD_PARTY_LICENSES.md", content: texts.thirdPartyLicenses },
    ...linux.map(([target, content]) => ({
      name: `linux-${architectures[target.cpu]}/${target.executable}`,
      content,
      executable: true,
    })),
  ];
}
