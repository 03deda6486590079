/**
 * Writes the option table between the markers of README.md: `deno task docs`.
 * The table comes from `src/cli/options.ts`; a test fails when the two differ.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { optionNames, options, type SettingOption } from "../src/cli/options.ts";

const begin = "<!-- options: written by `deno task docs` -->";
const end = "<!-- /options -->";

/** The table of all options as Markdown. */
export function optionTable(): string {
  const rows = optionNames.map((name) => {
    const row: SettingOption<unknown> = options[name];
    const flag = row.value ? `${row.flag} ${row.value}` : row.flag;
    const env = row.env ? `\`${row.env}\`` : "";
    const value = row.defaultText ?? "";
    const shown = value === "" || value === "required" ? value : `\`${value}\``;
    return `| \`${flag}\` | ${env} | ${shown} | ${row.help} |`;
  });
  return ["| flag | environment | default | meaning |", "| --- | --- | --- | --- |", ...rows]
    .join("\n");
}

/**
 * The document with the table between its markers brought up to date.
 *
 * @throws {Error} when the markers are missing
 */
export function withOptionTable(document: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Cannot place the option table: no "${begin}" marker`);
  return `${document.slice(0, from)}${begin}\n\n${optionTable()}\n\n${document.slice(to)}`;
}

if (import.meta.main) {
  const path = fileURLToPath(new URL("../README.md", import.meta.url));
  await Deno.writeTextFile(path, withOptionTable(await Deno.readTextFile(path)));
  const { code } = await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path] })
    .output();
  Deno.exit(code);
}
