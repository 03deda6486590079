import { join } from "node:path";
import { project } from "../package/project.ts";
import { layout } from "../release/artifacts.ts";
import { type ReleaseParts, secret } from "./release_parts.ts";

/** Builds the container image for both processors and pushes it. */
export async function publishContainerImage(parts: ReleaseParts): Promise<void> {
  const host = project.image.split("/")[0]!;
  await parts.run([
    "docker",
    "login",
    host,
    "--username",
    secret(parts, "GITHUB_ACTOR"),
    "--password-stdin",
  ], { input: secret(parts, "GH_TOKEN") });
  const tags = [project.version, ...(project.version.includes("-") ? [] : ["latest"])];
  await parts.run([
    "docker",
    "buildx",
    "build",
    "--platform=linux/amd64,linux/arm64",
    "--provenance=true",
    "--sbom=true",
    "--push",
    ...tags.map((tag) => `--tag=${project.image}:${tag}`),
    join(parts.dist, layout.container),
  ]);
}
