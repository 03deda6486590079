import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../../scripts/build/run.ts";
import { targets } from "../../../scripts/build/targets.ts";
import { archiveName } from "../../../scripts/package/archive.ts";
import { parseChecksums } from "../../../scripts/package/checksums.ts";
import { bundleName } from "../../../scripts/package/mcpb_bundle.ts";
import { project } from "../../../scripts/package/project.ts";
import { layout, writeArtifacts } from "../../../scripts/release/artifacts.ts";
import { standInText } from "../../../scripts/release/executables.ts";
import { tree } from "../../../scripts/release/tree.ts";
import { verifyChecksums } from "../../../scripts/release/verify.ts";
import { hasProgram } from "../../support/has_program.ts";

const root = join(import.meta.dirname!, "..", "..", "..");

Deno.test({
  name: "a release has every artefact, and a changed byte is found",
  ignore: !(await hasProgram("npm")),
  async fn(t) {
    const to = await Deno.makeTempDir({ prefix: "authful-release-" });
    try {
      const text = (triple: string) =>
        new TextEncoder().encode(standInText(targets.find((each) => each.triple === triple)!));
      await writeArtifacts(root, {
        executables: {
          bytes: new Map(targets.map((target) => [target, text(target.triple)])),
          standIns: new Map(),
        },
        completions: { "authful-mcp-proxy.fish": "complete\n" },
        origin: { commit: "c0ffee", date: new Date("2026-11-23T09:00:00Z") },
        deno: "2.9.6",
        changes: { version: project.version, date: "2026-11-23", notes: "- First." },
        to,
      });

      await t.step("downloads, each with its checksum", async () => {
        const sums = parseChecksums(await Deno.readTextFile(join(to, "downloads", "SHA256SUMS")));
        deepEqual(
          Object.keys(sums).sort(),
          [
            ...targets.map(archiveName),
            ...targets.map(bundleName),
            `${project.name}-${project.version}.cdx.json`,
          ].sort(),
        );
        equal(await verifyChecksums(to), 13);
        const formula = await Deno.readTextFile(join(to, layout.homebrew, `${project.name}.rb`));
        ok(formula.includes(sums[archiveName(targets[0]!)]!));
      });

      await t.step("an archive holds what its platform's people need", async () => {
        const archive = join(to, "downloads", archiveName(targets[0]!));
        deepEqual((await run(["tar", "-tzf", archive])).trim().split("\n"), [
          "authful-mcp-proxy",
          "LICENSE",
          "README.md",
          "THIRD_PARTY_LICENSES.md",
          "completions/authful-mcp-proxy.fish",
        ]);
      });

      await t.step("seven npm tarballs, whose executables can be started", async () => {
        const tarballs = (await Array.fromAsync(Deno.readDir(join(to, layout.npm)))).length;
        equal(tarballs, targets.length + 1);
        const linux = join(to, layout.npm, `authful-mcp-proxy-linux-x64-${project.version}.tgz`);
        match(await run(["tar", "-tvzf", linux]), /^-rwx\S+ .*package\/bin\/authful-mcp-proxy$/m);
      });

      await t.step("the rest, as the tree shows it", async () => {
        const shown = await tree(to);
        for (const name of ["server.json", "release-notes.md", "Dockerfile", "linux-arm64/"]) {
          ok(shown.includes(name), name);
        }
        match(shown, /Authful\.MCPProxy\.installer\.yaml {2}\d/);
      });

      await t.step("a changed, an unlisted and a missing file stop the release", async () => {
        const file = join(to, "downloads", bundleName(targets[0]!));
        const original = await Deno.readFile(file);
        await Deno.writeFile(file, original.with(100, original[100]! ^ 1));
        await rejects(verifyChecksums(to), /SHA256SUMS has [0-9a-f]{64}, the file has/);
        await Deno.writeFile(file, original);
        await Deno.writeTextFile(join(to, "downloads", "extra"), "");
        await rejects(verifyChecksums(to), /extra: it has no line in SHA256SUMS/);
        await Deno.remove(join(to, "downloads", "extra"));
        await Deno.remove(file);
        await rejects(verifyChecksums(to));
      });
    } finally {
      await Deno.remove(to, { recursive: true });
    }
  },
});
