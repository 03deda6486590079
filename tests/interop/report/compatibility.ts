/**
 * Writes docs/compatibility.md from what a run has measured.
 *
 * @module
 */
import { join } from "node:path";
import { repository } from "../../support/paths.ts";
import type { Judged } from "../judge.ts";
import type { InteropResult } from "../run_interop.ts";
import { runCommand } from "../running_process.ts";
import { cell } from "./cell.ts";
import { peerTables } from "./peer_tables.ts";
import { signOf } from "./sign_of.ts";

const file = join(repository, "docs", "compatibility.md");

/** Writes the page: what this run measured anew, the other sections as they are. */
export async function publishCompatibility(
  result: InteropResult,
  options: { date: Date },
): Promise<void> {
  const previous = await Deno.readTextFile(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  await Deno.writeTextFile(file, compatibilityPage(result, { ...options, previous }));
  // As `deno fmt --check` wants it: tables in line, text wrapped.
  await runCommand({ command: Deno.execPath(), args: ["fmt", "--quiet", file], cwd: repository });
}

/** A section of the page: what is measured, and what one row of its tables is called. */
interface Section {
  readonly kind: Judged["kind"];
  readonly title: string;
  readonly column: string;
}

const sections: readonly Section[] = [
  { kind: "backend", title: "Backends", column: "feature" },
  { kind: "client", title: "Clients", column: "behaviour" },
  { kind: "provider", title: "Providers", column: "flow" },
  { kind: "peer", title: "Programs like this one", column: "scenario" },
];

/** What {@linkcode compatibilityPage} is told. */
export interface CompatibilityPageOptions {
  /** When it was measured. */
  date: Date;
  /** The page as it was, whose sections stay where this run has measured nothing of the kind. */
  previous?: string;
}

/** The page as Markdown. */
export function compatibilityPage(
  result: InteropResult,
  { date, previous = "" }: CompatibilityPageOptions,
): string {
  const lines = [
    "# Compatibility",
    "",
    "Written by `deno task test:interop --publish`, which installs each of these at the version " +
    "named, runs it, and lets the program work with it.",
    "",
    "| sign | meaning |",
    "| ---- | ------- |",
    "| ✓ | works |",
    "| ✗ | does not work through the program; the reason stands below the table |",
    "| – | the counterpart itself cannot: a direct client, measured in the same run, has no success either |",
    "",
  ];
  const kept = sectionsOf(previous);
  for (const section of sections) {
    const measured = sectionLines(result, { section, date });
    const text = measured.length > 0 ? measured.join("\n") : kept.get(section.title);
    if (text !== undefined) lines.push(`## ${section.title}`, "", text.trim(), "");
  }
  return lines.join("\n");
}

/** The sections of a page by their titles. */
function sectionsOf(page: string): Map<string, string> {
  const [, ...parts] = page.split(/^## /m);
  return new Map(parts.map((part) => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), part.slice(end)];
  }));
}

/** What stands under the heading of a section; nothing when nothing of the kind was to be measured. */
function sectionLines(
  result: InteropResult,
  { section, date }: { section: Section; date: Date },
): string[] {
  const judged = result.judged.filter(({ kind }) => kind === section.kind);
  const ignored = result.ignored.filter(({ kind }) => kind === section.kind);
  if (judged.length + ignored.length === 0) return [];
  const lines = [`Measured on ${date.toISOString().slice(0, 10)}.`, ""];
  if (section.kind === "peer") lines.push(...peerTables(result));
  else {
    for (const group of groupsOf(result, section.kind)) {
      lines.push(...table(group, judged, section));
    }
  }
  if (ignored.length > 0) {
    lines.push("Not measured:", "");
    for (const { counterpart, why } of ignored) lines.push(`- ${counterpart}: ${cell(why)}`);
    lines.push("");
  }
  return lines;
}

interface Group {
  title: string;
  versions: Readonly<Record<string, string>>;
  rows: { name: string; title: string }[];
}

/** Counterparts of one installation stand in one table. */
function groupsOf(result: InteropResult, kind: Judged["kind"]): Group[] {
  const groups = new Map<string, Group>();
  for (const { counterpart, kind: its } of result.measured) {
    if (its !== kind) continue;
    const key = counterpart.files[0]?.href ?? counterpart.name;
    const [title] = counterpart.title.split(",");
    const group = groups.get(key) ?? { title: title!, versions: counterpart.versions, rows: [] };
    const names = new Set(
      result.judged.filter((one) =>
        one.kind === kind &&
        (one.counterpart === counterpart.name || one.counterpart.startsWith(`${counterpart.name}@`))
      ).map((one) => one.counterpart),
    );
    for (const name of names) {
      const [, era] = name.split("@");
      group.rows.push({ name, title: era ? `${counterpart.title} (${era})` : counterpart.title });
    }
    groups.set(key, group);
  }
  return [...groups.values()];
}

function table(
  { title, versions, rows }: Group,
  judged: readonly Judged[],
  { column }: { column: string },
): string[] {
  const features = [
    ...new Set(
      judged.filter(({ counterpart }) => rows.some(({ name }) => name === counterpart))
        .map(({ feature }) => feature),
    ),
  ];
  const find = (name: string, feature: string) =>
    judged.find((one) => one.counterpart === name && one.feature === feature);
  const pinned = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
  const lines = [
    `### ${title}`,
    "",
    ...pinned ? [pinned, ""] : [],
    `| ${[column, ...rows.map(({ title }) => title)].map(cell).join(" | ")} |`,
    `| ${["---", ...rows.map(() => "---")].join(" | ")} |`,
  ];
  const reasons: string[] = [];
  for (const feature of features) {
    const signs = rows.map(({ name, title }) => {
      const one = find(name, feature);
      if (one?.program?.ok === false) {
        reasons.push(`- ${title}, ${feature}: ${cell(one.expected ?? one.program.why)}`);
      }
      return signOf(one);
    });
    lines.push(`| ${[cell(feature), ...signs].join(" | ")} |`);
  }
  lines.push("", ...reasons, ...reasons.length > 0 ? [""] : []);
  return lines;
}
