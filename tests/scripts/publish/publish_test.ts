import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../scripts/build/run.ts";
import { project } from "../../../scripts/package/project.ts";
import { tarGz } from "../../../scripts/package/tar_gz.ts";
import { publishContainerImage } from "../../../scripts/publish/container_image.ts";
import { publishGithubRelease } from "../../../scripts/publish/github_release.ts";
import { publishHomebrew } from "../../../scripts/publish/homebrew_tap.ts";
import { publishNpm } from "../../../scripts/publish/npm_registry.ts";
import { publishWinget } from "../../../scripts/publish/winget_pull_request.ts";
import { recordedParts } from "./recorded_parts.ts";

const { version } = project;

/** A directory with these files, gone when disposed. */
async function directoryWith(
  files: Record<string, string | Uint8Array>,
): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "authful-publish-" });
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name);
    await mkdir(join(file, ".."), { recursive: true });
    await Deno.writeFile(
      file,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** An empty repository that can be pushed to, with one commit on `main`. */
async function repository(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  const git = (...args: string[]) => run(["git", ...args], { cwd: path });
  await git("init", "--quiet", "--initial-branch=main");
  const author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  await git(...author, "commit", "--quiet", "--allow-empty", "--message=first");
  // Pushing to a checked-out branch is refused otherwise.
  await git("config", "receive.denyCurrentBranch", "ignore");
  return `file://${path}`;
}

/** A fork shares its history with what it was forked from. */
async function forkOf(url: string, path: string): Promise<string> {
  await run(["git", "clone", "--quiet", "--bare", url, path]);
  return `file://${path}`;
}

const fileAt = (path: string, revision: string, file: string) =>
  run(["git", "show", `${revision}:${file}`], { cwd: path });

async function tarball(name: string): Promise<Uint8Array> {
  const manifest = JSON.stringify({ name, version });
  return await tarGz([{ name: "package/package.json", content: manifest }], { date: new Date(0) });
}

Deno.test("the release page gets the notes and every download", async () => {
  await using dist = await directoryWith({
    "release-notes.md": "notes",
    "downloads/SHA256SUMS": "",
    "downloads/a.zip": "",
  });
  const parts = recordedParts(dist.path);
  await publishGithubRelease(parts);
  const [{ command } = { command: [] as string[] }] = parts.recorded;
  deepEqual(command.slice(0, 5), ["gh", "release", "create", `v${version}`, "--verify-tag"]);
  deepEqual(command.slice(-2).map((path) => path.slice(dist.path.length + 1)), [
    "downloads/SHA256SUMS",
    "downloads/a.zip",
  ]);
});

Deno.test("npm: the launcher comes last, and what is there already is left alone", async () => {
  const launcher = `${project.name}-${version}.tgz`;
  await using dist = await directoryWith({
    [`npm/${launcher}`]: await tarball(project.name),
    "npm/z-linux.tgz": await tarball("@authful/linux"),
    "npm/z-win32.tgz": await tarball("@authful/win32"),
  });
  const parts = recordedParts(dist.path, (command) => {
    if (command[1] !== "view") return "";
    if (command[2] === `@authful/linux@${version}`) return `${version}\n`;
    throw new Error("npm error code E404");
  });
  await publishNpm(parts);
  const published = parts.recorded.filter(({ command }) => command.includes("publish"))
    .map(({ command }) => command.at(-1)!.split("/").at(-1));
  deepEqual(published, ["z-win32.tgz", launcher]);
  ok(
    parts.recorded.every(({ command }) =>
      !command.includes("publish") || command.includes("--provenance")
    ),
  );
});

Deno.test("npm: a registry that cannot be asked stops the publication", async () => {
  await using dist = await directoryWith({
    [`npm/${project.name}-${version}.tgz`]: await tarball(project.name),
  });
  const parts = recordedParts(dist.path, () => {
    throw new Error("npm error code ECONNREFUSED");
  });
  await rejects(publishNpm(parts), /ECONNREFUSED/);
  equal(parts.recorded.length, 1);
});

Deno.test("Homebrew: the tap gets the formula once", async () => {
  await using dist = await directoryWith({ [`homebrew/${project.name}.rb`]: "class X\nend\n" });
  const tap = join(dist.path, "tap");
  const url = await repository(tap);
  const parts = recordedParts(dist.path);
  await publishHomebrew(parts, url);
  equal(await fileAt(tap, "main", `Formula/${project.name}.rb`), "class X\nend\n");
  const log = () => run(["git", "log", "--format=%s", "main"], { cwd: tap });
  equal(await log(), `${project.name} ${version}\nfirst\n`);
  await publishHomebrew(parts, url);
  equal(await log(), `${project.name} ${version}\nfirst\n`);
});

Deno.test("winget: the manifests go to a branch of the fork, then a pull request is opened", async () => {
  const manifest = `manifests/a/Authful/MCPProxy/${version}/Authful.MCPProxy.yaml`;
  await using dist = await directoryWith({ [`winget/${manifest}`]: "PackageVersion: x\n" });
  const [upstream, fork] = [
    join(dist.path, "microsoft", "pkgs"),
    join(dist.path, "authful", "pkgs"),
  ];
  const from = await repository(upstream);
  const urls = { upstream: from, fork: await forkOf(from, fork) };
  const parts = recordedParts(dist.path);
  await publishWinget(parts, urls);
  const branch = `${project.name}-${version}`;
  equal(await fileAt(fork, branch, manifest), "PackageVersion: x\n");
  await rejects(fileAt(upstream, "main", manifest), "nothing is pushed upstream");
  const [, sync, create] = parts.recorded.map(({ command }) => command);
  deepEqual(sync?.slice(0, 3), ["gh", "repo", "sync"]);
  deepEqual(create?.slice(0, 3), ["gh", "pr", "create"]);
  match(create!.join(" "), new RegExp(`:${branch} --title New version: Authful.MCPProxy`));
});

Deno.test("image: both processors, and the token is not an argument", async () => {
  const parts = recordedParts("/dist");
  await publishContainerImage(parts);
  const [login, build] = parts.recorded;
  equal(login?.input, "a-token");
  ok(!login?.command.includes("a-token"));
  ok(build?.command.includes("--platform=linux/amd64,linux/arm64"));
  ok(build?.command.includes(`--tag=${project.image}:${version}`));
  equal(build?.command.at(-1), "/dist/container");
});

Deno.test("image: without the token nothing is tried", async () => {
  const parts = { ...recordedParts("/dist"), getEnv: () => undefined };
  await rejects(publishContainerImage(parts), /the secret GITHUB_ACTOR is not set/);
  deepEqual(parts.recorded, []);
});
