import type { Summary } from "../measure/statistics.ts";
import type { Results } from "./results.ts";
import { number, shown } from "./shown.ts";

/**
 * The results as Markdown: the targets, then every figure as `median ± half the distance of the
 * quartiles, ratio`, the ratio being to the first of floor, mcp-remote and SDK that has the figure.
 */
export function table(results: Results): string {
  const lines: string[] = [];
  lines.push(
    `${results.quick ? "**A quick run: not for comparison.** " : ""}${circumstances(results)}`,
    "",
  );
  for (const missing of results.absent) lines.push(`Not measured: ${missing}.`, "");
  lines.push(...targetTable(results), ...figureTables(results));
  if (results.failures.length > 0) {
    lines.push("", "### What a subject could not do", "");
    for (const { figure, subject, reason } of results.failures) {
      lines.push(`- ${results.subjects[subject]}, ${figure}: ${reason}`);
    }
  }
  return lines.join("\n") + "\n";
}

function circumstances(
  { date, machine, versions }: Pick<Results, "date" | "machine" | "versions">,
): string {
  return `${date.slice(0, 10)}; ${
    [...Object.values(machine), ...Object.values(versions)].join("; ")
  }.`;
}

function targetTable({ targets, subjects }: Results): string[] {
  return [
    "| target | subject | limit | measured | |",
    "| --- | --- | ---: | ---: | --- |",
    ...targets.map(({ target, subject, limit, measured, unit, met }) =>
      `| ${target} | ${subjects[subject] ?? subject} | ${number(limit)} ${unit} | ` +
      `${number(measured)} ${unit} | ${met ? "met" : "**not met**"} |`
    ),
  ];
}

const roundTrips = "Over a network with round trips of 200 ms";

/** The headings under which figures are listed, by how their names begin. */
const groups: readonly [string, RegExp][] = [
  ["Start and end", /^(start|time to exit)/],
  [roundTrips, /^(round trips|connections)/],
  ["Calls", /^(latency|added latency|calls)/],
  ["Calls while the credential is renewed", /^renewal/],
  ["Big messages", /^\d+ MB/],
  ["At rest, and after many calls", /^(idle|memory|processor)/],
  ["Many of them at rest on one machine", /^\d+ idle/],
  ["Size", /^size/],
];

function figureTables({ figures, subjects, roundTrips: apart }: Results): string[] {
  const lines: string[] = [];
  for (const [heading, names] of groups) {
    const rows = Object.entries(figures).filter(([figure]) => names.test(figure));
    const ids = Object.keys(subjects).filter((id) => rows.some(([, row]) => id in row));
    if (rows.length === 0) continue;
    lines.push(
      "",
      `### ${heading}`,
      "",
      ...heading === roundTrips && apart ? [`Measured apart, ${circumstances(apart)}`, ""] : [],
      `| figure | ${ids.map((id) => subjects[id]).join(" | ")} |`,
      `| --- | ${ids.map(() => "---:").join(" | ")} |`,
    );
    for (const [figure, row] of rows) {
      lines.push(`| ${figure} | ${ids.map((id) => cell(figure, row, id)).join(" | ")} |`);
    }
  }
  return lines;
}

function cell(figure: string, row: Record<string, Summary>, id: string): string {
  const summary = row[id];
  if (!summary) return "";
  const { median, low, high } = summary;
  const spread = Math.round((high - low) / 2 / Math.abs(median) * 100);
  const reference = ["floor", "mcp-remote", "sdk"].find((id) => id in row);
  const ratio = reference === undefined ? NaN : median / row[reference].median;
  return shown(figure, median) + (spread > 0 && Number.isFinite(spread) ? ` ± ${spread} %` : "") +
    (id === reference || !Number.isFinite(ratio) ? "" : `, ${number(ratio)} ×`);
}
