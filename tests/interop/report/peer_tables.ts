import { atSignIn } from "../measurement.ts";
import { modernBackend, peerBackends } from "../peer_backends.ts";
import type { InteropResult } from "../run_interop.ts";
import { cell } from "./cell.ts";
import { peerMatrix, type PeerRow } from "./peer_matrix.ts";
import { signOf } from "./sign_of.ts";

/** Peers side by side as Markdown: counts, a table for each place, and why what failed did. */
export function peerTables(result: InteropResult): string[] {
  const { peers, places } = peerMatrix(result);
  // How it is let in stands behind its name, in the first table alone.
  const titles = peers.map(({ counterpart }) => counterpart.title.replace(/ \(.*/, ""));
  const lines = [
    "The same scenarios with other programs in the place of this one, each set up as its own",
    "documentation says. At the backends, a program is given a token where it takes one; one that",
    "takes none signs in. Here – means that the program has no setting for it, that the backend has",
    "no such thing, or that something failed already without which it cannot be tried.",
    "",
    ...table(["program", "versions", "✓", "✗", "–"], [
      ...peers.map(({ counterpart, works, fails, absent }) => [
        counterpart.title,
        Object.entries(counterpart.versions).map((pair) => pair.join(" ")).join(", "),
        ...[works, fails, absent].map(String),
      ]),
    ]),
  ];
  for (const { at, rows } of places) {
    const backend = [...peerBackends, modernBackend].find(({ name }) => name === at);
    const heading = at === atSignIn ? "Being let in" : `At ${backend?.title ?? at}`;
    lines.push(
      `### ${heading}`,
      "",
      ...table(
        [at === atSignIn ? "way" : "feature", ...titles],
        rows.map(({ feature, cells }) => [feature, ...cells.map(signOf)]),
      ),
    );
    for (const row of rows) lines.push(...reasonsOf(row, titles));
    lines.push("");
  }
  return lines;
}

/** Why something failed: each reason once, with those whom it befell. */
function reasonsOf({ feature, cells }: PeerRow, titles: readonly string[]): string[] {
  const befallen = new Map<string, string[]>();
  for (const [index, one] of cells.entries()) {
    if (one?.program?.ok !== false) continue;
    const why = shorten(one.program.why);
    befallen.set(why, [...befallen.get(why) ?? [], titles[index]!]);
  }
  return [...befallen].map(([why, names]) =>
    `- ${cell(feature)}, ${cell(names.join(", "))}: ${cell(why)}`
  );
}

const longestReason = 200;

function shorten(text: string): string {
  return text.length > longestReason ? `${text.slice(0, longestReason)}…` : text;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [
    `| ${header.map(cell).join(" | ")} |`,
    `| ${header.map(() => "---").join(" | ")} |`,
    ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
    "",
  ];
}
