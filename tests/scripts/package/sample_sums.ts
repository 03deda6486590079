import { targets } from "../../../scripts/build/targets.ts";
import { archiveName } from "../../../scripts/package/archive.ts";

/** A different checksum for the archive of each target. */
export const sampleSums: Record<string, string> = Object.fromEntries(
  targets.map((target, index) => [archiveName(target), String(index + 1).repeat(64)]),
);
