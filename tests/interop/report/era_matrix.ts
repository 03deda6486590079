import type { Judged } from "../judge.ts";
import type { InteropResult } from "../run_interop.ts";
import { cell } from "./cell.ts";

/** Clients of either era at backends of one, as Markdown: how much works, then what. */
export function eraMatrix(result: InteropResult): string[] {
  const judged = result.judged.filter(({ kind }) => kind === "one-era");
  const backends = result.measured.filter(({ kind }) => kind === "one-era")
    .map(({ counterpart }) => counterpart)
    .toSorted((one, other) => one.name < other.name ? -1 : 1);
  const clients = [...new Map(judged.map(({ at, atTitle }) => [at, atTitle ?? at ?? ""]))];
  const features = [...new Set(judged.map(({ feature }) => feature))];
  const of = (backend: string) => judged.filter(({ counterpart }) => counterpart === backend);
  return [
    "Each client goes through what the backend offers, by its SDK's own means, and the program " +
    "stands between. Where the backend speaks the client's era nothing is translated, where it does " +
    "not everything is. A backend whose SDK speaks both eras and has no setting for one alone has " +
    "something before it that refuses the other one as a server does that does not know it. The " +
    "scenarios of the conformance suite go the same four ways: `deno task test:conformance` is its " +
    "server, `deno task test:conformance:server` its client.",
    "",
    "How much of it works, of what the backend itself can, and the client with it where nothing has " +
    "to be translated:",
    "",
    ...table([
      ["backend", ...clients.map(([, title]) => title)],
      ...backends.map(({ name, title }) => [
        title,
        ...clients.map(([at]) => share(of(name).filter((one) => one.at === at))),
      ]),
    ]),
    "",
    "What works with all these clients (✓), fails with one of them (✗), or the backend itself cannot " +
    "(–), as a direct client of its own era has found, or does not declare to clients:",
    "",
    ...table([
      ["feature", ...backends.map(({ title }) => title)],
      ...features.map((feature) => [
        feature,
        ...backends.map(({ name }) => sign(of(name).filter((one) => one.feature === feature))),
      ]),
    ]),
    "",
    ...reasons(judged, new Map(backends.map(({ name, title }) => [name, title]))),
    ...backends.map(({ title, versions }) =>
      `- ${title}: ${
        Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")
      }`
    ),
    "",
  ];
}

/** How many of those that the backend can. */
function share(judged: readonly Judged[]): string {
  const measured = judged.filter(({ program }) => program);
  const good = measured.filter(({ program }) => program?.ok).length;
  if (measured.length === 0) return "";
  return good === measured.length ? `✓ ${good}` : `✗ ${good} of ${measured.length}`;
}

function sign(judged: readonly Judged[]): string {
  if (judged.length === 0) return "";
  if (judged.some(({ program }) => program?.ok === false)) return "✗";
  return judged.some(({ program }) => program) ? "✓" : "–";
}

function reasons(judged: readonly Judged[], titles: ReadonlyMap<string, string>): string[] {
  const lines = judged.flatMap((one) => {
    const { counterpart, at, atTitle, feature, program, expected, note } = one;
    const failure = program?.ok === false ? program.why : undefined;
    const why = failure !== undefined && typeof expected === "string" ? expected : failure ?? note;
    if (why === undefined) return [];
    return [`- ${titles.get(counterpart)}, ${atTitle ?? at}, ${feature}: ${cell(why)}`];
  });
  return lines.length > 0 ? [...lines, ""] : [];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const [header = [], ...body] = rows.map((row) => `| ${row.map(cell).join(" | ")} |`);
  return [header as string, `| ${rows[0]!.map(() => "---").join(" | ")} |`, ...body];
}
