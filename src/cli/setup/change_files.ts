import { redact } from "../../base/redactor.ts";
import { ProxyError } from "../../base/errors.ts";
import type { CommandContext } from "../commands/command.ts";
import { confirm } from "../terminal/ask.ts";
import { nobodyToAsk } from "./questions.ts";
import { formatDifference } from "./show_difference.ts";
import { anyConfiguration, unreadable } from "./unreadable_configuration.ts";
import {
  type ConfigurationFile,
  readConfiguration,
  removeConfiguration,
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
  /** The text as it may be on the screen, line by line. */
  masked(text: string): string;
  /** Whether setup made the file and this text says nothing, so that the file goes. */
  goes?(text: string): boolean | Promise<boolean>;
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
): Promise<"written" | "shown" | "refused"> {
  const { err, out, interactive } = terminal;
  const isDry = flags["dry-run"] !== undefined;
  const sink = isDry && flags.json === undefined ? out : err;
  const due: (Pick<FileChange, "change" | "masked"> & {
    file: ConfigurationFile;
    after: string | undefined;
  })[] = [];
  for (const each of changes) {
    const file = await readConfiguration(each.path);
    const after = await changed(file, each);
    if (after === (file.text ?? "")) err.line(`${err.paint.ok} ${file.path} ${each.unchanged}`);
    else due.push({ ...each, file, after });
  }
  if (due.length === 0) return "written";
  for (const { file: { path, text }, after, masked } of due) {
    const shown = { path, before: text && masked(text), after: after && masked(after) };
    if (shown.before === shown.after) {
      sink.line(`${path}: only values change that are not shown`);
    } else {
      // As it is: where a line ends is a part of it.
      sink.write(`${redact(await formatDifference(shown, sink.paint))}\n`);
    }
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
  for (const { file, ...each } of due) {
    // While the person read and thought, the client may have written it itself.
    const now = await readConfiguration(file.path);
    const after = now.text === file.text ? each.after : await changed(now, each);
    if (after === undefined) {
      await removeConfiguration(now);
      err.line(`${err.paint.ok} Removed ${file.path}, which had nothing else in it`);
      continue;
    }
    const backup = await writeConfiguration(now, after);
    err.line(
      `${err.paint.ok} Wrote ${file.path}${backup ? `; what was there is in ${backup}` : ""}`,
    );
  }
  return "written";
}

/**
 * What becomes of a file, `undefined` when nothing is left of it; an error says which one it is that
 * is not understood.
 */
async function changed(
  { path, text, isLink }: ConfigurationFile,
  { change, goes }: Pick<FileChange, "change" | "goes">,
): Promise<string | undefined> {
  try {
    const after = await change(text);
    if (after === text || text === undefined || isLink) return after;
    return await goes?.(after) ? undefined : after;
  } catch (error) {
    if (!(error instanceof ProxyError) || error.reason !== unreadable) throw error;
    const { category, what, fix, reason, cause } = error;
    throw new ProxyError({
      category,
      what: what.replace(anyConfiguration, path),
      fix,
      reason,
      cause,
    });
  }
}
