import { deepEqual, equal, match } from "node:assert/strict";
import { missingForTag } from "../../../scripts/release/readiness.ts";
import { version } from "../../../src/base/version.ts";

const ready = {
  changelog: `## [Unreleased]\n\n## [${version}] - 2026-11-23\n\n- Now.\n`,
  origin: { commit: "c0ffee", date: new Date() },
  tags: ["v0.0.1"],
};

Deno.test("nothing is missing where the changelog has the version and all is committed", () => {
  deepEqual(missingForTag(ready), []);
});

Deno.test("what is missing is said with what to do", () => {
  const missing = missingForTag({
    changelog: "## [Unreleased]\n\n- Soon.\n",
    origin: { date: new Date() },
    tags: [`v${version}`],
  });
  equal(missing.length, 3);
  match(missing[0]!, /^The tag v\S+ is there already; raise the version in deno\.json/);
  match(
    missing[1]!,
    /no entry for it; turn "## \[Unreleased\]" into "## \[\d\S+\] - \d{4}-\d\d-\d\d"/,
  );
  match(missing[2]!, /^Files differ from the last commit; commit them\.$/);
});
