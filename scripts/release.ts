/**
 * Makes every artefact of a release in `dist/` and verifies it; publishes nothing.
 *
 * `deno task release --tag v1.2.3 --executables DIRECTORY` takes executables that were built and
 * tested on each platform. `deno task release --dry-run` builds those that this machine can build.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { originOf } from "./build/origin.ts";
import { run } from "./build/run.ts";
import { runScript } from "./build/run_script.ts";
import { targetOf } from "./build/targets.ts";
import { findToolchain } from "./build/toolchain.ts";
import { project } from "./package/project.ts";
import { publishJsr } from "./publish/jsr.ts";
import { writeArtifacts } from "./release/artifacts.ts";
import { shellCompletions } from "./release/completions.ts";
import { buildPossibleExecutables, readExecutables } from "./release/executables.ts";
import { missingForTag } from "./release/readiness.ts";
import { tree } from "./release/tree.ts";
import { verifyChecksums } from "./release/verify.ts";
import { checkVersions, readVersionSources } from "./release/versions.ts";
import { smokeTest } from "./smoke_test.ts";

if (import.meta.main) {
  await runScript(async () => {
    const root = resolve(import.meta.dirname!, "..");
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        "dry-run": { type: "boolean", default: false },
        tag: { type: "string" },
        executables: { type: "string" },
        out: { type: "string", default: join(root, "dist") },
      },
    });
    const dryRun = values["dry-run"];
    if (dryRun === Boolean(values.tag && values.executables)) {
      console.error("Usage: deno task release --dry-run | --tag TAG --executables DIRECTORY");
      Deno.exit(2);
    }
    const to = resolve(values.out);
    await Deno.remove(to, { recursive: true }).catch(() => {});

    const sources = await readVersionSources(root);
    const changes = checkVersions({ ...sources, tag: values.tag });
    const origin = await originOf(root);
    if (values.tag && !origin.commit) {
      throw new Error("Cannot release: files differ from the commit that the tag names");
    }
    const toolchain = findToolchain((name) => Deno.env.get(name));
    const executables = values.executables
      ? await readExecutables(values.executables)
      : await buildPossibleExecutables(root, { toolchain, origin, to: join(to, "executables") });
    const own = targetOf(Deno.build.target);
    if (!executables.standIns.has(own)) {
      await smokeTest(
        join(values.executables ?? join(to, "executables"), own.triple, own.executable),
      );
    }
    const { deno } = JSON.parse(
      await run([toolchain.deno, "eval", "console.log(JSON.stringify(Deno.version))"]),
    );
    await writeArtifacts(root, {
      executables,
      completions: await shellCompletions(root),
      origin,
      deno,
      changes,
      to,
    });
    const verified = await verifyChecksums(to);
    const parts = { root, dist: to, run, getEnv: (name: string) => Deno.env.get(name) };
    await publishJsr(parts, { dryRun: true });

    console.log(`\n${to}\n${await tree(to, "  ")}`);
    console.log(`${verified} checksums verified, and JSR would take the source.`);
    for (const [target, reason] of executables.standIns) {
      console.log(`Not built: ${target.triple}, a text stands in for its executable (${reason})`);
    }
    if (values.tag) return;
    const tags = (await run(["git", "tag", "--list"], { cwd: root })).split("\n");
    const missing = missingForTag({ changelog: sources.changelog, origin, tags });
    const tag = `v${project.version}`;
    console.log(
      missing.length === 0
        ? `Ready to be tagged: git tag -s ${tag} && git push origin ${tag}`
        : `Not ready to be tagged as ${tag}:\n${missing.map((what) => `  - ${what}`).join("\n")}`,
    );
  });
}
