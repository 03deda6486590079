import { join } from "node:path";
import { project } from "../package/project.ts";
import { layout } from "../release/artifacts.ts";
import { type ReleaseParts, secret } from "./release_parts.ts";

/** Builds the container image, tries it, and pushes it for both processors. */
export async function publishContainerImage(parts: ReleaseParts): Promise<void> {
  const [actor, token] = [secret(parts, "GITHUB_ACTOR"), secret(parts, "GH_TOKEN")];
  const docker = (...args: string[]) => parts.run(["docker", ...args]);
  const context = join(parts.dist, layout.container);

  // Docker's default builder makes images of its own processor alone.
  const builder = `${project.name}-${project.version}`;
  await docker("buildx", "create", `--name=${builder}`, "--driver=docker-container");
  try {
    const build = ["buildx", "build", `--builder=${builder}`];
    // The base is what Debian offers today: whether the executable starts on it must be seen.
    const trial = `${project.name}:trial`;
    await docker(...build, "--load", `--tag=${trial}`, context);
    const said = await docker("run", "--rm", "--read-only", trial, "--version");
    if (said.split(/\s/)[0] !== project.version) {
      throw new Error(`Cannot publish the image: it says that it is version ${said.trim()}`);
    }
    const host = project.image.split("/")[0]!;
    await parts.run(["docker", "login", host, `--username=${actor}`, "--password-stdin"], {
      input: token,
    });
    const tags = [project.version, ...(project.version.includes("-") ? [] : ["latest"])];
    await docker(
      ...build,
      "--platform=linux/amd64,linux/arm64",
      "--provenance=true",
      "--sbom=true",
      `--label=org.opencontainers.image.version=${project.version}`,
      "--push",
      ...tags.map((tag) => `--tag=${project.image}:${tag}`),
      context,
    );
  } finally {
    await docker("buildx", "rm", builder);
  }
}
