/** One release in the changelog. */
export interface ChangelogEntry {
  /** `1.2.3`, or `Unreleased`. */
  version: string;
  /** The day, as `2026-11-23`; absent for what is not released. */
  date?: string;
  /** What changed, as Markdown without the heading. */
  notes: string;
}

/** Reads the releases of a changelog in the format of keepachangelog.com, newest first. */
export function parseChangelog(markdown: string): ChangelogEntry[] {
  const entries: ChangelogEntry[] = [];
  for (const section of markdown.split(/^## /m).slice(1)) {
    const [heading, ...body] = section.split("\n");
    const [, version, date] = /^\[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?\s*$/.exec(heading!) ?? [];
    if (!version) throw new Error(`Cannot read the changelog heading ${JSON.stringify(heading)}`);
    const notes = body.filter((line) => !/^\[[^\]]+\]: /.test(line)).join("\n").trim();
    entries.push({ version, date, notes });
  }
  return entries;
}

/**
 * The changelog's entry for a version.
 *
 * @throws {Error} when there is none, it has no date, or it says nothing; with what to do
 */
export function changelogEntry(markdown: string, version: string): ChangelogEntry {
  const entry = parseChangelog(markdown).find((each) => each.version === version);
  const refuse = (why: string, todo: string) =>
    new Error(`Cannot release ${version}: ${why}; ${todo} in CHANGELOG.md`);
  if (!entry) {
    throw refuse(
      "the changelog has no entry for it",
      `turn "## [Unreleased]" into ${headingOf(version)}`,
    );
  }
  if (!entry.date) {
    throw refuse("its changelog entry has no date", `write ${headingOf(version)}`);
  }
  if (!entry.notes) {
    throw refuse(
      "its changelog entry is empty",
      `say below "## [${version}] - ${entry.date}" what changed`,
    );
  }
  return entry;
}

function headingOf(version: string): string {
  return `"## [${version}] - ${new Date().toISOString().slice(0, 10)}"`;
}
