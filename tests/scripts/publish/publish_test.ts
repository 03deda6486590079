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
import type { ReleaseParts } from "../../../scripts/publish/release_parts.ts";
import { type RecordedParts, recordedParts } from "./recorded_parts.ts";

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

/** A directory with two downloads and the notes. */
const downloads = () =>
  directoryWith({
    "release-notes.md": "notes",
    "downloads/SHA256SUMS": "",
    "downloads/a.zip": "",
  });
const commandsOf = (parts: RecordedParts) => parts.recorded.map(({ command }) => command);

Deno.test("the release page gets the notes and every download", async () => {
  await using dist = await downloads();
  const parts = recordedParts(dist.path, (command) => {
    if (command[2] === "view") throw new Error("release not found");
    return "";
  });
  await publishGithubRelease(parts);
  const command = commandsOf(parts)[1]!;
  deepEqual(command.slice(0, 5), ["gh", "release", "create", `v${version}`, "--verify-tag"]);
  deepEqual(command.slice(-2).map((path) => path.slice(dist.path.length + 1)), [
    "downloads/SHA256SUMS",
    "downloads/a.zip",
  ]);
});

Deno.test("a release page that was left half made gets what it lacks", async () => {
  await using dist = await downloads();
  const page = { isDraft: true, assets: [{ name: "a.zip" }] };
  const parts = recordedParts(dist.path, () => JSON.stringify(page));
  await publishGithubRelease(parts);
  deepEqual(commandsOf(parts).slice(1), [
    ["gh", "release", "upload", `v${version}`, `${dist.path}/downloads/SHA256SUMS`],
    ["gh", "release", "edit", `v${version}`, "--draft=false"],
  ]);
});

Deno.test("a release page that is complete is left alone, and GitHub's refusal is not hidden", async () => {
  await using dist = await downloads();
  const page = { isDraft: false, assets: [{ name: "a.zip" }, { name: "SHA256SUMS" }] };
  const complete = recordedParts(dist.path, () => JSON.stringify(page));
  await publishGithubRelease(complete);
  equal(complete.recorded.length, 1);
  const refused = recordedParts(dist.path, () => {
    throw new Error("HTTP 401: Bad credentials");
  });
  await rejects(publishGithubRelease(refused), /401/);
  equal(refused.recorded.length, 1);
});

Deno.test("without its token no way of publishing begins", async () => {
  for (const publish of [publishGithubRelease, publishHomebrew, publishWinget]) {
    const parts = { ...recordedParts("/dist"), getEnv: () => undefined };
    await rejects(
      (publish as (parts: ReleaseParts) => Promise<void>)(parts),
      /GH_TOKEN is not set/,
    );
    deepEqual(parts.recorded, []);
  }
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
  let open: unknown[] = [{ url: "https://example.com/1", headRepositoryOwner: { login: "other" } }];
  const parts = recordedParts(
    dist.path,
    (command) => command[2] === "list" ? JSON.stringify(open) : "",
  );
  await publishWinget(parts, urls);
  const branch = `${project.name}-${version}`;
  equal(await fileAt(fork, branch, manifest), "PackageVersion: x\n");
  await rejects(fileAt(upstream, "main", manifest), "nothing is pushed upstream");
  const [, , sync, create] = commandsOf(parts);
  deepEqual(sync?.slice(0, 3), ["gh", "repo", "sync"]);
  deepEqual(create?.slice(0, 3), ["gh", "pr", "create"]);
  match(create!.join(" "), new RegExp(`:${branch} --title New version: Authful.MCPProxy`));

  // The branch was pushed, but no pull request came of it.
  await publishWinget(parts, urls);
  equal(commandsOf(parts).filter((command) => command[2] === "create").length, 2);
  const owner = new URL(urls.fork).pathname.split("/")[1]!;
  open = [{ url: "https://example.com/2", headRepositoryOwner: { login: owner } }];
  await publishWinget(parts, urls);
  equal(commandsOf(parts).filter((command) => command[2] === "create").length, 2);
});

Deno.test("image: tried, then pushed for both processors; the token is not an argument", async () => {
  const parts = recordedParts(
    "/dist",
    (command) => command[1] === "run" ? `${version} (c0)\n` : "",
  );
  await publishContainerImage(parts);
  const [, trial, started, login, build, removal] = parts.recorded;
  ok(trial?.command.includes("--load"));
  equal(started?.command.at(-1), "--version");
  equal(login?.input, "a-token");
  ok(!login?.command.includes("a-token"));
  ok(build?.command.includes("--push"));
  ok(build?.command.includes("--platform=linux/amd64,linux/arm64"));
  ok(build?.command.includes(`--tag=${project.image}:${version}`));
  equal(build?.command.at(-1), "/dist/container");
  deepEqual(removal?.command.slice(0, 3), ["docker", "buildx", "rm"]);
});

Deno.test("image: one that does not say its version is not pushed, and nothing stays behind", async () => {
  const parts = recordedParts("/dist", (command) => command[1] === "run" ? "99.0.0\n" : "");
  await rejects(publishContainerImage(parts), /it says that it is version 99\.0\.0/);
  deepEqual(commandsOf(parts).map((command) => command[1]), ["buildx", "buildx", "run", "buildx"]);
  ok(commandsOf(parts).every((command) => !command.includes("--push")));
});

Deno.test("image: without the token nothing is tried", async () => {
  const parts = { ...recordedParts("/dist"), getEnv: () => undefined };
  await rejects(publishContainerImage(parts), /the secret GITHUB_ACTOR is not set/);
  deepEqual(parts.recorded, []);
});
