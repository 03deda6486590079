/**
 * Makes every artefact of a release in `dist/` and verifies it; publishes nothing.
 *
 * `deno task release --tag v1.2.3 --executables DIRECTORY` takes executables that were built and
 * tested on each platform. `deno task release --dry-run` builds those that this machine can build.
 */
import { join, resolve } from "node:path";
import { originOf } from "./build/origin.ts";
import { run } from "./build/run.ts";
import { runScript } from "./build/run_script.ts";
import { targetOf } from "./build/targets.ts";
import { findToolchain } from "./build/toolchain.ts";
import { project } from "./package/project.ts";
import { publishJsr } from "./publish/jsr.ts";
import { layout, writeArtifacts } from "./release/artifacts.ts";
import { shellCompletions } from "./release/completions.ts";
import { buildPossibleExecutables, readExecutables } from "./release/executables.ts";
import { missingForTag } from "./release/readiness.ts";
import { tree } from "./release/tree.ts";
import { verifyChecksums } from "./release/verify.ts";
import { checkVersions, readVersionSources } from "./release/versions.ts";
import { root } from "./root.ts";
import { endWithUsage, scriptArguments } from "./script_arguments.ts";
import { smokeTest } from "./smoke_test.ts";

const usage = "deno task release --dry-run | --tag TAG --executables DIRECTORY [--out DIRECTORY]";

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  await runScript(async () => {
    const { flags } = scriptArguments({
      usage,
      options: {
        "dry-run": { type: "boolean", default: false },
        tag: { type: "string" },
        executables: { type: "string" },
        out: { type: "string", default: join(root, "dist") },
      },
    });
    const dryRun = flags["dry-run"];
    if (dryRun === Boolean(flags.tag && flags.executables)) {
      endWithUsage(usage);
    }
    const to = resolve(flags.out);
    // Not the directory itself, which may hold more than an earlier release.
    for (const part of ["executables", ...Object.values(layout)]) await remove(join(to, part));

    const sources = await readVersionSources(root);
    const changes = checkVersions({ ...sources, tag: flags.tag });
    const origin = await originOf(root);
    if (flags.tag && !origin.commit) {
      throw new Error("Cannot release: files differ from the commit that the tag names");
    }
    const toolchain = await findToolchain((name) => Deno.env.get(name));
    const executables = flags.executables
      ? await readExecutables(flags.executables)
      : await buildPossibleExecutables(root, { toolchain, origin, to: join(to, "executables") });
    const own = targetOf(Deno.build.target);
    if (!executables.standIns.has(own)) {
      const directory = flags.executables ?? join(to, "executables");
      await smokeTest({ command: [join(directory, own.triple, own.executable)] });
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
    if (flags.tag) return;
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
