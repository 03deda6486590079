/**
 * The jobs of `release.yml`, one after the other as GitHub runs them, with programs that only write
 * down what services would have been asked.
 *
 * @module
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../../scripts/build/run.ts";
import { targets } from "../../../scripts/build/targets.ts";
import { project } from "../../../scripts/package/project.ts";
import { standInText } from "../../../scripts/release/executables.ts";
import { hasProgram } from "../../support/has_program.ts";
import { repository } from "../../support/paths.ts";
import { type ArtifactStore, artifactStore } from "./artifact_store.ts";
import { startFakeJsr } from "./fake_jsr.ts";
import { fakePrograms } from "./fake_programs.ts";
import { type Job, jobsBefore, patternOf, readWorkflow, type Step, uses } from "./workflow.ts";

const executable = Deno.env.get("AUTHFUL_EXECUTABLE");
const tag = `v${project.version}`;
const { version } = project;

/** What these programs answer: nothing is published yet, and what is published is there from then on. */
const answers = {
  gh: `case "$1 $2" in
"release view") [ -f "$STATE/release" ] || { echo "release not found" >&2; exit 1; }; cat "$STATE/release";;
"release create")
  for word; do
    case "$word" in */downloads/*) assets="$assets\${assets:+,}{\\"name\\":\\"\${word##*/}\\"}";; esac
  done
  echo "{\\"isDraft\\":false,\\"assets\\":[$assets]}" > "$STATE/release";;
"pr list") cat "$STATE/pulls" 2>/dev/null || echo '[]';;
"pr create") [ ! -f "$STATE/pulls" ] || { echo "a pull request already exists" >&2; exit 1; }
  echo '[{"url":"https://example.com/1","headRepositoryOwner":{"login":"authful"}}]' > "$STATE/pulls";;
esac`,
  npm: `case "$1" in
view) grep -qxF "$2" "$STATE/npm" 2>/dev/null && echo '${version}' || { echo "npm error code E404" >&2; exit 1; };;
*) exec "$REAL" "$@";;
esac`,
  npx: `for tarball; do :; done
tar -xzOf "$tarball" package/package.json | sed -n 's/^  "name": "\\(.*\\)",/\\1@${version}/p' >> "$STATE/npm"`,
  docker: `case "$1" in
login) cat > "$STATE/docker-password";;
run) echo '${version} (c0ffee)';;
esac`,
};

/** The source as it would be at the tag: this working copy, with the release in its changelog. */
async function releasedSource(to: string): Promise<void> {
  const listed = await run(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      cwd: repository,
    },
  );
  for (const file of listed.split("\0").filter((file) => file !== "")) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await Deno.copyFile(join(repository, file), join(to, file)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  const changelog = join(to, "CHANGELOG.md");
  const text = await Deno.readTextFile(changelog);
  if (!text.includes(`## [${version}]`)) {
    const released = `## [Unreleased]\n\n## [${version}] - 2026-11-23`;
    await Deno.writeTextFile(changelog, text.replace("## [Unreleased]", released));
  }
  await repositoryAt(to);
  await run(["git", "tag", tag], { cwd: to });
}

/** Makes a directory a repository with all that is in it in one commit. */
async function repositoryAt(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const git = (...args: string[]) => run(["git", ...args], { cwd: directory });
  await git("init", "--quiet", "--initial-branch=main");
  await git("config", "receive.denyCurrentBranch", "ignore");
  await git("add", "--all");
  await git(
    ...["-c", "user.name=a", "-c", "user.email=a@example.com"],
    ...["commit", "--quiet", "--allow-empty", "--message=first"],
  );
}

