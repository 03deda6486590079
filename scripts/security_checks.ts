/**
 * Writes the list of security checks into docs/security.md, with the change that breaks each and the
 * test that notices: `deno task docs`. A test fails when it is stale.
 *
 * @module
 */
import { join } from "node:path";
import { type SecurityCheck, securityChecks } from "../tests/mutants/security_checks.ts";

const begin = "<!-- security checks: written by `deno task docs` -->";
const end = "<!-- /security checks -->";

/** The list as a table of Markdown. */
export function securityCheckTable(checks: readonly SecurityCheck[]): string {
  const rows = checks.map(({ check, file, find, replace, test: [testFile, name] }) => {
    const change = replace.trim() === ""
      ? `without ${code(find)}`
      : `${code(find)} becomes ${code(replace)}`;
    return [check, `${change} in ${code(file)}`, `“${name}” of ${code(testFile)}`];
  });
  return [["what is checked", "broken so", "it fails"], ["---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

/** Code in one line, within as many backticks as it needs. */
function code(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.includes("`") ? `\`\`${line}\`\`` : `\`${line}\``;
}

/** The text of the page with the list of today between its two markers. */
export function withSecurityChecks(markdown: string): string {
  const from = markdown.indexOf(begin);
  const to = markdown.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Cannot find ${begin} … ${end} in the page`);
  const table = securityCheckTable(securityChecks);
  return `${markdown.slice(0, from)}${begin}\n\n${table}\n\n${markdown.slice(to)}`;
}

if (import.meta.main) {
  const page = join(import.meta.dirname!, "..", "docs", "security.md");
  await Deno.writeTextFile(page, withSecurityChecks(await Deno.readTextFile(page)));
}
