import { deepEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { repository } from "../../support/paths.ts";
import { jobsBefore, patternOf, readWorkflow, uses } from "./workflow.ts";

const ci = await readWorkflow("ci.yml");
const release = await readWorkflow("release.yml");
const weekly = await readWorkflow("weekly.yml");
const read = (path: string) => Deno.readTextFile(join(repository, path));

Deno.test("every command of the workflows is a task, with flags that its script knows", async () => {
  const { tasks } = JSON.parse(await read("deno.json")) as { tasks: Record<string, string> };
  for (const job of [ci, release, weekly].flatMap(({ jobs }) => Object.values(jobs))) {
    for (const { run } of job.steps) {
      const [, name, rest] = /^deno task (\S+)(.*)$/.exec(run ?? "") ?? [];
      if (!name) continue;
      ok(tasks[name], `${run}: deno.json has no such task`);
      const [script] = /scripts\/\w+\.ts/.exec(tasks[name]) ?? [];
      for (const [, flag] of rest!.matchAll(/ --([\w-]+)/g)) {
        ok(script, `${run}: no script to read the flag`);
        ok(new RegExp(`"?${flag}"?: \\{ type: `).test(await read(script!)), `${run}: no --${flag}`);
      }
    }
  }
});

Deno.test("every artifact that a job downloads was uploaded by a job before it", () => {
  const uploaded = new Map<string, string[]>();
  for (const [id, job] of Object.entries(release.jobs)) {
    const targets = job.strategy?.matrix.include?.map(({ target }) => target!) ?? [""];
    uploaded.set(
      id,
      job.steps.filter((step) => uses(step, "actions/upload-artifact")).flatMap((step) =>
        targets.map((target) => step.with!.name!.replace("${{ matrix.target }}", target))
      ),
    );
  }
  let downloads = 0;
  for (const [id, job] of Object.entries(release.jobs)) {
    const there = [...jobsBefore(release, id)].flatMap((before) => uploaded.get(before)!);
    for (const step of job.steps.filter((step) => uses(step, "actions/download-artifact"))) {
      downloads++;
      const wanted = patternOf(step.with!.pattern ?? step.with!.name!);
      ok(there.some((name) => wanted.test(name)), `${id} downloads ${wanted}`);
    }
  }
  ok(downloads > 0);
  deepEqual(uploaded.get("build")?.length, 6, "each target has an artifact of its own");
});

Deno.test("the secrets of the workflows are those that docs/releasing.md tells", async () => {
  const text = await read(".github/workflows/release.yml");
  const used = new Set([...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name!));
  const guide = await read("docs/releasing.md");
  const table = guide.slice(guide.indexOf("## Secrets"));
  const told = new Set(
    [...table.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, names]) =>
      [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
    ),
  );
  deepEqual([...used].sort(), [...told].sort());
  for (const name of ["ci", "weekly"]) {
    ok(!(await read(`.github/workflows/${name}.yml`)).includes("secrets."), "strangers' code runs");
  }
});

Deno.test("each job may do what it is for, and nothing else", () => {
  const beyondReading = (permissions: Record<string, string>) =>
    Object.keys(permissions).filter((scope) => permissions[scope] !== "read").sort();
  deepEqual(
    Object.fromEntries(
      Object.entries(release.jobs).map(([id, job]) => [id, beyondReading(job.permissions)]),
    ),
    {
      verify: [],
      interop: [],
      build: [],
      package: ["attestations", "id-token"],
      github: ["contents"],
      jsr: ["id-token"],
      npm: ["id-token"],
      image: ["packages"],
      homebrew: [],
      winget: [],
    },
  );
  for (const job of [ci, weekly].flatMap(({ jobs }) => Object.values(jobs))) {
    deepEqual(job.permissions, { contents: "read" });
  }
  for (const [id, job] of Object.entries(release.jobs)) {
    const trusted = JSON.stringify(job.steps).includes("secrets.") ||
      beyondReading(job.permissions).length > 0;
    // What signs, publishes or pushes waits for the environment's approval; attesting does not.
    deepEqual(job.environment, trusted && id !== "package" ? "release" : undefined, id);
  }
});

Deno.test("nothing is published before everything is verified, built and packaged", () => {
  for (const id of ["jsr", "npm", "image", "homebrew", "winget"]) {
    deepEqual(
      [...jobsBefore(release, id)].sort(),
      ["build", "github", "interop", "package", "verify"],
    );
  }
});
