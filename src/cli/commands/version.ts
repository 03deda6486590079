import type { CommandContext } from "./command.ts";
import { versionLine, versionReport } from "../version_report.ts";

/** `version`: what this program is. */
export function version({ flags, terminal: { out } }: CommandContext): Promise<number> {
  out.line(flags.json ? JSON.stringify(versionReport(), null, 2) : versionLine());
  return Promise.resolve(0);
}
