import { redact } from "../../redactor.ts";
import type { CommandContext } from "../command_table.ts";
import { confirm } from "../terminal/ask.ts";
import { nobodyToAsk } from "./questions.ts";
import { formatDifference } from "./show_difference.ts";
import {
  type ConfigurationFile,
  readConfiguration,
  writeConfiguration,
} from "./write_configuration.ts";

/** What is to be done to one file. */
export interface FileChange {
  /** The file. */
  path: string;
  /** What becomes of its text; `undefined` stands for a file that is not there. */
  change(text: string | undefined): string | Promise<string>;
  /** What is said of the file when that is the same text. */
  unchanged: string;
}

/** What {@linkcode changeFiles} needs besides the changes. */
export interface ChangeFilesOptions {
  /** What must not be on the screen. */
  secrets?: readonly string[];
}

/**
 * Shows what would change, asks once for all files, and writes them in their order, each with a
 * backup. Files that need no change are not touched.
 *
 * @returns `written` also when there was nothing to write
 * @throws {ProxyError} when a file is not understood, before any is written
 */
export async function changeFiles(
  { flags, terminal }: CommandContext,
  changes: readonly FileChange[],
  { secrets = [] }: ChangeFilesOptions = {},
): Promise<"written" | "shown" | "refused"> {
  const { err, out, interactive } = terminal;
  const isDry = flags["dry-run"] !== undefined;
  const sink = isDry ? out : err;
  const due: { file: ConfigurationFile; after: string }[] = [];
  for (const { path, change, unchanged } of changes) {
    const file = await readConfiguration(path);
    const after = await change(file.text);
    if (after === (file.text ?? "")) err.line(`${err.paint.ok} ${file.path} ${unchanged}`);
    else due.push({ file, after });
  }
  if (due.length === 0) return "written";
  for (const { file: { path, text: before }, after } of due) {
    const difference = await formatDifference({ path, before, after }, sink.paint);
    sink.line(
      redact(secrets.reduce((text, secret) => text.replaceAll(secret, "********"), difference)),
    );
  }
  if (isDry) return "shown";
  if (flags.yes === undefined) {
    if (!interactive) throw nobodyToAsk();
    const paths = due.map(({ file }) => file.path);
    if (!await confirm(err, `Write ${paths.join(" and ")}?`)) {
      err.line("Nothing was written");
      return "refused";
    }
  }
  for (const { file, after } of due) {
    const backup = await writeConfiguration(file, after);
    err.line(
      `${err.paint.ok} Wrote ${file.path}${backup ? `; what was there is in ${backup}` : ""}`,
    );
  }
  return "written";
}