Deno.test({
  name: "the release goes through from the tag to the last publication, and again " +
    "(needs AUTHFUL_EXECUTABLE and npm)",
  ignore: !executable || Deno.build.os !== "linux" || !(await hasProgram("npm")),
  async fn(t) {
    const place = await Deno.makeTempDir({ prefix: "authful-rehearsal-" });
    const [source, tap, pkgs, fork] = ["source", "tap", "pkgs", "fork"]
      .map((name) => join(place, name)) as [string, string, string, string];
    try {
      await using jsr = startFakeJsr();
      const workflow = await readWorkflow("release.yml");
      const fakes = await fakePrograms(place, answers);
      await releasedSource(source);
      await repositoryAt(tap);
      await repositoryAt(pkgs);
      await run(["git", "clone", "--quiet", "--bare", pkgs, fork]);
      const gitConfig = join(place, "gitconfig");
      const repositories = {
        "authful/homebrew-tap": tap,
        "microsoft/winget-pkgs": pkgs,
        "authful/winget-pkgs": fork,
      };
      await Deno.writeTextFile(
        gitConfig,
        Object.entries(repositories).map(([name, path]) =>
          `[url "file://${path}"]\n\tinsteadOf = https://github.com/${name}\n`
        ).join(""),
      );
      await mkdir(join(place, "artifacts"));
      const store = artifactStore(join(place, "artifacts"));
      const env = {
        PATH: `${fakes.directory}:${Deno.env.get("PATH")}`,
        GIT_CONFIG_GLOBAL: gitConfig,
        GITHUB_REF_NAME: tag,
        GITHUB_ACTOR: "releaser",
        CI: "true",
        ...jsr.env,
      };
      const rehearse = (id: string, attempt = 1) =>
        rehearseJob(workflow.jobs[id]!, {
          directory: join(place, `${id}-${attempt}`),
          source,
          store,
          env,
        });

      for (const id of Object.keys(workflow.jobs)) {
        for (const before of jobsBefore(workflow, id)) {
          ok(Object.keys(workflow.jobs).indexOf(before) < Object.keys(workflow.jobs).indexOf(id));
        }
        await t.step(id, () => rehearse(id));
      }
      const started = await fakes.started();
      const starts = (...words: string[]) =>
        started.filter(({ command }) => words.every((word, index) => command[index] === word));

      await t.step("the release page has the changelog's text and every download", async () => {
        const [create] = starts("gh", "release", "create");
        equal(create?.token, "github-token");
        ok(create!.command.includes(tag));
        const files = create!.command.filter((word) => word.includes("/downloads/"));
        equal(files.length, 2 * targets.length + 2, files.join("\n"));
        const notes = create!.command[create!.command.indexOf("--notes-file") + 1]!;
        match(await Deno.readTextFile(notes), /^### Added\n\n- A local stdio MCP server/);
      });

      await t.step("JSR got the source, from this job", () => {
        equal(jsr.uploads.length, 1);
        equal(jsr.uploads[0]!.authorization, "githuboidc jsr-token");
        ok(jsr.uploads[0]!.bytes > 100_000);
      });

      await t.step("npm got seven packages, the launcher last", () => {
        const published = started.filter(({ command }) => command.includes("publish"));
        equal(published.length, targets.length + 1);
        ok(published.at(-1)!.command.at(-1)!.endsWith(`/${project.name}-${version}.tgz`));
        ok(published.every(({ command }) => command.includes("--provenance")));
      });

      await t.step("the image was tried before it was pushed", async () => {
        const verbs = starts("docker").map(({ command }) => command.slice(1, 3).join(" "));
        ok(verbs.findIndex((verb) => verb.startsWith("run ")) < verbs.length - 1);
        equal(await Deno.readTextFile(join(place, "state", "docker-password")), "github-token");
      });

      await t.step("the tap has the formula, the fork has the manifests", async () => {
        const show = (path: string, file: string) => run(["git", "show", file], { cwd: path });
        const sums = await Deno.readTextFile(
          join(place, "artifacts", "release", "downloads", "SHA256SUMS"),
        );
        const formula = await show(tap, `main:Formula/${project.name}.rb`);
        const hashes = [...formula.matchAll(/sha256 "(\w+)"/g)].map(([, hash]) => hash!);
        equal(hashes.length, 4);
        for (const hash of hashes) ok(sums.includes(hash));
        const manifests = `manifests/a/Authful/MCPProxy/${version}`;
        const installer = await show(
          fork,
          `${project.name}-${version}:${manifests}/Authful.MCPProxy.installer.yaml`,
        );
        for (const [, hash] of installer.matchAll(/InstallerSha256: (\w+)/g)) {
          ok(sums.includes(hash!.toLowerCase()));
        }
        equal(starts("gh", "pr", "create").length, 1);
        equal(starts("gh", "pr", "create")[0]!.token, "WINGET_TOKEN");
        equal(starts("gh", "auth", "setup-git")[0]!.token, "TAP_TOKEN");
      });

      await t.step("each way of publishing can be tried again, and changes nothing", async () => {
        const heads = () =>
          Promise.all(
            [tap, fork].map((path) =>
              run(["git", "for-each-ref", "--format=%(refname) %(tree)"], { cwd: path })
            ),
          );
        const before = await heads();
        for (const id of ["github", "jsr", "npm", "image", "homebrew", "winget"]) {
          await rehearse(id, 2);
        }
        deepEqual(await heads(), before);
        equal(jsr.uploads.length, 1);
        const later = (await fakes.started()).slice(started.length);
        const repeated = later.filter(({ command }) =>
          /^(gh release create|gh pr create|npx )/.test(command.join(" "))
        );
        deepEqual(repeated, []);
      });
    } finally {
      await Deno.remove(place, { recursive: true });
    }
  },
});

/** Where and with what a job is rehearsed. */
interface Rehearsal {
  directory: string;
  source: string;
  store: ArtifactStore;
  env: Record<string, string>;
}

/** Runs the steps of a job as a runner does, once for each row of its matrix. */
async function rehearseJob(job: Job, rehearsal: Rehearsal): Promise<void> {
  for (const row of job.strategy?.matrix.include ?? [{}]) {
    const directory = join(rehearsal.directory, row.target ?? "");
    for (const step of job.steps) {
      await rehearseStep(step, { ...rehearsal, directory, row });
    }
  }
}

async function rehearseStep(
  step: Step,
  { directory, source, store, env, row }: Rehearsal & { row: Record<string, string> },
): Promise<void> {
  const inputs = Object.fromEntries(
    Object.entries(step.with ?? {}).map(([name, value]) => [
      name,
      String(value).replace("${{ matrix.target }}", row.target ?? ""),
    ]),
  );
  if (uses(step, "actions/checkout")) {
    const from = ["--depth=1", `--branch=${tag}`, `file://${source}`];
    await run(["git", "-c", "advice.detachedHead=false", "clone", "--quiet", ...from, directory]);
  } else if (uses(step, "actions/upload-artifact")) {
    await store.upload(inputs.name!, join(directory, inputs.path!));
  } else if (uses(step, "actions/download-artifact")) {
    const merge = inputs["merge-multiple"] === "true";
    await store.download({ ...inputs, merge }, join(directory, inputs.path!));
  } else if (uses(step, "actions/attest-build-provenance")) {
    for (const glob of inputs["subject-path"]!.trim().split("\n")) {
      const names = (await Array.fromAsync(Deno.readDir(join(directory, dirname(glob)))))
        .map(({ name }) => join(dirname(glob), name));
      ok(names.some((name) => patternOf(glob.trim()).test(name)), `nothing to attest in ${glob}`);
    }
  } else if (step.run) {
    if (await standsIn(step.run, row.target, directory)) return;
    await run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
      cwd: directory,
      env: { ...env, ...stepEnvironment(step) },
    });
  }
}

/** Secrets that are not set are empty; those of signing are, as in a fork. */
function stepEnvironment(step: Step): Record<string, string> {
  return Object.fromEntries(
    Object.entries(step.env ?? {}).map(([name, value]) => [
      name,
      value.replace("${{ github.token }}", "github-token")
        .replace(/\$\{\{ secrets\.((?:APPLE|WINDOWS)_\w+) \}\}/, "")
        .replace(/\$\{\{ secrets\.(\w+) \}\}/, "$1"),
    ]),
  );
}

/** Does what cannot be done here in another way; whether it did. */
async function standsIn(
  command: string,
  triple: string | undefined,
  directory: string,
): Promise<boolean> {
  // They have runs of their own.
  if (["deno task check", "deno task test", "deno task test:interop"].includes(command)) {
    return true;
  }
  if (!triple) return false;
  const target = targets.find((each) => each.triple === triple)!;
  const own = triple === Deno.build.target;
  if (command === "deno task compile") {
    const path = join(directory, "dist", "executables", triple, target.executable);
    await mkdir(dirname(path), { recursive: true });
    if (own) await Deno.copyFile(executable!, path);
    else await Deno.writeTextFile(path, standInText(target));
    return true;
  }
  return !own;
}
