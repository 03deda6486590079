import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { changelogEntry, parseChangelog } from "../../../scripts/package/changelog.ts";

const sample = `# Changelog

## [Unreleased]

## [1.1.0] - 2026-12-01

### Added

- A thing.

## [1.0.0] - 2026-11-23

- First.

[1.1.0]: https://example.com/compare/v1.0.0...v1.1.0
`;

Deno.test("releases come newest first, with their day and their notes", () => {
  deepEqual(parseChangelog(sample), [
    { version: "Unreleased", date: undefined, notes: "" },
    { version: "1.1.0", date: "2026-12-01", notes: "### Added\n\n- A thing." },
    { version: "1.0.0", date: "2026-11-23", notes: "- First." },
  ]);
  equal(changelogEntry(sample, "1.0.0").notes, "- First.");
});

Deno.test("a release needs an entry with a day and notes", () => {
  throws(
    () => changelogEntry(sample, "2.0.0"),
    /Cannot release 2\.0\.0: .* no entry for it; turn "## \[Unreleased\]" into "## \[2\.0\.0\] - /,
  );
  throws(() => changelogEntry("## [2.0.0]\n\n- x\n", "2.0.0"), /no date; write "## \[2\.0\.0\] - /);
  throws(
    () => changelogEntry("## [2.0.0] - 2026-11-23\n", "2.0.0"),
    /empty; say below "## \[2\.0\.0\] - .* what changed in CHANGELOG\.md/,
  );
  throws(() => parseChangelog("## 1.0 (some day)\n"), /Cannot read the changelog heading/);
});

Deno.test("the project's own changelog can be read", async () => {
  const text = await Deno.readTextFile(new URL("../../../CHANGELOG.md", import.meta.url));
  ok(parseChangelog(text).length > 0);
});
