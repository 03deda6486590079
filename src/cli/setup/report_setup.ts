import type { CommandContext } from "../commands/command.ts";
import { formatJson } from "../terminal/format_json.ts";
import type { FileChange } from "./change_files.ts";

/** What `setup` did, or would do. */
export interface SetupOutcome {
  /** The server; `null` for every one. */
  server: string | null;
  /** The client; `null` for every one. */
  client: string | null;
  /** Whether the files are as they are to be, were only shown, or the person refused. */
  outcome: "written" | "shown" | "refused";
  /** The files that were looked at. */
  changes: readonly Pick<FileChange, "path">[];
}

/** With `--json`, says on stdout what was done (`schemas/setup.schema.json`). */
export function reportSetup(
  { flags, terminal }: CommandContext,
  { server, client, outcome, changes }: SetupOutcome,
): void {
  if (flags.json === undefined) return;
  const files = changes.map(({ path }) => path);
  terminal.out.line(formatJson({ server, client, outcome, files }));
}
