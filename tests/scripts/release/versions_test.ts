import { equal, throws } from "node:assert/strict";
import { join } from "node:path";
import { checkVersions, readVersionSources } from "../../../scripts/release/versions.ts";
import { version } from "../../../src/base/version.ts";

const changelog = `## [Unreleased]\n\n- Soon.\n\n## [${version}] - 2026-11-23\n\n- Now.\n`;
const tag = `v${version}`;

Deno.test("a tag that equals the version and has a changelog entry can be released", () => {
  equal(checkVersions({ denoJson: version, changelog, tag }).notes, "- Now.");
});

Deno.test("another tag, another deno.json or a missing entry stops the release", () => {
  throws(
    () => checkVersions({ denoJson: version, changelog, tag: "v99.0.0" }),
    /the tag is v99\.0\.0, the version is/,
  );
  throws(() => checkVersions({ denoJson: "99.0.0", changelog, tag }), /deno\.json has 99\.0\.0/);
  throws(
    () => checkVersions({ denoJson: version, changelog: "## [Unreleased]\n\n- x\n", tag }),
    /no entry for it/,
  );
});

Deno.test("a dry run takes what is not released yet, and the working copy passes it", async () => {
  const unreleased = "## [Unreleased]\n\n- Soon.\n";
  equal(checkVersions({ denoJson: version, changelog: unreleased }).notes, "- Soon.");
  checkVersions(await readVersionSources(join(import.meta.dirname!, "..", "..", "..")));
});
