/** What a build knows of itself. Packaging writes this file anew for each target. */
export interface BuildInfo {
  /** How this copy reaches people. */
  readonly channel: "source" | "executable" | "jsr";
  /** The full hash of the commit it was made from; absent in a working copy. */
  readonly commit?: string;
  /** The target triple of an executable. */
  readonly target?: string;
}

/** This build. */
export const buildInfo: BuildInfo = { channel: "source" };
