import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { parse } from "yaml";
import { wingetManifests } from "../../../scripts/package/winget_manifests.ts";
import { version } from "../../../src/base/version.ts";
import { assertMatchesSchema } from "./json_schema.ts";
import { sampleSums } from "./sample_sums.ts";

const release = { sums: sampleSums, date: "2026-11-23", notes: "### Added\n\n- A: thing # one." };
const manifests = wingetManifests(release);
const manifestOf = (kind: string) =>
  // Dates stay texts, as winget's schema has them.
  parse(manifests[`manifests/a/Authful/MCPProxy/${version}/Authful.MCPProxy${kind}.yaml`]!, {
    schema: "core",
  });

for (
  const [kind, schema] of [
    ["", "version"],
    [".installer", "installer"],
    [".locale.en-US", "defaultLocale"],
  ] as const
) {
  Deno.test(`the ${schema} manifest matches winget's schema`, async () => {
    await assertMatchesSchema(manifestOf(kind), `winget.manifest.${schema}.1.10.0.json`);
  });
}

Deno.test("winget's schema refuses what is not a manifest", async () => {
  const broken = { ...manifestOf(".installer"), InstallerType: "tarball" };
  await rejects(
    assertMatchesSchema(broken, "winget.manifest.installer.1.10.0.json"),
    /InstallerType/,
  );
});

Deno.test("both Windows archives are offered with their sums", () => {
  const { Installers } = manifestOf(".installer");
  deepEqual(
    Installers.map((each: Record<string, string>) => [each.Architecture, each.InstallerSha256]),
    [["x64", "5".repeat(64)], ["arm64", "6".repeat(64)]],
  );
  equal(manifestOf(".locale.en-US").ReleaseNotes, release.notes);
});

Deno.test("manifests without the sum of an archive are not written", () => {
  throws(() => wingetManifests({ ...release, sums: {} }), /no checksum of .*windows-msvc\.zip/);
});
