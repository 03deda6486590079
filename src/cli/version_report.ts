import { buildInfo } from "../base/build_info.ts";
import { programName, version } from "../base/version.ts";

/** What `--version --json` prints: all that a packager or a defect report needs. */
export interface VersionReport {
  /** The program's name. */
  name: string;
  /** Its version, as Semantic Versioning writes it. */
  version: string;
  /** Its licence, as an SPDX expression. */
  license: string;
  /** How this copy reached the machine. */
  channel: string;
  /** The commit it was built from; `null` when it runs from source or from changed files. */
  commit: string | null;
  /** The triple it was built for, or that of the Deno that runs the source. */
  target: string;
  /** The version of Deno inside. */
  deno: string;
  /** The version of V8 inside. */
  v8: string;
}

/** Describes this build. */
export function versionReport(build = buildInfo): VersionReport {
  return {
    name: programName,
    version,
    license: "Apache-2.0",
    channel: build.channel,
    commit: build.commit ?? null,
    target: build.target ?? Deno.build.target,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
  };
}

/** What `--version` prints: the version, and where it can be told the commit. */
export function versionLine(build = buildInfo): string {
  return build.commit ? `${version} (${build.commit.slice(0, 12)})` : version;
}
