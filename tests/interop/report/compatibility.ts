/**
 * Writes docs/compatibility.md from what a run has measured.
 *
 * @module
 */
import { join } from "node:path";
import { repository } from "../../support/paths.ts";
import type { Judged } from "../judge.ts";
import { expectedFailures } from "../expected_failures.ts";
import { anchorOf, type FaultOfOthers } from "../faults_of_others.ts";
import type { InteropResult, Measured } from "../run_interop.ts";
import { runCommand } from "../running_process.ts";
import { cell } from "./cell.ts";
import { eraMatrix } from "./era_matrix.ts";
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
  { kind: "one-era", title: "Clients of one era at backends of the other", column: "feature" },
  { kind: "gateway", title: "Gateways", column: "feature" },
  { kind: "client", title: "Clients", column: "behaviour" },
  { kind: "provider", title: "Providers", column: "flow" },
  { kind: "peer", title: "Programs like this one", column: "scenario" },
];

/** What no run can show. */
const leftOut =
  "Left out on purpose are two fallbacks of protocol version 2025-03-26: a backend that is " +
  "its own authorization server without saying so (RFC 8414 at the backend's origin), and endpoints " +
  "guessed without any metadata (`/authorize`, `/token`, `/register`). Such a backend offers a " +
  "sign-in of its own: name it with `OIDC_ISSUER_URL`. All other scenarios of the conformance suite " +
  "that are about authorization are run through the program: `deno task test:conformance:auth`.";

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
    "| – | the counterpart itself cannot: a direct client, measured in the same run, has no success either; " +
    "of a client: not run, for the reason below the table |",
    "",
    leftOut,
    "",
  ];
  const kept = sectionsOf(previous);
  for (const section of sections) {
    const measured = sectionLines(result, { section, date });
    const text = measured.length > 0 ? measured.join("\n") : kept.get(section.title);
    if (text !== undefined) lines.push(`## ${section.title}`, "", text.trim(), "");
  }
  lines.push(...faultsOfOthers());
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
  const measured = result.measured.filter(({ kind }) => kind === section.kind);
  const lines = [whenMeasured(measured, date), ""];
  if (section.kind === "peer") lines.push(...peerTables(result));
  else if (section.kind === "one-era") lines.push(...eraMatrix(result));
  else if (section.kind === "gateway") lines.push(...gatewayTable(result, { judged, section }));
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

/** One run, or which ones were joined. */
function whenMeasured(measured: readonly Measured[], date: Date): string {
  const runs = [...new Set(measured.map(({ began = date.toISOString() }) => minuteOf(began)))]
    .toSorted();
  return runs.length < 2
    ? `Measured in the run that began on ${runs[0] ?? minuteOf(date.toISOString())} UTC.`
    : `Joined from ${runs.length} runs, of each row the last: they began on ${
      runs.join(", on ")
    } UTC. Each table says which run it is from.`;
}

/** `2026-11-26 at 04:34`. */
function minuteOf(instant: string): string {
  return instant.slice(0, 16).replace("T", " at ");
}

/** All gateways side by side. */
function gatewayTable(
  result: InteropResult,
  { judged, section }: { judged: readonly Judged[]; section: Section },
): string[] {
  const groups = groupsOf(result, "gateway");
  return [
    "What stands between the program and one backend each, configured as",
    "[gateways.md](gateways.md) recommends it. The direct client goes through it, too.",
    "",
    ...table(
      {
        title: "nginx, haproxy and squid",
        versions: Object.assign({}, ...groups.map(({ versions }) => versions)),
        rows: groups.flatMap(({ rows }) => rows),
      },
      judged,
      section,
    ),
  ];
}

/** What other programs do wrong, where the list of expected failures points. */
function faultsOfOthers(): string[] {
  const faults = new Set(
    Object.values(expectedFailures).flatMap((row) => Object.values(row))
      .filter((expected) => typeof expected === "object"),
  );
  if (faults.size === 0) return [];
  const told = (fault: FaultOfOthers) => [
    `### ${fault.title}`,
    "",
    ...fault.text.flatMap((paragraph) => [paragraph, ""]),
  ];
  return [
    "## Faults of others",
    "",
    "What fails with a direct client as well, now and then. A run tries it with a direct client 20 " +
    "times, and after a failure through the program up to 200 times until it fails; only then does " +
    "that failure count as theirs.",
    "",
    ...[...faults].flatMap(told),
  ];
}

interface Group {
  title: string;
  versions: Readonly<Record<string, string>>;
  /** Which run it is from, where there are several. */
  began?: string;
  rows: { name: string; title: string }[];
}

/** Counterparts of one installation stand in one table. */
function groupsOf(result: InteropResult, kind: Judged["kind"]): Group[] {
  const groups = new Map<string, Group>();
  const measured = result.measured.filter((one) => one.kind === kind);
  const isJoined = new Set(measured.map(({ began }) => began)).size > 1;
  for (const { counterpart, packages, began } of measured) {
    // A result that was stored has a text in the place of the URL.
    const key = String(counterpart.files[0] ?? counterpart.name);
    const [title] = counterpart.title.split(",");
    const group = groups.get(key) ?? {
      title: title!,
      versions: { ...counterpart.versions, ...packages },
      ...isJoined && began ? { began: minuteOf(began) } : {},
      rows: [],
    };
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
  { title, versions, began, rows }: Group,
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
    ...began ? [`Run of ${began}.`, ""] : [],
    `| ${[column, ...rows.map(({ title }) => title)].map(cell).join(" | ")} |`,
    `| ${["---", ...rows.map(() => "---")].join(" | ")} |`,
  ];
  const reasons: string[] = [];
  for (const feature of features) {
    const signs = rows.map(({ name, title }) => {
      const one = find(name, feature);
      if (one?.program?.ok === false) {
        reasons.push(`- ${title}, ${feature}: ${reasonOf(one, one.program.why)}`);
      } else if (one?.kind === "client" && one.note !== undefined) {
        // Nothing was run: what is known of the client stands in the place of a direct run.
        reasons.push(`- ${title}, ${feature}: ${cell(one.note)}`);
      }
      return signOf(one);
    });
    lines.push(`| ${[cell(feature), ...signs].join(" | ")} |`);
  }
  lines.push("", ...reasons, ...reasons.length > 0 ? [""] : []);
  return lines;
}

/** Why something fails, as Markdown. */
function reasonOf({ expected, rounds }: Judged, why: string): string {
  if (typeof expected !== "object") return cell(expected ?? why);
  const directly = rounds
    ? ` (a direct client: in ${rounds.failed} of ${rounds.count} rounds)`
    : "";
  return `[${expected.title}](#${anchorOf(expected)})${directly}`;
}
